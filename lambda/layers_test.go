package lambda_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/internal/doortest"
	"github.com/alberti-dev/alberti/policy"
)

const layersPath = "/2018-10-31/layers/"

// publishLayer gives the ARN of a new version of a layer.
func (b *bench) publishLayer(t *testing.T, name string, more ...func(*sdk.PublishLayerVersionInput)) string {
	t.Helper()
	in := &sdk.PublishLayerVersionInput{LayerName: &name, Content: &types.LayerVersionContentInput{ZipFile: zipped(t, "python/"+name+".py", "x = 1\n")}}
	for _, m := range more {
		m(in)
	}
	out, err := b.PublishLayerVersion(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return *out.LayerVersionArn
}

var locations = regexp.MustCompile(`"Location":"[^"]+"`)

// TestLayers holds the answers to the byte (lambda.md, 2.9).
func TestLayers(t *testing.T) {
	b := newBench(t)
	archive := zipped(t, "python/tools.py", "x = 1\n")
	sum := sha256.Sum256(archive)
	content := base64.StdEncoding.EncodeToString(archive)
	shown := func(version int, description, more string) string {
		return fmt.Sprintf(`{"Content":{LOCATION,"CodeSha256":"%s","CodeSize":%d},"LayerArn":"%slayer:l","LayerVersionArn":"%slayer:l:%d","Description":"%s",`+
			`"CreatedDate":"2026-11-21T09:30:15.123+0000","Version":%d%s}`,
			base64.StdEncoding.EncodeToString(sum[:]), len(archive), prefix, prefix, version, description, version, more)
	}
	item := func(version int, description, more string) string {
		return fmt.Sprintf(`{"LayerVersionArn":"%slayer:l:%d","Version":%d,"Description":"%s","CreatedDate":"2026-11-21T09:30:15.123+0000"%s}`,
			prefix, version, version, description, more)
	}
	const lists, noLists = `,"CompatibleRuntimes":["python3.12"],"CompatibleArchitectures":["x86_64","arm64"],"LicenseInfo":"MIT"`, `,"CompatibleRuntimes":[]`
	zip := `"Content":{"ZipFile":"` + content + `"}`
	for _, c := range []struct {
		at, body string
		status   int
		want     string
	}{
		{"POST " + layersPath + "l/versions", `{` + zip + `,"Description":"d"` + lists + `}`, 201, shown(1, "d", lists)},
		{"POST " + layersPath + "l/versions", `{` + zip + noLists + `}`, 201, shown(2, "", noLists)},
		{"GET " + layersPath + "l/versions/1", "", 200, shown(1, "d", lists)},
		{"GET /2018-10-31/layers?find=LayerVersion&Arn=" + prefix + "layer:l:2", "", 200, shown(2, "", noLists)},
		{"GET " + layersPath + "arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Alayer%3Al/versions/2", "", 200, shown(2, "", noLists)},
		{"GET " + layersPath + "l/versions", "", 200, `{"LayerVersions":[` + item(2, "", noLists) + "," + item(1, "d", lists) + `]}`},
		{"GET " + layersPath + "l/versions?CompatibleRuntime=python3.12", "", 200, `{"LayerVersions":[` + item(1, "d", lists) + `]}`},
		{"GET " + layersPath + "none/versions", "", 200, `{"LayerVersions":[]}`},
		{"GET /2018-10-31/layers", "", 200, `{"Layers":[{"LayerName":"l","LayerArn":"` + prefix + `layer:l","LatestMatchingVersion":` + item(2, "", noLists) + `}]}`},
		{"GET /2018-10-31/layers?CompatibleArchitecture=arm64", "", 200,
			`{"Layers":[{"LayerName":"l","LayerArn":"` + prefix + `layer:l","LatestMatchingVersion":` + item(1, "d", lists) + `}]}`},
		{"GET /2018-10-31/layers?CompatibleRuntime=nodejs20.x", "", 200, `{"Layers":[]}`},
		{"DELETE " + layersPath + "l/versions/2", "", 204, ""},
		{"DELETE " + layersPath + "l/versions/2", "", 204, ""},
		{"DELETE " + layersPath + "none/versions/7", "", 204, ""},
		{"POST " + layersPath + "l/versions", `{` + zip + `}`, 201, shown(3, "", "")},
	} {
		got := b.send(t, c.at, c.body)
		if body := locations.ReplaceAllString(got.body, "LOCATION"); got.status != c.status || body != c.want {
			t.Errorf("%s: %d %s\nwant %d %s", c.at, got.status, body, c.status, c.want)
		}
	}
	out, err := b.GetLayerVersion(t.Context(), &sdk.GetLayerVersionInput{LayerName: aws.String("l"), VersionNumber: aws.Int64(1)})
	if err != nil {
		t.Fatal(err)
	}
	if got := download(t, *out.Content.Location); got != string(archive) {
		t.Errorf("downloaded %d bytes of %d", len(got), len(archive))
	}
}

func download(t *testing.T, location string) string {
	t.Helper()
	r, err := http.Get(location)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != 200 {
		t.Fatalf("%d, %v", r.StatusCode, err)
	}
	return string(body)
}

// TestLayerErrors has the recorded texts.
func TestLayerErrors(t *testing.T) {
	b := newBench(t)
	b.publishLayer(t, "l")
	const notFound, wrong, missing = "ResourceNotFoundException", "InvalidParameterValueException", `{"Type":"User","Message":"The resource you requested does not exist."}`
	noZip := base64.StdEncoding.EncodeToString([]byte("no zip"))
	for _, c := range []struct {
		at, body string
		status   int
		code     string
		want     string
	}{
		{"GET " + layersPath + "l/versions/2", "", 404, notFound, missing},
		{"GET " + layersPath + "none/versions/1", "", 404, notFound, missing},
		{"GET /2018-10-31/layers?find=LayerVersion&Arn=" + prefix + "layer:l:2", "", 404, notFound, missing},
		{"GET " + layersPath + "l/versions/0", "", 400, wrong, `{"Type":"User","message":"Layer Version Cannot be less than 1"}`},
		{"DELETE " + layersPath + "l/versions/-1", "", 400, wrong, `{"Type":"User","message":"Layer Version Cannot be less than 1"}`},
		{"POST " + layersPath + "l/versions", `{"Content":{"ZipFile":"` + noZip + `"}}`, 400, wrong,
			`{"Type":"User","message":"Could not unzip uploaded file. Please check your file, then try to upload again."}`},
		{"POST " + layersPath + "l/versions", `{"Content":{"S3Bucket":"bucket","S3Key":"k"}}`, 400, wrong,
			`{"Type":"User","message":"Code in Amazon S3 is not served here: send the deployment package itself as ZipFile."}`},
		{"GET " + layersPath + "l/versions/1/policy", "", 404, notFound, `{"Type":"User","Message":"No policy is associated with the given resource."}`},
		{"GET " + layersPath + "l/versions/2/policy", "", 404, notFound, `{"Type":"User","Message":"Layer version ` + prefix + `layer:l:2 does not exist."}`},
		{"DELETE " + layersPath + "l/versions/1/policy/s", "", 404, notFound, `{"Type":"User","Message":"Statement s is not found in resource policy."}`},
		{"POST " + layersPath + "l/versions/1/policy", `{"StatementId":"s","Action":"*","Principal":"*"}`, 400, "ValidationException",
			`{"message":"1 validation error detected: Value '*' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: lambda:GetLayerVersion"}`},
	} {
		b.refuses(t, c.at, c.body, c.status, c.code, c.want)
	}
	r := b.send(t, "POST "+layersPath+"l/versions", `{"Content":{},"CompatibleRuntimes":["invalidruntime"],"CompatibleArchitectures":["invalidarch"]}`)
	const begin, middle, end = `{"message":"2 validation errors detected: Value '[invalidruntime]' at 'compatibleRuntimes' failed to satisfy constraint: ` +
		`Member must satisfy constraint: [Member must satisfy enum value set: [`,
		`], Member must not be null]; Value '[invalidarch]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: [`,
		`Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"}`
	if r.status != 400 || !strings.HasPrefix(r.body, begin) || !strings.HasSuffix(r.body, middle+end) {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// TestManyLayers are listed page by page.
func TestManyLayers(t *testing.T) {
	b := newBench(t)
	var want []string
	for i := range 7 {
		name := fmt.Sprint("layer-", i)
		want = append(want, name)
		b.publishLayer(t, name, func(in *sdk.PublishLayerVersionInput) {
			if i%2 == 0 {
				in.CompatibleRuntimes = []types.Runtime{types.RuntimePython312}
			}
		})
		b.publishLayer(t, "many")
	}
	want = append(want, "many")
	all := func(in *sdk.ListLayersInput) (names []string) {
		t.Helper()
		for p := sdk.NewListLayersPaginator(b, in); p.HasMorePages(); {
			out, err := p.NextPage(t.Context())
			if err != nil || len(out.Layers) > 3 {
				t.Fatal(out, err)
			}
			for _, l := range out.Layers {
				names = append(names, *l.LayerName)
			}
		}
		return names
	}
	if got := all(&sdk.ListLayersInput{MaxItems: aws.Int32(3)}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := all(&sdk.ListLayersInput{MaxItems: aws.Int32(3), CompatibleRuntime: types.RuntimePython312}); fmt.Sprint(got) != "[layer-0 layer-2 layer-4 layer-6]" {
		t.Errorf("of python3.12: %v", got)
	}
	var numbers []int64
	for p := sdk.NewListLayerVersionsPaginator(b, &sdk.ListLayerVersionsInput{LayerName: aws.String("many"), MaxItems: aws.Int32(3)}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range out.LayerVersions {
			numbers = append(numbers, v.Version)
		}
	}
	if fmt.Sprint(numbers) != "[7 6 5 4 3 2 1]" {
		t.Errorf("versions %v", numbers)
	}
}

// TestLayersOfFunctions are versions that there are, five at most, of different
// layers, and stay when the layer goes.
func TestLayersOfFunctions(t *testing.T) {
	b := newBench(t)
	one, two := b.publishLayer(t, "a"), b.publishLayer(t, "b")
	with := func(layers ...string) func(*sdk.CreateFunctionInput) {
		return func(in *sdk.CreateFunctionInput) { in.Layers = layers }
	}
	out := b.create(t, "f", with(one, two))
	if len(out.Layers) != 2 || *out.Layers[0].Arn != one || *out.Layers[1].Arn != two || out.Layers[0].CodeSize == 0 {
		t.Errorf("layers: %+v", out.Layers)
	}
	again := b.publishLayer(t, "a")
	six := []string{one, two}
	for i := range 4 {
		six = append(six, b.publishLayer(t, fmt.Sprint("c", i)))
	}
	const elsewhere = "arn:aws:lambda:us-east-1:000000000000:layer:a:1"
	for _, c := range []struct {
		layers []string
		want   string
	}{
		{[]string{prefix + "layer:a:9"}, "Layer version " + prefix + "layer:a:9 does not exist."},
		{[]string{one, again}, "Two different versions of the same layer are not allowed to be referenced in the same function. " + one + " and " + again + " are versions of the same layer."},
		{[]string{one, one}, "Two different versions of the same layer are not allowed to be referenced in the same function. " + one + " and " + one + " are versions of the same layer."},
		{six, "Cannot reference more than 5 layers."},
		{[]string{elsewhere}, "Layers are not in the same region as the function. Layers are expected to be in region eu-west-1."},
	} {
		in := input(t, "g")
		in.Layers = c.layers
		_, err := b.CreateFunction(t.Context(), in)
		failsAs[*types.InvalidParameterValueException](t, err, c.want)
	}
	if r := b.send(t, "POST /2015-03-31/functions", creation(t, "g", `"Layers":["`+prefix+`layer:a"]`)); r.header.Get("X-Amzn-Errortype") != "ValidationException" ||
		!strings.Contains(r.body, "at 'layers' failed") {
		t.Errorf("without a version: %+v", r)
	}
	if _, err := b.DeleteLayerVersion(t.Context(), &sdk.DeleteLayerVersionInput{LayerName: aws.String("a"), VersionNumber: aws.Int64(1)}); err != nil {
		t.Fatal(err)
	}
	got, err := b.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("f")})
	if err != nil || len(got.Configuration.Layers) != 2 {
		t.Errorf("after the layer went: %+v, %v", got, err)
	}
}

// TestLayerPolicy lets other accounts in.
func TestLayerPolicy(t *testing.T) {
	b := newBench(t)
	arn := b.publishLayer(t, "l")
	stranger := iam.Caller{
		Type: iam.User, Account: "111122223333", Region: region, ARN: "arn:aws:iam::111122223333:user/ann", PrincipalID: "AIDAANN",
		Policies: []*policy.Document{identityPolicy(t, `{"Effect":"Allow","Action":["lambda:*","iam:PassRole"],"Resource":"*"}`)},
	}
	use := func() error {
		b.As(stranger)
		defer b.As(iam.NewRoot(account, region, "AKIATEST"))
		in := input(t, "f")
		in.Layers, in.Role = []string{arn}, aws.String("arn:aws:iam::111122223333:role/theirs")
		_, err := b.CreateFunction(t.Context(), in)
		return err
	}
	doortest.Refused(t, use(), "AccessDeniedException", "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: lambda:GetLayerVersion on resource: "+arn+
		" because no resource-based policy allows the lambda:GetLayerVersion action")
	allow := func(sid, principal string, organization, revision *string) (*sdk.AddLayerVersionPermissionOutput, error) {
		return b.AddLayerVersionPermission(t.Context(), &sdk.AddLayerVersionPermissionInput{
			LayerName: aws.String("l"), VersionNumber: aws.Int64(1), StatementId: &sid, Action: aws.String("lambda:GetLayerVersion"),
			Principal: &principal, OrganizationId: organization, RevisionId: revision,
		})
	}
	first, err := allow("one", "111122223333", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	one := `{"Sid":"one","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"lambda:GetLayerVersion","Resource":"` + arn + `"}`
	if *first.Statement != one {
		t.Errorf("statement %s\nwant %s", *first.Statement, one)
	}
	if err := use(); err != nil {
		t.Error(err)
	}
	_, err = allow("one", "*", nil, nil)
	failsAs[*types.ResourceConflictException](t, err,
		"The statement id (one) provided already exists. Please provide a new statement id, or remove the existing statement.")
	second, err := allow("all", "*", aws.String("o-1234567890"), first.RevisionId)
	if err != nil {
		t.Fatal(err)
	}
	_, err = allow("late", "*", nil, first.RevisionId)
	wrongRevision(t, err, "GetLayerPolicy")
	got, err := b.GetLayerVersionPolicy(t.Context(), &sdk.GetLayerVersionPolicyInput{LayerName: aws.String("l"), VersionNumber: aws.Int64(1)})
	if err != nil {
		t.Fatal(err)
	}
	all := `{"Sid":"all","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"` + arn + `","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}}`
	if want := `{"Version":"2012-10-17","Id":"default","Statement":[` + one + `,` + all + `]}`; *got.Policy != want || *got.RevisionId != *second.RevisionId {
		t.Errorf("policy %s\nwant %s", *got.Policy, want)
	}
	remove := &sdk.RemoveLayerVersionPermissionInput{LayerName: aws.String("l"), VersionNumber: aws.Int64(1), StatementId: aws.String("one"), RevisionId: first.RevisionId}
	_, err = b.RemoveLayerVersionPermission(t.Context(), remove)
	wrongRevision(t, err, "GetLayerPolicy")
	remove.RevisionId = second.RevisionId
	if _, err := b.RemoveLayerVersionPermission(t.Context(), remove); err != nil {
		t.Fatal(err)
	}
	if r := b.send(t, "GET "+layersPath+"l/versions/1/policy", ""); strings.Contains(r.body, "one") || !strings.Contains(r.body, "all") {
		t.Errorf("after one was removed: %s", r.body)
	}
}
