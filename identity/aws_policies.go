package identity

import (
	_ "embed"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/iam"
)

// The policies of AWS that people attach to the roles of rotation functions.
// Their texts, ids and dates are from memory of AWS's, not from a source.
var (
	//go:embed managed/AdministratorAccess.json
	administratorAccess string
	//go:embed managed/AWSLambdaBasicExecutionRole.json
	lambdaBasicExecution string
	//go:embed managed/AWSLambdaVPCAccessExecutionRole.json
	lambdaVPCAccessExecution string
	//go:embed managed/SecretsManagerReadWrite.json
	secretsManagerReadWrite string
)

// awsPolicy is a managed policy of AWS, which nobody here changes.
type awsPolicy struct {
	iam.ManagedPolicy
	document string
}

var awsPolicies = []awsPolicy{
	newAWSPolicy("ANPAIWMBCKSKIEE64ZLYK", "/", "AdministratorAccess", 1, time.Date(2015, 2, 6, 18, 39, 46, 0, time.UTC), administratorAccess),
	newAWSPolicy("ANPAJNCQGXC42545SKXIK", "/service-role/", "AWSLambdaBasicExecutionRole", 1, time.Date(2015, 4, 9, 15, 3, 43, 0, time.UTC), lambdaBasicExecution),
	newAWSPolicy("ANPAJVTME3YLVNL72YR2K", "/service-role/", "AWSLambdaVPCAccessExecutionRole", 3, time.Date(2016, 2, 11, 23, 15, 26, 0, time.UTC), lambdaVPCAccessExecution),
	newAWSPolicy("ANPAI3VG7CI5BIQZQ6G2E", "/", "SecretsManagerReadWrite", 5, time.Date(2018, 4, 4, 18, 5, 29, 0, time.UTC), secretsManagerReadWrite),
}

func newAWSPolicy(id, path, name string, version int64, created time.Time, document string) awsPolicy {
	return awsPolicy{iam.ManagedPolicy{
		ID: id, Account: "aws", Path: path, Name: name, Default: version, Last: version, Created: created, Updated: created,
	}, document}
}

// awsPolicyOf finds a policy of AWS by its ARN; nil when there is none.
func awsPolicyOf(arn string) *awsPolicy {
	for i := range awsPolicies {
		if awsPolicies[i].ARN() == arn {
			return &awsPolicies[i]
		}
	}
	return nil
}

func awsPoliciesUnder(pathPrefix string) (out []*iam.ManagedPolicy) {
	for i := range awsPolicies {
		if p := &awsPolicies[i].ManagedPolicy; strings.HasPrefix(p.Path, pathPrefix) {
			out = append(out, p)
		}
	}
	return out
}
