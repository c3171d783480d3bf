package e2e_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/alberti-dev/alberti/internal/certtest"
)

// certificate writes a certificate for this machine, its key, and who signed it.
func certificate(t *testing.T) (certtest.Files, *x509.CertPool) {
	t.Helper()
	pair, err := certtest.New("127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	files, err := pair.Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return files, pair.Roots()
}

func TestTLS(t *testing.T) {
	t.Parallel()
	files, roots := certificate(t)
	// With TLS it may listen on every address.
	s := serve(t, "--listen", "0.0.0.0:0", "--tls-cert", files.Cert, "--tls-key", files.Key)
	if !strings.HasPrefix(s.URL, "https://") {
		t.Fatalf("it listens on %s", s.URL)
	}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "https://"))
	s.URL = "https://127.0.0.1:" + port
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	c := s.Client(config.WithHTTPClient(trusting), config.WithBaseEndpoint(s.URL))
	create(t, c, "one", "over TLS")
	if got := value(t, c, "one"); got != "over TLS" {
		t.Errorf("got %q", got)
	}
	// The commands trust what the AWS CLI is told to.
	s.Run("rotation", "list").refused(t, 1, "certificate")
	s.Env = []string{"AWS_CA_BUNDLE=" + files.CA}
	s.Run("rotation", "list").ok(t)
	s.Run("clock").refused(t, 1, "has no clock to move")
	_, err := http.Get(s.URL + "/healthz")
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		t.Errorf("a client that does not know the certificate: %v", err)
	}
	if answer, err := http.Get("http://127.0.0.1:" + port + "/healthz"); err == nil {
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			t.Error("it answers without TLS")
		}
	}
	s.Stop()
}

// TestTLSForOperators: the program's own client speaks TLS too.
func TestTLSForOperators(t *testing.T) {
	t.Parallel()
	files, _ := certificate(t)
	s := newServer(t, "--tls-cert", files.Cert, "--tls-key", files.Key)
	s.Env = []string{"SSL_CERT_FILE=" + files.CA}
	s.Start()
	if got := s.Run("rotation", "list").ok(t); got != "no secret rotates yet\n" {
		t.Errorf("rotation list: %s", got)
	}
}

func TestBadCertificate(t *testing.T) {
	t.Parallel()
	files, _ := certificate(t)
	elsewhere := filepath.Join(t.TempDir(), "missing.pem")
	for _, pair := range [][2]string{{elsewhere, files.Key}, {files.Cert, elsewhere}, {files.Cert, files.Cert}} {
		s := newServer(t)
		s.Run("serve", "--listen", "127.0.0.1:0", "--root-key", filepath.Join(t.TempDir(), "key"),
			"--tls-cert", pair[0], "--tls-key", pair[1]).refused(t, 2, "--tls-cert and --tls-key: ")
	}
}
