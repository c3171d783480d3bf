package pgtest

import (
	"errors"
	"path/filepath"

	"github.com/alberti-dev/alberti/internal/certtest"
)

// addCertificate gives the server a certificate under the names that PostgreSQL
// looks for.
func (s *Server) addCertificate(o owner) error {
	pair, err := certtest.New("localhost", s.Host)
	if err != nil {
		return err
	}
	s.CA, s.Roots = pair.CA, pair.Roots()
	return errors.Join(
		o.write(filepath.Join(s.dataPath(), "server.crt"), pair.Cert),
		o.write(filepath.Join(s.dataPath(), "server.key"), pair.Key),
	)
}
