package secretsmanager_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/secretsmanager"
)

// BenchmarkGetSecretValue is a read as it comes to the door and leaves it: what
// the wire adds before and after is not in it.
func BenchmarkGetSecretValue(b *testing.B) {
	bench := newBench(b)
	bench.create(b, "db", "one")
	request := awsjson.Request[iam.Caller]{
		ID: "1f1c2a8e-4f0e-4d5a-9d53-0d3c1f0f5c0e", Service: "secretsmanager", Operation: "GetSecretValue",
		Principal: bench.Caller(), SourceIP: "127.0.0.1", UserAgent: "bench",
	}
	id := aws.String("db")
	b.ReportAllocs()
	for b.Loop() {
		in := bench.service.Input("GetSecretValue").(*secretsmanager.GetSecretValueInput)
		in.SecretID = id
		if _, err := bench.service.Call(b.Context(), request, in); err != nil {
			b.Fatal(err)
		}
	}
}
