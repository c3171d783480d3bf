// Package identity is IAM and STS: roles, their policies and their sessions, as
// far as what runs for a role needs them (iam-kms.md, 3 and 4). operations.go has
// the tables of operations, package door what every call goes through, and
// sessions.go what makes temporary credentials and knows them again.
package identity

import (
	"crypto/cipher"
	_ "embed"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/awsquery"
	"github.com/alberti-dev/alberti/door"
)

// The models are AWS's own, cut to the operations that are served and without
// their prose. Of STS the session token is marked sensitive.
var (
	//go:embed iam.json
	iamModel []byte
	//go:embed sts.json
	stsModel []byte
)

// The versions of the two APIs, which requests name.
const (
	IAMVersion = "2010-05-08"
	STSVersion = "2011-06-15"
)

// Config is what the services work with; every field is needed.
type Config struct {
	door.Base
	Pages    cipher.AEAD // seals Markers
	Sessions *Sessions
}

// Service is a table of operations with what they work on.
type Service struct {
	Config
	*door.Door[*Service, *call]
	name      string // as in signatures, actions and event sources
	namespace string
}

// NewIAM makes IAM. It fails only when its model is unreadable.
func NewIAM(c Config) (*Service, error) {
	s, err := newService(c, "iam", "https://iam.amazonaws.com/doc/"+IAMVersion+"/", iamModel, iamOperations)
	if err == nil {
		s.Model.Terse = true
	}
	return s, err
}

// NewSTS makes STS, likewise.
func NewSTS(c Config) (*Service, error) {
	return newService(c, "sts", "https://sts.amazonaws.com/doc/"+STSVersion+"/", stsModel, stsOperations)
}

func newService(c Config, name, namespace string, model []byte, table []door.Row[*Service, *call]) (*Service, error) {
	m, err := awsjson.ParseModel(model)
	if err != nil {
		return nil, err
	}
	s := &Service{Config: c, name: name, namespace: namespace}
	s.Door = door.New(door.Config{
		Base: c.Base, Model: m, Source: name + ".amazonaws.com", Actions: name + ":", Code: awsquery.Code, Message: awsquery.Message,
	}, s, table)
	return s, nil
}

// SigningName implements awsquery.Service.
func (s *Service) SigningName() string { return s.name }

// Namespace implements awsquery.Service.
func (s *Service) Namespace() string { return s.namespace }
