// Package function is the domain of AWS Lambda: functions, their versions and
// aliases, what a deployment package may hold, and the rules that Lambda's API
// has about them (lambda.md, 2).
package function

import (
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/secret"
)

// Function is what all versions of a function share.
type Function struct {
	Key                   int64 // in the store, 0 for a new one
	Region, Account, Name string
	Created               time.Time
	// LastVersion is the highest number ever published: none is used again.
	LastVersion int64
	// Reserved is how many invocations may run at once, nil for no bound of its own.
	Reserved *int64
	Tags     map[string]string
}

// Ref names the function.
func (f *Function) Ref() Ref { return Ref{Region: f.Region, Account: f.Account, Name: f.Name} }

// Version is one version of a function. Only $LATEST changes.
type Version struct {
	Number   int64 // 0 is $LATEST
	Revision string
	// Build is another one after every change of code or configuration, and after
	// no other change: what was started for one build is of use for no other.
	Build    string
	Modified time.Time
	Config   Configuration
	// Environment has the variables, sealed; of no use unless Config.HasEnvironment.
	Environment secret.Sealed
	Code        Code
	Layers      []Layer
}

// Name is what the version is called: $LATEST or its number.
func (v *Version) Name() string { return VersionName(v.Number) }

// VersionName is what the version with a number is called.
func VersionName(number int64) string {
	if number == 0 {
		return Latest
	}
	return strconv.FormatInt(number, 10)
}

// Touch gives the version a new revision: something about it has changed.
func (v *Version) Touch() { v.Revision = uuid.NewString() }

// Changed is Touch for a change of code or configuration.
func (v *Version) Changed(now time.Time) {
	v.Touch()
	v.Build, v.Modified = uuid.NewString(), now
}

// Code is a deployment package: a zip in the store.
type Code struct {
	Key      int64  // in the store
	SHA256   string // of the zip, in base64
	Size     int64  // of the zip, in bytes
	Unzipped int64  // in bytes
}

// Layer is a version of a layer that a version of a function uses. It keeps the
// layer's content, whatever becomes of the layer.
type Layer struct {
	ARN  string
	Code Code
}

// Alias is a name for a version. Routing sends a share of the invocations to
// other versions, by their numbers.
type Alias struct {
	Name        string
	Version     int64 // 0 is $LATEST
	Description string
	Routing     map[string]float64
	Revision    string
}
