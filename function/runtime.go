package function

import (
	"regexp"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/fault"
)

// runtimes are those that functions can be made for, in the order in which
// AWS's refusal names them.
var runtimes = strings.Split("nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, "+
	"java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2", ", ")

// retired are those that there were.
var retired = []string{
	"python2.7", "python3.6", "python3.7", "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x",
	"go1.x", "provided", "ruby2.5", "ruby2.7", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet5.0", "java8",
}

var runtimeARN = regexp.MustCompile(`\Aarn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+::runtime:.+\z`)

// CheckRuntime refuses what is no runtime, or no longer one.
func CheckRuntime(name string) error {
	switch {
	case slices.Contains(runtimes, name), runtimeARN.MatchString(name):
		return nil
	case slices.Contains(retired, name):
		return fault.New(fault.InvalidParameter, "The runtime parameter of %s is no longer supported for creating or updating AWS Lambda functions. "+
			"We recommend you use a supported runtime while creating or updating functions.", name)
	}
	return fault.New(fault.InvalidParameter, "Value %s at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [%s] or be a valid ARN",
		name, strings.Join(runtimes, ", "))
}

// maxMemory is what an account may give to a function, in MiB.
const maxMemory = 10240

// CheckMemory refuses more memory than there is.
func CheckMemory(mib int64) error {
	if mib <= maxMemory {
		return nil
	}
	return fault.New(fault.InvalidParameter, "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to %d", maxMemory)
}
