package mongotest

import "github.com/alberti-dev/alberti/internal/certtest"

func (s *Server) addCertificate() (certtest.Files, error) {
	pair, err := certtest.New("localhost", s.Host)
	if err != nil {
		return certtest.Files{}, err
	}
	s.CA = pair.CA
	return pair.Write(s.dir)
}
