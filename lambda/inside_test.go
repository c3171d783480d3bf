package lambda_test

import (
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/internal/doortest"
	"github.com/alberti-dev/alberti/lambda"
)

// TestMissingFunctionInside: Secrets Manager is told that a function is gone, and
// not that it lacks a permission which nobody could give. Whoever says over HTTP
// that he is a service learns nothing of what there is.
func TestMissingFunctionInside(t *testing.T) {
	b := newBench(t)
	name := prefix + "function:gone"
	service := iam.NewService("secretsmanager.amazonaws.com", region)
	_, _, err := b.service.InvokeInside(t.Context(), door.Call{Caller: service}, &lambda.InvokeInput{FunctionName: &name})
	if fault.KindOf(err) != fault.NotFound || err.Error() != "Function not found: "+name+":$LATEST" {
		t.Errorf("inside: %v", err)
	}
	b.As(service)
	_, err = b.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: &name})
	doortest.Refused(t, err, "AccessDeniedException", "User: secretsmanager.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: "+name+" because no resource-based policy allows the lambda:InvokeFunction action")
}
