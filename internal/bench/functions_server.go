package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/alberti-dev/alberti/internal/demo/server"
)

// functions is a server with one function, and a client of it.
type functions struct {
	*server.Server
	client *lambda.Client
	least  leastFunction
	dir    string // where functions run
}

const (
	functionName = "echo"
	functionRole = "echo"
	functionsMay = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
)

// event is what Secrets Manager sends a rotation function.
var event = []byte(`{"Step":"createSecret","SecretId":"arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf",` +
	`"ClientRequestToken":"00000000-0000-4000-8000-0123456789ab","RotationToken":"00000000-0000-4000-8000-0123456789ab"}`)

// openFunctions starts a server and makes the function.
func (b *bench) openFunctions(ctx context.Context, l leastFunction) (f *functions, err error) {
	f = &functions{least: l}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	// As root functions run as other users, who must get in here.
	if f.dir, err = os.MkdirTemp("", "alberti-bench-functions-"); err == nil {
		err = os.Chmod(f.dir, 0o711)
	}
	if err != nil {
		return f, err
	}
	data := filepath.Join(b.dir, "functions-"+l.runtime)
	f.Server, err = server.Start(ctx, server.Options{
		Program: b.program, Data: data, Log: data + ".log", Args: []string{"--functions-dir", filepath.Join(f.dir, "run")},
	})
	if err != nil {
		return f, err
	}
	return f, f.create(ctx)
}

func (f *functions) create(ctx context.Context) error {
	c := aws.Config{
		Region: f.Region, BaseEndpoint: &f.URL, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(f.AccessKeyID, string(f.SecretAccessKey), ""),
	}
	f.client = lambda.NewFromConfig(c)
	role, err := iam.NewFromConfig(c).CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String(functionRole), AssumeRolePolicyDocument: aws.String(functionsMay),
	})
	if err != nil {
		return err
	}
	_, err = f.client.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String(functionName), Role: role.Role.Arn, Runtime: types.Runtime(f.least.runtime),
		Handler: aws.String("index.handler"), Code: &types.FunctionCode{ZipFile: f.zip(0)},
	})
	return err
}

func (f *functions) close() error {
	var err error
	if f.Server != nil {
		err = f.Stop()
	}
	return errors.Join(err, os.RemoveAll(f.dir))
}

// zip is the n-th package of the function: they differ in a file that nobody reads.
func (f *functions) zip(n int) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{f.least.file: f.least.text, "version": strconv.Itoa(n)} {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		h.SetMode(0o755)
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			panic(err) // memory takes everything
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// change gives the function other code: the next invocation is a cold start.
func (f *functions) change(ctx context.Context, n int) error {
	_, err := f.client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String(functionName), ZipFile: f.zip(n + 1)})
	return err
}

// invoke gives how long an invocation took.
func (f *functions) invoke(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	out, err := f.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(functionName), Payload: event})
	if err == nil && (out.FunctionError != nil || len(out.Payload) < len(event)) {
		err = fmt.Errorf("it answered %s", out.Payload)
	}
	return time.Since(began), err
}

// drive invokes over some connections, each as soon as it has its answer. The first
// of each starts environments, and does not count.
func (f *functions) drive(ctx context.Context, conns int, d time.Duration) (sample, error) {
	if _, err := f.each(ctx, conns, func(time.Time) bool { return false }); err != nil {
		return sample{}, err
	}
	began := time.Now()
	latencies, err := f.each(ctx, conns, func(now time.Time) bool { return now.Before(began.Add(d)) })
	s := sample{took: time.Since(began), requests: len(latencies)}
	s.p50, s.p99 = percentile(latencies, 50), percentile(latencies, 99)
	return s, err
}

// each invokes once over each connection, and again for as long as more says.
func (f *functions) each(ctx context.Context, conns int, more func(time.Time) bool) ([]time.Duration, error) {
	latencies, errs := make([][]time.Duration, conns), make([]error, conns)
	var all sync.WaitGroup
	for i := range conns {
		all.Go(func() {
			for first := true; errs[i] == nil && (first || more(time.Now())); first = false {
				var took time.Duration
				took, errs[i] = f.invoke(ctx)
				latencies[i] = append(latencies[i], took)
			}
		})
	}
	all.Wait()
	return slices.Concat(latencies...), errors.Join(errs...)
}

// idleMemory is what an environment of a server takes: each is a child of it.
func idleMemory(server int) (rss, pss float64, err error) {
	environments := childrenOf(server)
	if len(environments) == 0 {
		return 0, 0, errors.New("no environment waits")
	}
	for all := environments; len(all) > 0; all = all[1:] {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", all[0]))
		if err != nil {
			return 0, 0, err
		}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			switch name {
			case "Rss":
				rss += kib * 1024
			case "Pss":
				pss += kib * 1024
			}
		}
		all = append(all, childrenOf(all[0])...)
	}
	n := float64(len(environments))
	return rss / n, pss / n, nil
}

func childrenOf(pid int) (children []int) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, path := range threads {
		text, _ := os.ReadFile(path)
		for field := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(field); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}
