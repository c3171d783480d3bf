// Package certtest makes an authority, and the certificates of a server and of a
// client that it signs, for servers under test.
package certtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Pair is a certificate, its key, and the certificate of the authority that
// signed it, as PEM. ClientCert and ClientKey are a client's, of the same
// authority, for servers that ask for one.
type Pair struct{ CA, Cert, Key, ClientCert, ClientKey []byte }

// Files are where a Pair was written.
type Files struct{ CA, Cert, Key string }

// New makes a new authority and a pair for hosts, which are names or addresses.
// All are good for a day.
func New(hosts ...string) (Pair, error) {
	cert, key, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Alberti test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}, nil, nil)
	if err != nil {
		return Pair{}, err
	}
	a := authority{cert, key}
	p := Pair{CA: encode("CERTIFICATE", cert.Raw)}
	if p.Cert, p.Key, err = a.issue(hosts[0], x509.ExtKeyUsageServerAuth, hosts); err != nil {
		return Pair{}, err
	}
	p.ClientCert, p.ClientKey, err = a.issue("a client", x509.ExtKeyUsageClientAuth, nil)
	return p, err
}

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate for a use, and its key, as PEM.
func (a authority) issue(name string, use x509.ExtKeyUsage, hosts []string) (cert, key []byte, err error) {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	signed, private, err := sign(template, a.cert, a.key)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	return encode("CERTIFICATE", signed.Raw), encode("PRIVATE KEY", der), err
}

// sign makes a key and a certificate for it; one without a parent signs itself.
func sign(template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// Write writes the pair into a folder.
func (p Pair) Write(dir string) (Files, error) {
	f := Files{filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	return f, errors.Join(os.WriteFile(f.CA, p.CA, 0o600), os.WriteFile(f.Cert, p.Cert, 0o600), os.WriteFile(f.Key, p.Key, 0o600))
}

// Roots is the authority, for a client.
func (p Pair) Roots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(p.CA)
	return roots
}

// Config is TLS of a fake server that has the pair.
func (p Pair) Config() (*tls.Config, error) {
	pair, err := tls.X509KeyPair(p.Cert, p.Key)
	return &tls.Config{Certificates: []tls.Certificate{pair}}, err
}
