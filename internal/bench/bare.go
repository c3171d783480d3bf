package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// bareCommand is the argument that makes this program the bare handler.
const bareCommand = "bare"

// bare is a net/http server in a process of its own that answers everything with
// so many bytes: the most that a Go server could do with our requests.
type bare struct {
	url   string
	pid   int
	cmd   *exec.Cmd
	stdin io.Closer // the process ends with it
}

func startBare(ctx context.Context, size int) (*bare, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, bareCommand, strconv.Itoa(size))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	b := &bare{pid: cmd.Process.Pid, cmd: cmd, stdin: stdin}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the bare handler did not start: %w", err), b.stop())
	}
	b.url = strings.TrimSpace(line)
	return b, nil
}

func (b *bare) stop() error { return errors.Join(b.stdin.Close(), b.cmd.Wait()) }

// serveBare is the process of the bare handler. It ends when its standard input
// does, and so with its parent.
func serveBare(size string) error {
	n, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	answer := []byte(strings.Repeat("x", n))
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", size)
		w.Write(answer)
	})}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		server.Close()
	}()
	fmt.Printf("http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
