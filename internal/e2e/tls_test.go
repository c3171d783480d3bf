package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
)

// certificate writes a certificate for 127.0.0.1 that signs itself, and its key.
func certificate(t *testing.T) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) (string, []byte) {
		path, text := filepath.Join(t.TempDir(), name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path, text
	}
	cert, text := write("cert.pem", "CERTIFICATE", der)
	key, _ = write("key.pem", "PRIVATE KEY", pkcs8)
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return cert, key, roots
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key, roots := certificate(t)
	// With TLS it may listen on every address.
	s := serve(t, "--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key)
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
	cert, key, _ := certificate(t)
	s := newServer(t, "--tls-cert", cert, "--tls-key", key)
	s.Env = []string{"SSL_CERT_FILE=" + cert}
	s.Start()
	if got := s.Run("rotation", "list").ok(t); got != "no secret rotates yet\n" {
		t.Errorf("rotation list: %s", got)
	}
}

func TestBadCertificate(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	elsewhere := filepath.Join(t.TempDir(), "missing.pem")
	for _, pair := range [][2]string{{elsewhere, key}, {cert, elsewhere}, {cert, cert}} {
		s := newServer(t)
		s.Run("serve", "--listen", "127.0.0.1:0", "--root-key", filepath.Join(t.TempDir(), "key"),
			"--tls-cert", pair[0], "--tls-key", pair[1]).refused(t, 1, "--tls-cert and --tls-key: ")
	}
}
