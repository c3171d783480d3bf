package value

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"

	"github.com/alberti-dev/alberti/rotator"
)

// tlsKey makes the members privateKey (PKCS #8) and csr, both PEM, of the kind
// keyType (ecdsa-p256 by default), for the subject and the names in the value.
type tlsKey struct{}

// errCertificate keeps a new key from standing beside the certificate of the old.
var errCertificate = errors.New("the value has a certificate, which would not be that of the new key: keep it in a secret of its own")

// Make implements maker.
func (tlsKey) Make(o options) ([]rotator.Member, error) {
	if o.text("certificate") != "" {
		return nil, errCertificate
	}
	template, err := requested(o)
	if err != nil {
		return nil, err
	}
	key, err := newKey(o, "ecdsa-p256")
	if err != nil {
		return nil, err
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return []rotator.Member{
		rotator.TextMember("privateKey", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))),
		rotator.TextMember("csr", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}))),
	}, nil
}

// requested is what the value says of subject and names.
func requested(o options) (*x509.CertificateRequest, error) {
	t := &x509.CertificateRequest{Subject: pkix.Name{CommonName: o.text("commonName")}}
	var ips, uris []string
	var errs []error
	for key, to := range map[string]*[]string{
		"organization": &t.Subject.Organization, "organizationalUnit": &t.Subject.OrganizationalUnit,
		"country": &t.Subject.Country, "province": &t.Subject.Province, "locality": &t.Subject.Locality,
	} {
		if text := o.text(key); text != "" {
			*to = []string{text} // a comma belongs to the name
		}
	}
	for key, to := range map[string]*[]string{
		"dnsNames": &t.DNSNames, "emailAddresses": &t.EmailAddresses, "ipAddresses": &ips, "uris": &uris,
	} {
		items, err := o.list(key)
		*to = items
		errs = append(errs, err)
	}
	for _, text := range ips {
		ip := net.ParseIP(text)
		if ip == nil {
			errs = append(errs, fmt.Errorf("%q in the ipAddresses key of the secret JSON is no address", text))
		}
		if four := ip.To4(); four != nil {
			ip = four
		}
		t.IPAddresses = append(t.IPAddresses, ip)
	}
	for _, text := range uris {
		u, err := url.Parse(text)
		t.URIs = append(t.URIs, u)
		errs = append(errs, err)
	}
	if t.Subject.CommonName == "" && len(t.DNSNames)+len(ips)+len(uris)+len(t.EmailAddresses) == 0 {
		errs = append(errs, errors.New("the secret JSON names nobody: it needs commonName, dnsNames, ipAddresses, emailAddresses or uris"))
	}
	return t, errors.Join(errs...)
}

// Check implements maker: the request must be signed by the key, and ask for what
// the value says.
func (tlsKey) Check(o options) error {
	want, err := requested(o)
	if err != nil {
		return err
	}
	private, _ := pem.Decode([]byte(o.text("privateKey")))
	asked, _ := pem.Decode([]byte(o.text("csr")))
	if private == nil || asked == nil {
		return errors.New("private key and request are not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(private.Bytes)
	if err != nil {
		return errors.New("the private key cannot be read")
	}
	csr, err := x509.ParseCertificateRequest(asked.Bytes)
	if err != nil || csr.CheckSignature() != nil || !belongs(key, csr.PublicKey) {
		return errors.New("the request is not signed by the private key")
	}
	if csr.Subject.String() != want.Subject.String() || !slices.Equal(csr.DNSNames, want.DNSNames) || !slices.Equal(csr.EmailAddresses, want.EmailAddresses) ||
		!slices.EqualFunc(csr.IPAddresses, want.IPAddresses, net.IP.Equal) ||
		!slices.EqualFunc(csr.URIs, want.URIs, func(a, b *url.URL) bool { return a.String() == b.String() }) {
		return errors.New("the request asks for another subject or other names than the value says")
	}
	return nil
}

// belongs tells whether a private key has this public one.
func belongs(key, known any) bool {
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		return key.PublicKey.Equal(known)
	case *rsa.PrivateKey:
		return key.PublicKey.Equal(known)
	case ed25519.PrivateKey:
		return key.Public().(ed25519.PublicKey).Equal(known)
	}
	return false
}
