package secretsmanager

import (
	"slices"
	"testing"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// TestNoPolicyCostsNothing: where nothing can be asked, nothing is made to be
// asked for.
func TestNoPolicyCostsNothing(t *testing.T) {
	c := &call{service: &Service{}, Passage: door.Passage{Call: door.Call{Caller: iam.NewRoot("000000000000", "eu-west-1", "AKIA")}}}
	about := target{arn: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf", account: "000000000000", found: &store.Found{}}
	allocations := testing.AllocsPerRun(100, func() {
		if err := c.may("secretsmanager:GetSecretValue", about); err != nil {
			t.Error(err)
		}
	})
	if allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// TestRequestKeys has the keys of parameters that operations refuse so far.
func TestRequestKeys(t *testing.T) {
	key := "arn:aws:kms:eu-west-1:000000000000:key/1"
	create := requestKeys(&CreateSecretInput{
		KmsKeyID: &key, Type: optional("t"), ForceOverwriteReplicaSecret: true, AddReplicaRegions: []ReplicaRegion{{Region: optional("us-east-1")}, {Region: optional("us-west-2")}},
	})
	for name, want := range map[string][]string{
		"kmskeyarn": {key}, "type": {"t"}, "forceoverwritereplicasecret": {"true"}, "addreplicaregions": {"us-east-1", "us-west-2"}, "name": nil,
	} {
		if got := create[name]; !slices.Equal(got, want) {
			t.Errorf("%s is %q", name, got)
		}
	}
	if got := requestKeys(&UpdateSecretInput{KmsKeyID: &key})["kmskeyarn"]; !slices.Equal(got, []string{key}) {
		t.Errorf("kmskeyarn of an update is %q", got)
	}
	if got := requestKeys(&RotateSecretInput{ExternalSecretRotationRoleArn: optional("r")})["externalsecretrotationrolearn"]; !slices.Equal(got, []string{"r"}) {
		t.Errorf("the role is %q", got)
	}
}
