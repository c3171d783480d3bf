package lambda

import (
	"cmp"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// CreateFunctionInput asks for a function (lambda.md, 2.2).
type CreateFunctionInput struct {
	FunctionName         *string            `json:"FunctionName"`
	Runtime              *string            `json:"Runtime"`
	Role                 *string            `json:"Role"`
	Handler              *string            `json:"Handler"`
	Code                 *FunctionCode      `json:"Code"`
	Description          *string            `json:"Description"`
	Timeout              *int64             `json:"Timeout"`
	MemorySize           *int64             `json:"MemorySize"`
	Publish              bool               `json:"Publish"`
	VpcConfig            *VpcConfig         `json:"VpcConfig"`
	PackageType          *string            `json:"PackageType"`
	DeadLetterConfig     *DeadLetterConfig  `json:"DeadLetterConfig"`
	Environment          *Environment       `json:"Environment"`
	KMSKeyArn            *string            `json:"KMSKeyArn"`
	TracingConfig        *TracingConfig     `json:"TracingConfig"`
	Tags                 map[string]string  `json:"Tags"`
	Layers               []string           `json:"Layers"`
	FileSystemConfigs    []FileSystemConfig `json:"FileSystemConfigs"`
	CodeSigningConfigArn *string            `json:"CodeSigningConfigArn"`
	Architectures        []string           `json:"Architectures"`
	EphemeralStorage     *EphemeralStorage  `json:"EphemeralStorage"`
	SnapStart            *SnapStart         `json:"SnapStart"`
	LoggingConfig        *LoggingConfig     `json:"LoggingConfig"`
}

// FunctionCode is where the code of a request is.
type FunctionCode struct {
	ZipFile         awsjson.SensitiveBlob `json:"ZipFile"`
	S3Bucket        *string               `json:"S3Bucket"`
	S3Key           *string               `json:"S3Key"`
	S3ObjectVersion *string               `json:"S3ObjectVersion"`
	ImageURI        *string               `json:"ImageUri"`
}

func (in *CreateFunctionInput) tags() map[string]string { return in.Tags }

func (in *CreateFunctionInput) settings() settings {
	return settings{
		Runtime: in.Runtime, Role: in.Role, Handler: in.Handler, Description: in.Description, KMSKeyArn: in.KMSKeyArn,
		Timeout: in.Timeout, MemorySize: in.MemorySize, VpcConfig: in.VpcConfig, DeadLetterConfig: in.DeadLetterConfig,
		TracingConfig: in.TracingConfig, EphemeralStorage: in.EphemeralStorage, SnapStart: in.SnapStart,
		LoggingConfig: in.LoggingConfig, FileSystemConfigs: in.FileSystemConfigs,
	}
}

var (
	errMandatory = fault.New(fault.InvalidParameter, "Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	errImageHas  = fault.New(fault.InvalidParameter, "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.")
	errSigning   = fault.New(fault.InvalidParameter, "Code signing configurations are not served here.")
)

// place is where the function runs, "" for here.
func (in *CreateFunctionInput) place() function.Place {
	if text(in.PackageType) != "Image" || in.Code == nil {
		return ""
	}
	return function.Place(text(in.Code.ImageURI))
}

// checkPackage refuses what does not go with the type of the package.
func (in *CreateFunctionInput) checkPackage() error {
	switch {
	case text(in.PackageType) == "Image" && (in.Runtime != nil || in.Handler != nil || in.Layers != nil):
		return errImageHas
	case text(in.PackageType) == "Image":
		return in.place().Check()
	case in.Code.ImageURI != nil:
		return errImageForZip
	case in.Runtime == nil || in.Handler == nil:
		return errMandatory
	case in.CodeSigningConfigArn != nil:
		return errSigning
	}
	return nil
}

func (s *Service) createFunction(c *call, in *CreateFunctionInput) (*FunctionConfiguration, error) {
	ref, err := s.newName(c, in)
	if err != nil {
		return nil, err
	}
	if err := s.checkNew(c, in); err != nil {
		return nil, err
	}
	packed, err := function.PackEnvironment(in.Environment.variables())
	if err != nil {
		return nil, err
	}
	code, err := s.receive(c.Ctx, codeSource{
		zip: in.Code.ZipFile, bucket: in.Code.S3Bucket, key: in.Code.S3Key, place: in.place(),
		ownerARN: ref.ARN(), account: ref.Account, region: ref.Region,
	})
	if err != nil {
		return nil, err
	}
	in.Code.ZipFile = awsjson.SensitiveBlob{} // it is sealed: it need not be held twice
	return door.Update(c, func(tx *store.Tx) (*FunctionConfiguration, error) { return s.create(tx, c, in, ref, code, packed) })
}

// newName reads the name of a function to be made, and authorises making it.
func (s *Service) newName(c *call, in *CreateFunctionInput) (function.Ref, error) {
	ref, err := function.ParseRef(text(in.FunctionName), "", c.Caller.Account, c.Caller.Region)
	if err != nil {
		return ref, err
	}
	ref = ref.Unqualified()
	if err := ref.CheckRegion(c.Caller.Region); err != nil {
		return ref, err
	}
	if err := c.authorize(targetOf(ref)); err != nil {
		return ref, err
	}
	return ref, ref.CheckNew()
}

// checkNew refuses what needs no look into the store.
func (s *Service) checkNew(c *call, in *CreateFunctionInput) error {
	if err := in.checkPackage(); err != nil {
		return err
	}
	if err := in.settings().check(); err != nil {
		return err
	}
	if err := function.CheckTags(in.Tags); err != nil {
		return err
	}
	if err := c.mayRunElsewhere(in.place()); err != nil {
		return err
	}
	return c.checkRole(text(in.Role))
}

// create makes a function, and with Publish its first version too. The answer
// shows it as it was before it became active.
func (s *Service) create(tx *store.Tx, c *call, in *CreateFunctionInput, ref function.Ref, code newCode, packed []byte) (*FunctionConfiguration, error) {
	if known, err := tx.Function(ref); err != nil || known != nil || s.isBuiltin(ref) {
		return nil, cmp.Or(err, fault.New(fault.AlreadyExists, "Function already exist: %s", ref.Name))
	}
	f := &function.Function{Region: ref.Region, Account: ref.Account, Name: ref.Name, Created: tx.Now(), Tags: in.Tags}
	config := function.Configuration{Architectures: in.Architectures, Place: in.place()}
	v := &function.Version{Config: in.settings().apply(config, ref.Name)}
	v.Changed(tx.Now())
	var err error
	if v.Layers, err = s.layers(tx, c, in.Layers); err != nil {
		return nil, err
	}
	if err := function.CheckTogether(code.Code, v.Layers); err != nil {
		return nil, err
	}
	if err := tx.PutFunction(f); err != nil {
		return nil, err
	}
	if err := s.putCode(tx, f, v, code); err != nil {
		return nil, err
	}
	if in.Environment != nil {
		if err := s.setEnvironment(c.Ctx, tx, f, v, packed); err != nil {
			return nil, err
		}
	}
	out := described(f, v, ref, in.Environment.variables()).pending()
	v.Touch() // it has become active
	if err := tx.PutFunctionVersion(f, v); err != nil || !in.Publish {
		return out, err
	}
	published, err := s.publish(c, tx, f, v, nil)
	if err == nil {
		out.Version = published.Name()
	}
	return out, err
}

// putCode gives a version of a function its code.
func (s *Service) putCode(tx *store.Tx, f *function.Function, v *function.Version, code newCode) error {
	if err := checkStorage(tx, f.Account, f.Region, code.Code); err != nil {
		return err
	}
	v.Code = code.Code
	return tx.PutCode(&v.Code, code.sealed)
}
