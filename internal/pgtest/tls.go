package pgtest

import (
	"errors"
	"path/filepath"

	"github.com/alberti-dev/alberti/internal/certtest"
)

// clientCA is the file with the authority whose clients the server knows, for
// lines of pg_hba.conf that ask for a certificate.
const clientCA = "root.crt"

// addCertificate gives the server a certificate under the names that PostgreSQL
// looks for, and one to its clients.
func (s *Server) addCertificate(o owner) error {
	pair, err := certtest.New("localhost", s.Host)
	if err != nil {
		return err
	}
	s.CA, s.Roots, s.ClientCert, s.ClientKey = pair.CA, pair.Roots(), pair.ClientCert, pair.ClientKey
	return errors.Join(
		o.write(filepath.Join(s.dataPath(), "server.crt"), pair.Cert),
		o.write(filepath.Join(s.dataPath(), "server.key"), pair.Key),
		o.write(filepath.Join(s.dataPath(), clientCA), pair.CA),
	)
}
