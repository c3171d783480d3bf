package lambda

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// keyAlias is the key that code and variables are sealed with.
const keyAlias = "alias/aws/lambda"

// newCode is code that a request brought, checked and sealed for its place in
// the store.
type newCode struct {
	function.Code
	sealed secret.Sealed
}

// codeSource is what a request says of its code.
type codeSource struct {
	zip             awsjson.SensitiveBlob
	bucket, key     *string
	place           function.Place // "" for code that runs here
	ownerARN        string         // what the code is for
	account, region string
}

var (
	errNoSource = fault.New(fault.InvalidParameter, "Please provide a source for function code.")
	errS3       = fault.New(fault.InvalidParameter, "Code in Amazon S3 is not served here: send the deployment package itself as ZipFile.")
)

// archive gives the zip of a request.
func (from codeSource) archive() ([]byte, error) {
	switch {
	case from.bucket != nil || from.key != nil:
		return nil, errS3
	case from.zip.IsZero():
		return nil, errNoSource
	}
	return from.zip.Reveal(), nil
}

// read checks the code of a request.
func (from codeSource) read() (function.Code, []byte, error) {
	if from.place != "" {
		return from.place.Code(), []byte(from.place), from.place.Check()
	}
	archive, err := from.archive()
	if err != nil {
		return function.Code{}, nil, err
	}
	code, err := function.NewCode(archive)
	return code, archive, err
}

// receive checks the code of a request and seals it. It takes time that grows
// with the zip, and is therefore done before the store is written to.
func (s *Service) receive(ctx context.Context, from codeSource) (newCode, error) {
	code, archive, err := from.read()
	if err != nil {
		return newCode{}, err
	}
	key, err := s.key(ctx, from.account, from.region)
	if err != nil {
		return newCode{}, err
	}
	sealed, err := s.Ring.SealBytes(ctx, key, placeOfCode(from.ownerARN, code.SHA256), archive)
	return newCode{code, sealed}, internal(err)
}

// key is aws/lambda of an account and region, made when it is first needed.
func (s *Service) key(ctx context.Context, account, region string) (keyring.Key, error) {
	var key keyring.Key
	err := s.Store.View(ctx, func(tx *store.Tx) (err error) {
		key.ID, key.Wrapped, err = tx.KMSKey(account, region, keyAlias)
		return err
	})
	if err != nil || key.ID != "" {
		return key, err
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) (err error) {
		key, err = s.Ring.ManagedBy(ctx, tx, keyAlias, account, region)
		return err
	})
	return key, internal(err)
}

// placeOfCode binds code to what it is for and to what it is.
func placeOfCode(ownerARN, sum string) keyring.Context {
	return keyring.Context{SecretARN: ownerARN, VersionID: "code " + sum}
}

// errCodeGone: the function was updated, or deleted, since it was looked at.
var errCodeGone = errors.New("the code is gone")

// code reads a deployment package.
func (s *Service) code(ctx context.Context, ownerARN string, c function.Code) ([]byte, error) {
	sealed, there, err := s.Store.Code(ctx, c)
	if err == nil && !there {
		err = fmt.Errorf("of %s: %w", ownerARN, errCodeGone)
	}
	if err != nil {
		return nil, err
	}
	archive, err := s.Ring.OpenBytes(ctx, sealed, placeOfCode(ownerARN, c.SHA256))
	return archive, internal(err)
}

// layerARN is the layer of the ARN of one of its versions.
func layerARN(versionARN string) string { return versionARN[:strings.LastIndexByte(versionARN, ':')] }

// internal hides what only Secrets Manager's clients would make sense of.
func internal(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Internal, err, "")
}

// placeOfEnvironment binds variables to one version of a function.
func placeOfEnvironment(f *function.Function, number int64) keyring.Context {
	return keyring.Context{SecretARN: f.Ref().ARN(), VersionID: "environment " + function.VersionName(number)}
}

// setEnvironment seals variables for a version.
func (s *Service) setEnvironment(ctx context.Context, tx *store.Tx, f *function.Function, v *function.Version, packed []byte) error {
	key, err := s.Ring.ManagedBy(ctx, tx, keyAlias, f.Account, f.Region)
	if err != nil {
		return internal(err)
	}
	v.Config.HasEnvironment = true
	v.Environment, err = s.Ring.SealBytes(ctx, key, placeOfEnvironment(f, v.Number), packed)
	return internal(err)
}

// environment reads the variables of a version, nil for none.
func (s *Service) environment(ctx context.Context, f *function.Function, v *function.Version) (map[string]string, error) {
	packed, err := s.packedEnvironment(ctx, f, v)
	if err != nil || packed == nil {
		return nil, err
	}
	return function.UnpackEnvironment(packed)
}

func (s *Service) packedEnvironment(ctx context.Context, f *function.Function, v *function.Version) ([]byte, error) {
	if !v.Config.HasEnvironment {
		return nil, nil
	}
	sealed := v.Environment
	sealed.Ciphertext = append([]byte(nil), sealed.Ciphertext...) // which opening uses up
	packed, err := s.Ring.OpenBytes(ctx, sealed, placeOfEnvironment(f, v.Number))
	return packed, internal(err)
}
