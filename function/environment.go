package function

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/fault"
)

// maxEnvironment is the size of all variables together, as JSON, in bytes.
const maxEnvironment = 4096

// reserved are the variables that belong to the runtime.
var reserved = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

const unable = "Lambda was unable to configure your environment variables because the environment variables you have provided "

// PackEnvironment makes of variables the JSON that is sealed and stored. It
// refuses reserved names, and too much of it; that refusal quotes all variables,
// as AWS's does, so whoever logs or audits it must leave the text out.
func PackEnvironment(variables map[string]string) ([]byte, error) {
	var taken []string
	for name := range variables {
		if slices.Contains(reserved, name) {
			taken = append(taken, name)
		}
	}
	if taken != nil {
		slices.Sort(taken)
		return nil, fault.New(fault.InvalidParameter, unable+"contains reserved keys that are currently not supported for modification. "+
			"Reserved keys used in this request: %s", strings.Join(taken, ", "))
	}
	packed, err := json.Marshal(variables, json.Deterministic(true))
	if err != nil {
		return nil, fault.Wrap(fault.InvalidParameter, err, unable+"are not valid Unicode.")
	}
	if len(packed) > maxEnvironment {
		return nil, &TooMuchEnvironment{fault.New(fault.InvalidParameter, unable+"exceeded the 4KB limit. String measured: %s", packed)}
	}
	return packed, nil
}

// TooMuchEnvironment is the refusal whose text quotes all variables.
type TooMuchEnvironment struct{ Err error }

// Error leaves the variables out.
func (*TooMuchEnvironment) Error() string { return unable + "exceeded the 4KB limit." }

// Unwrap gives the refusal that the client gets.
func (e *TooMuchEnvironment) Unwrap() error { return e.Err }

// UnpackEnvironment reads what PackEnvironment made.
func UnpackEnvironment(packed []byte) (variables map[string]string, err error) {
	err = json.Unmarshal(packed, &variables)
	return variables, err
}
