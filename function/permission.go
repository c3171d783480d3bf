package function

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/fault"
)

// Permission is what somebody is to be allowed, as it is asked for (lambda.md,
// 2.8). What is empty bounds nothing.
type Permission struct {
	Sid, Action, Principal   string
	SourceARN, SourceAccount string
	OrganizationID           string
	EventSourceToken         string
	URLAuthType              string
	ViaURL                   *bool
}

// statement is a permission as its policy has it; its members are in AWS's order.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    string
	Resource  string
	Condition conditions `json:",omitzero"`
}

type conditions struct {
	StringEquals stringEquals      `json:",omitzero"`
	ArnLike      map[string]string `json:",omitempty"`
	Bool         map[string]string `json:",omitempty"`
}

// stringEquals has its keys in the letters in which AWS writes them, which
// Terraform compares.
type stringEquals struct {
	SourceAccount    string `json:"AWS:SourceAccount,omitempty"`
	OrganizationID   string `json:"aws:PrincipalOrgID,omitempty"`
	URLAuthType      string `json:"lambda:FunctionUrlAuthType,omitempty"`
	EventSourceToken string `json:"lambda:EventSourceToken,omitempty"`
}

// Statement is the statement of a permission to use a resource, as JSON.
func (p Permission) Statement(resource string) (string, error) {
	who, err := principal(p.Principal)
	if err != nil {
		return "", err
	}
	s := statement{Sid: p.Sid, Effect: "Allow", Principal: who, Action: p.Action, Resource: resource}
	s.Condition.StringEquals = stringEquals{p.SourceAccount, p.OrganizationID, p.URLAuthType, p.EventSourceToken}
	if p.SourceARN != "" {
		s.Condition.ArnLike = map[string]string{"AWS:SourceArn": p.SourceARN}
	}
	if p.ViaURL != nil {
		s.Condition.Bool = map[string]string{"lambda:InvokedViaFunctionUrl": strconv.FormatBool(*p.ViaURL)}
	}
	text, err := json.Marshal(s, json.Deterministic(true))
	return string(text), err
}

// ErrPrincipal refuses whom no policy can name.
var ErrPrincipal = fault.New(fault.InvalidParameter, "The provided principal was invalid. Please check the principal and try again.")

var accountID = regexp.MustCompile(`\A\d{12}\z`)

// principal is somebody as a policy names them: everybody, an account, a user or
// role, a service.
func principal(given string) (any, error) {
	type aws struct{ AWS string }
	type service struct{ Service string }
	switch {
	case given == "*":
		return given, nil
	case accountID.MatchString(given):
		return aws{"arn:aws:iam::" + given + ":root"}, nil
	case strings.HasPrefix(given, "arn:"):
		return aws{given}, nil
	case strings.Contains(given, "."):
		return service{given}, nil
	}
	return nil, ErrPrincipal
}

// maxPolicy is the size of a policy, in bytes.
const maxPolicy = 20 << 10

// CheckPolicySize refuses a policy that has become too long.
func CheckPolicySize(text string) error {
	if len(text) <= maxPolicy {
		return nil
	}
	return fault.New(fault.PolicyTooLong, "The final policy size (%d) is bigger than the limit (%d).", len(text), maxPolicy)
}
