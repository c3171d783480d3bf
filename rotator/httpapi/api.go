package httpapi

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"text/template"
	"time"

	"github.com/alberti-dev/alberti/rotator"
)

// api is a description that was read and checked. It implements rotator.Steps.
type api struct {
	Description
	server  *url.URL
	timeout time.Duration
	tls     *tls.Config
	ownCA   bool // the description says who signs the server's certificate
	account *template.Template

	cleanup, create, set, test, revoke *request
}

var (
	_ rotator.Steps    = &api{}
	_ rotator.Finisher = &api{}
)

// newAPI makes an api of a description whose files are in a folder.
func newAPI(d Description, dir string) (*api, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if len(d.Refused) == 0 {
		d.Refused = []int{http.StatusUnauthorized, http.StatusForbidden}
	}
	a := &api{Description: d, timeout: defaultTimeout}
	var err error
	if a.server, err = d.server(); err != nil {
		return nil, err
	}
	if d.Timeout != "" {
		if a.timeout, err = time.ParseDuration(d.Timeout); err != nil || a.timeout <= 0 {
			return nil, fmt.Errorf("timeout %q is not a duration such as 10s", d.Timeout)
		}
	}
	if err = a.readTLS(dir); err != nil {
		return nil, err
	}
	p := parser{what: "account"}
	a.account = p.text(cmp.Or(d.Account, "{{.secret}}"))
	errs := []error{p.err}
	for _, r := range []struct {
		name string
		from *Request
		to   **request
	}{
		{"cleanup", d.Requests.Cleanup, &a.cleanup}, {"create", d.Requests.Create, &a.create}, {"set", d.Requests.Set, &a.set},
		{"test", d.Requests.Test, &a.test}, {"revoke", d.Requests.Revoke, &a.revoke},
	} {
		*r.to, err = parseRequest(r.name, r.from)
		errs = append(errs, err)
	}
	return a, errors.Join(errs...)
}

// readTLS reads the files that the description names.
func (a *api) readTLS(dir string) error {
	a.tls = &tls.Config{ServerName: a.ServerName, MinVersion: tls.VersionTLS12}
	if a.CA != "" {
		pem, err := os.ReadFile(beside(dir, a.CA))
		if err != nil {
			return err
		}
		a.tls.RootCAs, a.ownCA = x509.NewCertPool(), true
		if !a.tls.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s holds no PEM certificate", a.CA)
		}
	}
	if a.Cert == "" && a.Key == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(beside(dir, a.Cert), beside(dir, a.Key))
	a.tls.Certificates = []tls.Certificate{pair}
	return err
}

func beside(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

// made are the keys of a value that a rotation changes. All others say which
// account it is about.
func (a *api) made() []string {
	var keys []string
	if a.Generate != "" {
		keys = append(keys, a.Generate)
	}
	if a.Slots != nil {
		keys = append(keys, a.Slots.Key)
	}
	if a.create != nil {
		for key := range a.create.extract {
			keys = append(keys, key)
		}
	}
	return keys
}

// nextSlot is the slot whose turn is after another's; the first if that is none.
func (a *api) nextSlot(slot string) string {
	i := slices.Index(a.Slots.Values, slot)
	return a.Slots.Values[(i+1)%len(a.Slots.Values)]
}
