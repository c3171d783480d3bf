package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// Function is one to be made.
type Function struct {
	FunctionName, Role string
	Code               Code
	PackageType        string      `json:",omitempty"` // Zip by default
	Runtime            string      `json:",omitempty"`
	Handler            string      `json:",omitempty"`
	Timeout            int         // seconds
	MemorySize         int         `json:",omitempty"` // MB
	Environment        Environment `json:",omitzero"`
}

// Code is what a function runs: one of the two.
type Code struct {
	ZipFile  []byte `json:",omitempty"`
	ImageURI string `json:"ImageUri,omitempty"`
}

// Environment is what a function finds in its process.
type Environment struct{ Variables map[string]string }

// Permission lets a service call a function.
type Permission struct {
	StatementID   string `json:"StatementId"`
	Action        string
	Principal     string
	SourceARN     string `json:"SourceArn,omitempty"`
	SourceAccount string `json:",omitempty"`
}

// Result is what came of an invocation.
type Result struct {
	Payload []byte
	Error   string // the kind of the function's failure, "" for none
	Log     string // the last of it, in base64
}

// functions is where the functions are.
const functions = "/2015-03-31/functions"

// lambda calls an operation. All that are here may arrive twice, invocations too:
// Secrets Manager itself invokes the steps of a rotation more than once.
func (c *Client) lambda(ctx context.Context, method, path string, header map[string]string, body []byte) (answer, error) {
	return c.do(ctx, request{service: "lambda", method: method, path: functions + path, header: header, body: body, again: lost})
}

// configure calls an operation that is told and answers in JSON.
func (c *Client) configure(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	a, err := c.lambda(ctx, method, path, map[string]string{"Content-Type": "application/json"}, body)
	if err != nil {
		return err
	}
	return a.into(out)
}

// CreateFunction gives the ARN of what it makes.
func (c *Client) CreateFunction(ctx context.Context, f Function) (arn string, err error) {
	var out struct{ FunctionArn string }
	err = c.configure(ctx, http.MethodPost, "", f, &out)
	return out.FunctionArn, err
}

// UpdateFunctionCode gives the ARN of the function that is changed.
func (c *Client) UpdateFunctionCode(ctx context.Context, name string, code Code) (arn string, err error) {
	var out struct{ FunctionArn string }
	err = c.configure(ctx, http.MethodPut, "/"+url.PathEscape(name)+"/code", code, &out)
	return out.FunctionArn, err
}

// AddPermission lets a service call a function.
func (c *Client) AddPermission(ctx context.Context, name string, p Permission) error {
	return c.configure(ctx, http.MethodPost, "/"+url.PathEscape(name)+"/policy", p, nil)
}

// GetFunction gives the state of a function, and why it is in it.
func (c *Client) GetFunction(ctx context.Context, name string) (state, reason string, err error) {
	var out struct {
		Configuration struct{ State, StateReason string }
	}
	a, err := c.lambda(ctx, http.MethodGet, "/"+url.PathEscape(name), nil, nil)
	if err == nil {
		err = a.into(&out)
	}
	return out.Configuration.State, out.Configuration.StateReason, err
}

// Invoke runs a function and waits for it.
func (c *Client) Invoke(ctx context.Context, name string, event []byte) (Result, error) {
	a, err := c.lambda(ctx, http.MethodPost, "/"+url.PathEscape(name)+"/invocations",
		map[string]string{"Content-Type": "application/octet-stream", "X-Amz-Log-Type": "Tail"}, event)
	return Result{Payload: a.body, Error: a.header.Get("X-Amz-Function-Error"), Log: a.header.Get("X-Amz-Log-Result")}, err
}

// DeleteFunction deletes a function and all its versions.
func (c *Client) DeleteFunction(ctx context.Context, name string) error {
	_, err := c.lambda(ctx, http.MethodDelete, "/"+url.PathEscape(name), nil, nil)
	return err
}
