// Package testcert makes an authority and a server certificate that it signs, for
// test servers.
package testcert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
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

// Files are the PEM files of a server.
type Files struct{ CA, Cert, Key string }

// Write makes a new authority and a certificate for hosts, which are names or
// addresses, and writes both into a folder. It gives the authority's certificate
// as PEM, too, for sslrootcert.
func Write(dir string, hosts ...string) (Files, []byte, error) {
	authority, authorityKey, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Alberti test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}, nil, nil)
	if err != nil {
		return Files{}, nil, err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: hosts[0]}, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	cert, key, err := sign(template, authority, authorityKey)
	if err != nil {
		return Files{}, nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return Files{}, nil, err
	}
	files := Files{filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	ca := encode("CERTIFICATE", authority.Raw)
	return files, ca, errors.Join(os.WriteFile(files.CA, ca, 0o600), os.WriteFile(files.Cert, encode("CERTIFICATE", cert.Raw), 0o600),
		os.WriteFile(files.Key, encode("EC PRIVATE KEY", keyDER), 0o600))
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
