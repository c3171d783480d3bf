package e2e_test

import (
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// enable turns rotation on from the command line, and waits for the first.
func (r *rotating) enable(args ...string) string {
	r.s.t.Helper()
	out := r.s.Run(append([]string{"rotation", "enable", r.Name, "--schedule", "rate(30 days)"}, args...)...).ok(r.s.t)
	r.Token = r.History().VersionID
	r.Succeeds()
	return out
}

// TestEnable names no function: the value's engine picks it.
func TestEnable(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, strategy := range strategies {
		r := s.rotatingFor(strategy, newUser(t), administrator(t))
		var args []string
		if strategy.alternating {
			args = []string{"--superuser", r.First.Master}
		}
		if out := r.enable(args...); !strings.Contains(out, r.Name+" rotates by "+strategy.function+", rate(30 days)") {
			t.Errorf("%s", out)
		}
		r.Rotated(r.First)
	}
}

// TestManagedRotation marks a secret as a service's: it rotates without a
// function of its own, and people may not write it (secrets-manager.md, 2.18).
func TestManagedRotation(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := s.Client()
	for _, strategy := range strategies {
		r := s.rotatingFor(strategy, newUser(t), administrator(t))
		args := []string{"--managed", "rds"}
		if strategy.alternating {
			args = append(args, "--superuser", r.First.Master)
		}
		r.enable(args...)
		r.Rotated(r.First)
		d, err := c.DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &r.Name})
		if err != nil || *d.OwningService != "rds" || d.RotationLambdaARN != nil {
			t.Errorf("owned by %v, rotated by %v: %v", d.OwningService, d.RotationLambdaARN, err)
		}
		text := "mine"
		_, err = c.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: &r.Name, SecretString: &text})
		wantCode(t, err, "InvalidRequestException", "managed by an AWS service")
	}
}

// TestEnableRefuses says in one line what is wrong.
func TestEnableRefuses(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := s.Client()
	create(t, c, "plain", "text")
	create(t, c, "strange", `{"engine":"abacus"}`)
	create(t, c, "none", `{}`)
	schedule := []string{"--schedule", "rate(30 days)"}
	for _, r := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"plain"}, 2, "--schedule is missing"},
		{append(schedule, "plain", "--strategy", "double"), 2, `--strategy "double" is neither single nor alternating`},
		{append(schedule, "absent"), 1, "ResourceNotFoundException"},
		{append(schedule, "plain"), 1, "is not a JSON object that names an engine"},
		{append(schedule, "strange"), 1, `there is no rotation function for engine "abacus"`},
		{append(schedule, "none"), 1, "engine key is missing"},
	} {
		s.Run(append([]string{"rotation", "enable"}, r.args...)...).refused(t, r.code, r.says)
	}
}

// TestFunctionFlags refuses what no function could work with.
func TestFunctionFlags(t *testing.T) {
	t.Parallel()
	for args, says := range map[string]string{
		"--rotation-tls maybe":                      `"maybe" is none of preferred, required and compatible`,
		"--rotation-ca /dev/null":                   "holds no PEM certificate",
		"--function-env PASSWORD=1":                 "is not NAME:OPTION=VALUE",
		"--function-env F:LENGTH=1":                 "there is no built-in function F",
		"--function-env " + name("X"):               "there is no option X",
		"--function-env " + name("PASSWORD_LENGTH"): `PASSWORD_LENGTH="1" is not a number from 4 to 4096`,
	} {
		runProgram(t, nil, append([]string{"serve"}, strings.Fields(args)...)...).refused(t, 2, says)
	}
	s := serve(t, "--function-env", "SecretsManagerRDSPostgreSQLRotationSingleUser:PASSWORD_LENGTH=17")
	r := s.newRotating(single)
	r.enable()
	if now := parse[login](t, value(t, s.Client(), r.Name)); len(now.Password) != 17 {
		t.Errorf("a password of %d characters", len(now.Password))
	}
}

func name(option string) string {
	return "SecretsManagerRDSPostgreSQLRotationSingleUser:" + option + "=1"
}
