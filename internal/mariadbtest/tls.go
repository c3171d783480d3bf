package mariadbtest

import "github.com/alberti-dev/alberti/internal/certtest"

func (s *Server) addCertificate() error {
	pair, err := certtest.New("localhost", s.Host)
	if err != nil {
		return err
	}
	s.CA, s.Roots, s.ClientCert, s.ClientKey = pair.CA, pair.Roots(), pair.ClientCert, pair.ClientKey
	s.files, err = pair.Write(s.dir)
	return err
}
