package e2e_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// TestFunctionsOfTwoServers: what is brought to one server on a store runs on the
// other too, as it is now.
func TestFunctionsOfTwoServers(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	a.Start()
	b.Start()
	here, there := a.author(), b.author()
	arn := here.bring("shared", inPython(handles+"return 'old'"))
	there.returns(arn, "{}", `"old"`)
	if _, err := here.UpdateFunctionCode(t.Context(), &lambda.UpdateFunctionCodeInput{FunctionName: &arn, ZipFile: files{"index.py": handles + "return 'new'"}.zip()}); err != nil {
		t.Fatal(err)
	}
	there.returns(arn, "{}", `"new"`)
	r := a.rotatingBy(here.bring("rotate", goFunction(t)), newUser(t))
	before := r.First
	for _, r.s = range []*server{a, b} {
		r.Rotate()
		r.SucceedsOn(a, b)
		before = r.Rotated(before)
	}
}

// TestFleetOfOneFunction has a function rotate more secrets at once than it may be
// invoked for: those that are throttled in the midst of their steps go on where
// they were.
func TestFleetOfOneFunction(t *testing.T) {
	t.Parallel()
	s := serve(t, "--rotation-retry", "200ms")
	a := s.author()
	arn := a.bring("rotate", goFunction(t))
	_, err := a.PutFunctionConcurrency(t.Context(), &lambda.PutFunctionConcurrencyInput{FunctionName: &arn, ReservedConcurrentExecutions: aws.Int32(2)})
	if err != nil {
		t.Fatal(err)
	}
	var all []*rotating
	for range 5 {
		r := s.rotatingBy(arn, newUser(t))
		r.Rotate()
		all = append(all, r)
	}
	for _, r := range all {
		r.Succeeds()
		r.Rotated(r.First)
	}
}
