package function

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"

	"github.com/alberti-dev/alberti/fault"
)

// Place is where a function runs that does not run here: the URL of a container
// that speaks the invoke path of AWS's Runtime Interface Emulator, or the ARN of a
// function in AWS Lambda. It is given as the ImageUri of a package of type Image.
type Place string

// inAWS is the ARN of a function in AWS Lambda, perhaps of a version of it.
var inAWS = regexp.MustCompile(`\Aarn:aws[a-zA-Z-]*:lambda:[a-z]{2}(-[a-z]+)+-\d:\d{12}:function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?\z`)

// container is the URL of one, without a login, a query or a fragment.
var container = regexp.MustCompile(`\Ahttps?://[^\s/?#@]+(/[^\s?#]*)?\z`)

// InAWS tells a function of AWS Lambda from a container.
func (p Place) InAWS() bool { return inAWS.MatchString(string(p)) }

// Check refuses what is neither, such as the name of an image.
func (p Place) Check() error {
	if p.InAWS() {
		return nil
	}
	if container.MatchString(string(p)) {
		return nil
	}
	return fault.New(fault.InvalidParameter, "Container images are not run here. Run the container yourself and give, as ImageUri, the address at which it "+
		"listens (http://host:port), or the ARN of a function in AWS Lambda: alberti function register does that.")
}

// Code is the place in the room of a deployment package.
func (p Place) Code() Code {
	sum := sha256.Sum256([]byte(p))
	return Code{SHA256: base64.StdEncoding.EncodeToString(sum[:]), Size: int64(len(p))}
}
