package remote

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/sigv4"
)

// AWS invokes functions in AWS Lambda, with the server's own credentials for AWS.
type AWS struct {
	Credentials aws.CredentialsProvider
	Endpoint    string           // "" for AWS's, in the region of the function
	Client      *http.Client     // http.DefaultClient by default
	Now         func() time.Time // the real time: AWS refuses signatures of another
}

// Invoke runs the function that an ARN names, with its version or alias, if it
// names one. The error is fault.InvalidParameter for an ARN that is none,
// fault.NotFound, fault.AccessDenied and fault.Throttled as AWS says so, and
// fault.Internal for all else.
func (a *AWS) Invoke(ctx context.Context, arn string, event []byte) (Result, error) {
	r, err := a.request(ctx, arn, event)
	if err != nil {
		return Result{}, err
	}
	resp, body, err := send(a.Client, r)
	if err != nil {
		return Result{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return Result{}, refusal(resp, body)
	}
	log, err := base64.StdEncoding.DecodeString(resp.Header.Get("X-Amz-Log-Result"))
	if err != nil {
		log = nil // the answer counts without it
	}
	return Result{Payload: body, FunctionError: resp.Header.Get("X-Amz-Function-Error"), Log: log}, nil
}

// region keeps ARNs from choosing the host that gets a signature.
var region = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)

// request is a signed Invoke (lambda.md, 2.7).
func (a *AWS) request(ctx context.Context, arn string, event []byte) (*http.Request, error) {
	// arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]
	part := strings.Split(arn, ":")
	if len(part) < 7 || part[0] != "arn" || part[2] != "lambda" || part[5] != "function" || !region.MatchString(part[3]) {
		return nil, fault.New(fault.InvalidParameter, "%q is not the ARN of a function", arn)
	}
	endpoint := a.Endpoint
	if endpoint == "" {
		endpoint = "https://lambda." + part[3] + "." + domain(part[1])
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost,
		strings.TrimSuffix(endpoint, "/")+"/2015-03-31/functions/"+url.QueryEscape(arn)+"/invocations", bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	r.Header.Set("X-Amz-Log-Type", "Tail")
	credentials, err := a.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "there are no credentials for AWS")
	}
	signer := sigv4.Signer{
		AccessKeyID: credentials.AccessKeyID, Region: part[3], Service: "lambda",
		Key: sigv4.Key{Secret: credentials.SecretAccessKey, Token: credentials.SessionToken},
	}
	signer.Sign(r, event, a.Now())
	return r, nil
}

// domain of a partition.
func domain(partition string) string {
	if partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// refusal turns what AWS says instead of an answer into an error.
func refusal(resp *http.Response, body []byte) error {
	kind := fault.Internal
	switch resp.StatusCode {
	case http.StatusNotFound:
		kind = fault.NotFound
	case http.StatusForbidden:
		kind = fault.AccessDenied
	case http.StatusTooManyRequests:
		kind = fault.Throttled
	}
	var text struct {
		Upper string `json:"Message"`
		Lower string `json:"message"`
	}
	message := said(body)
	if json.Unmarshal(body, &text) == nil && text.Upper+text.Lower != "" {
		message = text.Upper + text.Lower
	}
	code, _, _ := strings.Cut(resp.Header.Get("X-Amzn-Errortype"), ":")
	return fault.New(kind, "AWS Lambda answered %d %s: %s", resp.StatusCode, code, message)
}
