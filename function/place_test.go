package function_test

import (
	"testing"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
)

func TestPlace(t *testing.T) {
	for place, inAWS := range map[function.Place]bool{
		"http://localhost:9000":                                           false,
		"https://functions.example:1/":                                    false,
		"arn:aws:lambda:eu-west-1:123456789012:function:rotate":           true,
		"arn:aws:lambda:eu-west-1:123456789012:function:rotate:live":      true,
		"arn:aws:lambda:eu-west-1:123456789012:function:rotate:$LATEST":   true,
		"arn:aws-cn:lambda:cn-northwest-1:123456789012:function:rotate":   true,
		"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:rotat": true,
	} {
		if err := place.Check(); err != nil || place.InAWS() != inAWS {
			t.Errorf("%s: %v, in AWS %v", place, err, place.InAWS())
		}
		if c := place.Code(); c.Size != int64(len(place)) || c.SHA256 == "" {
			t.Errorf("%s: %+v", place, c)
		}
	}
	for _, place := range []function.Place{
		"", "123456789012.dkr.ecr.us-east-1.amazonaws.com/rotate:latest", "ftp://host", "http://", "http://user:password@host", "http://host?a=b",
		"arn:aws:lambda:evil.example/:123456789012:function:f", "arn:aws:s3:::bucket", "host:9000",
	} {
		if err := place.Check(); fault.KindOf(err) != fault.InvalidParameter {
			t.Errorf("%q: %v", place, err)
		}
	}
}
