// Package httpapi rotates the credentials of any HTTP API that a few templates
// describe.
//
// The description is a file of the operator's, not a part of the secret. Whoever
// may write a secret could else choose where a credential, and perhaps that of an
// administrator, is sent. The file says the server; a value only fills segments
// of the path, parameters, headers and texts of a JSON body, each quoted for its
// place, and so can neither name another server nor another resource.
package httpapi

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
)

// Description is one file: one rotation function.
type Description struct {
	// URL is the server, with or without the beginning of the path. Plain http is
	// for loopback, unless Insecure says otherwise.
	URL      string `json:"url"`
	Insecure bool   `json:"insecure"`

	// CA, Cert and Key are PEM files beside the description: who signs the server's
	// certificate, and a certificate of the client's. ServerName is the name that
	// the server's certificate must have, if it is not the URL's.
	CA         string `json:"ca"`
	Cert       string `json:"cert"`
	Key        string `json:"key"`
	ServerName string `json:"serverName"`

	Timeout string `json:"timeout"` // of a request, such as 10s; 30s by default
	Account string `json:"account"` // template: which account a value is for; two of its secrets do not rotate at once
	Admin   string `json:"admin"`   // ARN of a secret that requests may use as .admin

	// Generate is the key of the value that gets a new random password.
	Generate string `json:"generate"`
	Exclude  string `json:"exclude"` // characters that such passwords do without

	// Slots alternate: a value's key, and what it says in turns.
	Slots *struct {
		Key    string   `json:"key"`
		Values []string `json:"values"`
	} `json:"slots"`

	// Refused are the statuses that say that the server was reached and did not take
	// the credential; 401 and 403 by default.
	Refused []int `json:"refused"`

	// Keep says how long an old credential that the server made stays in force:
	// next-rotation, the default, or finish: until the label moves.
	Keep string `json:"keep"`

	Requests struct {
		Cleanup *Request `json:"cleanup"` // before create: what a create that was cut off left behind
		Create  *Request `json:"create"`  // the server makes the credential
		Set     *Request `json:"set"`     // the server is told of it
		Test    *Request `json:"test"`    // uses a credential
		Revoke  *Request `json:"revoke"`  // ends an old credential
	} `json:"requests"`
}

// Request describes one. Path, parameters, headers, form and the texts in the
// body are templates.
type Request struct {
	Method  string                      `json:"method"`
	Path    string                      `json:"path"`
	Query   map[string]string           `json:"query"`
	Headers map[string]string           `json:"headers"`
	Basic   *Basic                      `json:"basic"` // HTTP's basic authentication
	Form    map[string]string           `json:"form"`
	Body    jsontext.Value              `json:"body"`
	Expect  []int                       `json:"expect"`  // statuses; 200, 201, 202 and 204 by default
	Extract map[string]jsontext.Pointer `json:"extract"` // key of the value -> where it is in the answer; of create only
}

// Basic is a name and a password, both templates.
type Basic struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

const (
	keepNext   = "next-rotation"
	keepFinish = "finish"

	defaultTimeout = 30 * time.Second
)

var functionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Load reads the descriptions in a folder, NAME.json each, and makes them the
// functions of these names.
func Load(dir string) (rotator.Family, error) {
	var f rotator.Family
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err == nil {
		_, err = os.Stat(dir)
	}
	if err != nil {
		return f, err
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		api, err := read(file)
		if err == nil && !functionName.MatchString(name) {
			err = errors.New("the name of a function has letters, digits, - and _, and at most 64 of them")
		}
		if err != nil {
			return f, fmt.Errorf("%s: %w", file, err)
		}
		strategy := rotator.Single
		if api.Slots != nil {
			strategy = rotator.Alternating
		}
		f.Functions = append(f.Functions, rotator.Named{
			Name: name, Strategy: strategy,
			Make: func(c rotator.Config) contract.Function { return rotator.New(c, api) },
		})
	}
	return f, nil
}

func read(file string) (*api, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var d Description
	if err := json.Unmarshal(text, &d, json.RejectUnknownMembers(true)); err != nil {
		return nil, err
	}
	return newAPI(d, filepath.Dir(file))
}

// check refuses what cannot work, in one line each.
func (d *Description) check() error {
	r := d.Requests
	switch {
	case r.Test == nil:
		return errors.New("there is no test request: nothing would show that a credential works")
	case (r.Create == nil) == (r.Set == nil):
		return errors.New("there must be a create or a set request, and not both")
	case r.Create != nil && len(r.Create.Extract) == 0:
		return errors.New("the create request extracts nothing from the answer")
	case r.Set != nil && d.Generate == "":
		return errors.New("a set request needs generate: the key of the value that gets a new password")
	case r.Set != nil && (r.Revoke != nil || r.Cleanup != nil):
		return errors.New("revoke and cleanup go with create: set replaces the old credential")
	case d.Slots != nil && (d.Slots.Key == "" || len(d.Slots.Values) < 2):
		return errors.New("slots need a key and two values or more")
	case d.Slots != nil && r.Revoke != nil:
		return errors.New("slots are not revoked: the next rotation but one replaces what is in them")
	case d.Keep != "" && r.Revoke == nil:
		return errors.New("keep says when revoke is sent, and there is no revoke request")
	case !slices.Contains([]string{"", keepNext, keepFinish}, d.Keep):
		return fmt.Errorf("keep is %q, and may be %s or %s", d.Keep, keepNext, keepFinish)
	}
	for name, q := range map[string]*Request{"cleanup": r.Cleanup, "set": r.Set, "test": r.Test, "revoke": r.Revoke} {
		if q != nil && len(q.Extract) > 0 {
			return fmt.Errorf("the %s request extracts something: only create does", name)
		}
	}
	return nil
}

// server reads the URL.
func (d *Description) server() (*url.URL, error) {
	u, err := url.Parse(d.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("url is not https://HOST/PATH")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local && !d.Insecure) {
		return nil, errors.New("url is not https; plain http beyond this machine needs insecure: true")
	}
	return u, nil
}
