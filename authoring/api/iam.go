package api

import (
	"context"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
)

// iam calls an operation that may arrive twice, with its parameters in a form, and
// reads its answer, which is in XML, into out, nil for none.
func (c *Client) iam(ctx context.Context, operation string, parameters url.Values, out any) error {
	form := url.Values{"Action": {operation}, "Version": {"2010-05-08"}}
	maps.Copy(form, parameters)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	a, err := c.do(ctx, request{
		service: "iam", method: http.MethodPost, path: "/", body: []byte(form.Encode()), again: lost,
		header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
	})
	if err != nil || out == nil {
		return err
	}
	if err := xml.Unmarshal(a.body, out); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return nil
}

// CreateRole gives the ARN of a role that whom the document trust names may assume.
func (c *Client) CreateRole(ctx context.Context, name, trust, description string) (arn string, err error) {
	var out struct {
		ARN string `xml:"CreateRoleResult>Role>Arn"`
	}
	in := url.Values{"RoleName": {name}, "AssumeRolePolicyDocument": {trust}}
	if description != "" {
		in.Set("Description", description)
	}
	err = c.iam(ctx, "CreateRole", in, &out)
	return out.ARN, err
}

// GetRole gives the ARN of a role.
func (c *Client) GetRole(ctx context.Context, name string) (arn string, err error) {
	var out struct {
		ARN string `xml:"GetRoleResult>Role>Arn"`
	}
	err = c.iam(ctx, "GetRole", url.Values{"RoleName": {name}}, &out)
	return out.ARN, err
}

// PutRolePolicy gives a role a policy of its own.
func (c *Client) PutRolePolicy(ctx context.Context, role, policy, document string) error {
	return c.iam(ctx, "PutRolePolicy", url.Values{"RoleName": {role}, "PolicyName": {policy}, "PolicyDocument": {document}}, nil)
}

// DeleteRolePolicy takes a policy away from its role.
func (c *Client) DeleteRolePolicy(ctx context.Context, role, policy string) error {
	return c.iam(ctx, "DeleteRolePolicy", url.Values{"RoleName": {role}, "PolicyName": {policy}}, nil)
}

// DeleteRole deletes a role that has no policies any more.
func (c *Client) DeleteRole(ctx context.Context, name string) error {
	return c.iam(ctx, "DeleteRole", url.Values{"RoleName": {name}}, nil)
}
