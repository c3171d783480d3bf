package function

import (
	"regexp"
	"strconv"

	"github.com/alberti-dev/alberti/fault"
)

// Latest is the qualifier of the version that can be changed.
const Latest = "$LATEST"

// Ref names a function, or with a qualifier one of its versions: $LATEST, a
// number, or the name of an alias. "" is no qualifier.
type Ref struct{ Region, Account, Name, Qualifier string }

// ARN names the function without its qualifier.
func (r Ref) ARN() string {
	return "arn:aws:lambda:" + r.Region + ":" + r.Account + ":function:" + r.Name
}

// QualifiedARN names what the reference does, with its qualifier if it has one.
func (r Ref) QualifiedARN() string {
	if r.Qualifier == "" {
		return r.ARN()
	}
	return r.ARN() + ":" + r.Qualifier
}

// Or is the reference with another qualifier where it has none.
func (r Ref) Or(qualifier string) Ref {
	if r.Qualifier == "" {
		r.Qualifier = qualifier
	}
	return r
}

// Unqualified is the reference without its qualifier.
func (r Ref) Unqualified() Ref {
	r.Qualifier = ""
	return r
}

// Number is the number that the qualifier is; false when it is none.
func (r Ref) Number() (int64, bool) { return number(r.Qualifier) }

func number(text string) (int64, bool) {
	if text == "" || text[0] < '0' || text[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// forms are those of a FunctionName (lambda.md, 2.1). A name that is "function"
// is one after an ARN's last colon.
var forms = regexp.MustCompile(`\A(?:arn:[a-zA-Z0-9-]*:lambda:)?(?:([a-z0-9-]+-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9-_.]+)(?::(\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?\z`)

// ParseRef reads a FunctionName, whose pattern was checked, and the Qualifier
// beside it, "" for none. What is not said is the caller's account and region.
func ParseRef(name, qualifier, account, region string) (Ref, error) {
	part := forms.FindStringSubmatch(name)
	if part == nil {
		return Ref{}, fault.New(fault.Validation, "1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint: Member must be the name or the ARN of a function", name)
	}
	r := Ref{Region: region, Account: account, Name: part[3], Qualifier: part[4]}
	if part[1] != "" {
		r.Region = part[1]
	}
	if part[2] != "" {
		r.Account = part[2]
	}
	switch {
	case r.Qualifier != "" && qualifier != "" && r.Qualifier != qualifier:
		return Ref{}, fault.New(fault.InvalidParameter, "The derived qualifier from the function name does not match the specified qualifier.")
	case r.Qualifier == "":
		r.Qualifier = qualifier
	}
	return r, nil
}

// CheckRegion refuses a function of another region than the one that is asked.
func (r Ref) CheckRegion(here string) error {
	if r.Region == here {
		return nil
	}
	return fault.New(fault.NotFound, "Functions from '%s' are not reachable in this region ('%s')", r.Region, here)
}

// NotFound says that there is no such function, or no such version of it.
func (r Ref) NotFound() error {
	return fault.New(fault.NotFound, "Function not found: %s", r.QualifiedARN())
}

// maxName is the length of a new function's name.
const maxName = 64

// CheckNew refuses the name of a new function that is too long.
func (r Ref) CheckNew() error {
	if len(r.Name) <= maxName {
		return nil
	}
	return fault.New(fault.InvalidParameter, "1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint: "+
		"Member must have length less than or equal to %d", r.Name, maxName)
}
