package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/uuid"
)

func TestSDK(t *testing.T) {
	t.Parallel()
	s := serve(t)
	throughSDK(t, s)
	s.Restart()
	if got := value(t, s.Client(), "sdk/db"); got != "third" {
		t.Errorf("after a restart: %q", got)
	}
}

// throughSDK takes a secret from its creation to its deletion, with an SDK that
// knows nothing of Alberti. It leaves sdk/db with the value "third".
func throughSDK(t *testing.T, s *server) {
	t.Helper()
	c, ctx := s.Client(), t.Context()
	try := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, first := aws.String("sdk/db"), uuid.NewString()
	in := &sdk.CreateSecretInput{
		Name: id, SecretString: aws.String("first"), ClientRequestToken: &first, Description: aws.String("for the test"),
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("red")}},
	}
	made, err := c.CreateSecret(ctx, in)
	try(err)
	if aws.ToString(made.VersionId) != first || !strings.HasPrefix(*made.ARN, "arn:aws:secretsmanager:us-east-1:000000000000:secret:sdk/db-") {
		t.Errorf("made %s, version %s", *made.ARN, aws.ToString(made.VersionId))
	}
	again, err := c.CreateSecret(ctx, in) // as a client does that lost the answer
	try(err)
	if *again.ARN != *made.ARN {
		t.Errorf("the same request once more made %s", *again.ARN)
	}
	in.SecretString = aws.String("other")
	_, err = c.CreateSecret(ctx, in)
	wantCode(t, err, "ResourceExistsException", "")

	binary := []byte{0, 1, 0xff, '\n'}
	put, err := c.PutSecretValue(ctx, &sdk.PutSecretValueInput{SecretId: made.ARN, SecretBinary: binary})
	try(err)
	got, err := c.GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: id})
	try(err)
	if !bytes.Equal(got.SecretBinary, binary) || got.SecretString != nil || *got.VersionId != *put.VersionId || got.CreatedDate == nil {
		t.Errorf("got %v, %v", got.SecretBinary, aws.ToString(got.SecretString))
	}
	if old := value(t, c, "sdk/db", "AWSPREVIOUS"); old != "first" {
		t.Errorf("the previous value is %q", old)
	}
	_, err = c.UpdateSecret(ctx, &sdk.UpdateSecretInput{SecretId: id, SecretString: aws.String("third"), Description: aws.String("changed")})
	try(err)
	_, err = c.TagResource(ctx, &sdk.TagResourceInput{SecretId: id, Tags: []types.Tag{{Key: aws.String("env"), Value: aws.String("test")}}})
	try(err)
	_, err = c.UntagResource(ctx, &sdk.UntagResourceInput{SecretId: id, TagKeys: []string{"team"}})
	try(err)
	_, err = c.UpdateSecretVersionStage(ctx, &sdk.UpdateSecretVersionStageInput{
		SecretId: id, VersionStage: aws.String("GOOD"), MoveToVersionId: put.VersionId,
	})
	try(err)
	d, err := c.DescribeSecret(ctx, &sdk.DescribeSecretInput{SecretId: id})
	try(err)
	if *d.Description != "changed" || len(d.Tags) != 1 || *d.Tags[0].Key != "env" || d.LastRotatedDate != nil ||
		strings.Join(d.VersionIdsToStages[*put.VersionId], " ") != "AWSPREVIOUS GOOD" {
		t.Errorf("described as %q, tags %d, versions %v", *d.Description, len(d.Tags), d.VersionIdsToStages)
	}
	versions, err := c.ListSecretVersionIds(ctx, &sdk.ListSecretVersionIdsInput{SecretId: id, IncludeDeprecated: aws.Bool(true)})
	try(err)
	if len(versions.Versions) != 3 {
		t.Errorf("%d versions", len(versions.Versions))
	}
	_, err = c.GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: aws.String("sdk/nothing")})
	wantCode(t, err, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")

	deleted, err := c.DeleteSecret(ctx, &sdk.DeleteSecretInput{SecretId: id, RecoveryWindowInDays: aws.Int64(7)})
	try(err)
	if deleted.DeletionDate == nil {
		t.Error("no DeletionDate")
	}
	_, err = c.GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: id})
	wantCode(t, err, "InvalidRequestException", "marked for deletion")
	_, err = c.RestoreSecret(ctx, &sdk.RestoreSecretInput{SecretId: id})
	try(err)
	if got := value(t, c, "sdk/db"); got != "third" {
		t.Errorf("restored %q", got)
	}
	gone := create(t, c, "sdk/gone", "x")
	_, err = c.DeleteSecret(ctx, &sdk.DeleteSecretInput{SecretId: &gone, ForceDeleteWithoutRecovery: aws.Bool(true)})
	try(err)
	eventually(t, "the name is free again", func() (bool, any) {
		_, err := c.CreateSecret(ctx, &sdk.CreateSecretInput{Name: aws.String("sdk/gone"), SecretString: aws.String("y")})
		return err == nil, err
	})
}

// TestPaginator lists everything, page by page, each once and in order.
func TestPaginator(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := s.Client()
	const all = 23
	for i := range all {
		create(t, c, fmt.Sprintf("page/%02d", i), "x")
	}
	create(t, c, "other", "x")
	pages := sdk.NewListSecretsPaginator(c, &sdk.ListSecretsInput{
		Filters: []types.Filter{{Key: types.FilterNameStringTypeName, Values: []string{"page/"}}}, SortOrder: types.SortOrderTypeAsc,
	}, func(o *sdk.ListSecretsPaginatorOptions) { o.Limit = 5 })
	var names []string
	n := 0
	for ; pages.HasMorePages(); n++ {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range page.SecretList {
			names = append(names, *entry.Name)
		}
	}
	if len(names) != all || n != 5 {
		t.Errorf("%d names on %d pages: %v", len(names), n, names)
	}
	for i, name := range names {
		if name != fmt.Sprintf("page/%02d", i) {
			t.Errorf("number %d is %s", i, name)
		}
	}
}

// TestVersionPaginator lists every version, page by page, oldest first.
func TestVersionPaginator(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := s.Client()
	create(t, c, "versions", "x")
	var want, got []string
	for range 6 {
		put, err := c.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: aws.String("versions"), SecretString: aws.String("y")})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, *put.VersionId)
	}
	pages := sdk.NewListSecretVersionIdsPaginator(c, &sdk.ListSecretVersionIdsInput{
		SecretId: aws.String("versions"), IncludeDeprecated: aws.Bool(true),
	}, func(o *sdk.ListSecretVersionIdsPaginatorOptions) { o.Limit = 3 })
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Versions {
			got = append(got, *v.VersionId)
		}
	}
	if len(got) != 7 || !slices.Equal(got[1:], want) {
		t.Errorf("got %v\nwant one more than %v", got, want)
	}
}

// TestLostAnswers: a client that lost an answer asks once more, and gets the
// answer that it would have had.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	s, ctx := serve(t), t.Context()
	c := s.Client(config.WithHTTPClient(&forgetful{}))
	made, err := c.CreateSecret(ctx, &sdk.CreateSecretInput{Name: aws.String("lost")})
	if err != nil {
		t.Fatal(err)
	}
	put, err := c.PutSecretValue(ctx, &sdk.PutSecretValueInput{SecretId: made.ARN, SecretString: aws.String("one")})
	if err != nil {
		t.Fatal(err)
	}
	updated, err := c.UpdateSecret(ctx, &sdk.UpdateSecretInput{SecretId: made.ARN, SecretString: aws.String("two")})
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.DescribeSecret(ctx, &sdk.DescribeSecretInput{SecretId: aws.String("lost")})
	if err != nil {
		t.Fatal(err)
	}
	if *d.ARN != *made.ARN || fmt.Sprint(d.VersionIdsToStages) != fmt.Sprint(map[string][]string{*put.VersionId: {"AWSPREVIOUS"}, *updated.VersionId: {"AWSCURRENT"}}) {
		t.Errorf("%s, %v", *d.ARN, d.VersionIdsToStages)
	}
}

// forgetful loses every other answer.
type forgetful struct{ asked int }

// Do implements the client of the SDK.
func (f *forgetful) Do(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultClient.Do(r)
	if f.asked++; err == nil && f.asked%2 == 1 {
		answer.Body.Close()
		return nil, &url.Error{Op: "Post", URL: r.URL.String(), Err: syscall.ECONNRESET}
	}
	return answer, err
}

// TestRegions: each region is a namespace of its own, and there is no list of them.
func TestRegions(t *testing.T) {
	t.Parallel()
	s := serve(t)
	here, there := s.Client(), s.Client(config.WithRegion("eu-south-2"))
	arn := create(t, here, "same/name", "here")
	other := create(t, there, "same/name", "there")
	if !strings.HasPrefix(other, "arn:aws:secretsmanager:eu-south-2:") {
		t.Errorf("made %s", other)
	}
	if a, b := value(t, here, "same/name"), value(t, there, "same/name"); a != "here" || b != "there" {
		t.Errorf("%q here, %q there", a, b)
	}
	_, err := there.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: &arn})
	if err == nil {
		t.Error("another region gives a secret by its ARN")
	}
	list, err := there.ListSecrets(t.Context(), &sdk.ListSecretsInput{})
	if err != nil || len(list.SecretList) != 1 {
		t.Errorf("%d secrets there, %v", len(list.SecretList), err)
	}
}

// TestRetries: an SDK as it comes gets over a restart of the server, on the same
// address.
func TestRetries(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Args = append(s.Args, "--listen", strings.TrimPrefix(s.URL, "http://"))
	c := s.Client()
	create(t, c, "patient", "x")
	s.Kill()
	answered := make(chan error, 1)
	token := uuid.NewString()
	go func() {
		_, err := c.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{
			SecretId: aws.String("patient"), SecretString: aws.String("y"), ClientRequestToken: &token,
		}, func(o *sdk.Options) { o.RetryMaxAttempts = 20 })
		answered <- err
	}()
	s.Start()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if got := value(t, c, "patient"); got != "y" {
		t.Errorf("got %q", got)
	}
}
