package secretsmanager_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

func TestTagAndUntag(t *testing.T) {
	b, id := newBench(t), aws.String("db")
	b.create(t, "db", "one")
	for _, step := range []struct {
		add    string // key=value
		remove []string
		want   string
	}{
		{"team=blue env=prod", nil, "team=blue env=prod"},
		{"owner=ada team=red", nil, "team=red env=prod owner=ada"},
		{"empty=", nil, "team=red env=prod owner=ada empty="},
		{"", []string{"env", "unknown"}, "team=red owner=ada empty="},
		{"env=dev", nil, "team=red owner=ada empty= env=dev"},
		{"", []string{"team", "owner", "empty", "env"}, ""},
	} {
		b.Advance(time.Second)
		var err error
		if step.remove != nil {
			_, err = b.UntagResource(t.Context(), &sdk.UntagResourceInput{SecretId: id, TagKeys: step.remove})
		} else {
			in := &sdk.TagResourceInput{SecretId: id}
			for tag := range strings.FieldsSeq(step.add) {
				key, value, _ := strings.Cut(tag, "=")
				in.Tags = append(in.Tags, types.Tag{Key: &key, Value: &value})
			}
			_, err = b.TagResource(t.Context(), in)
		}
		if err != nil {
			t.Fatal(err)
		}
		d := b.describe(t, "db")
		var got []string
		for _, tag := range d.Tags {
			got = append(got, *tag.Key+"="+*tag.Value)
		}
		if strings.Join(got, " ") != step.want || d.Tags == nil || !d.LastChangedDate.Equal(b.Now()) {
			t.Errorf("%+v: %v, changed %v", step, got, d.LastChangedDate)
		}
	}
	for operation, body := range map[string]string{"TagResource": `{"SecretId":"db","Tags":[]}`, "UntagResource": `{"SecretId":"db","TagKeys":[]}`} {
		if r := b.post(t, operation, body); r.raw != "{}" {
			t.Errorf("%s answers %s", operation, r.raw)
		}
	}
}

func TestTagResourceRefuses(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	var many []string
	for i := range 51 {
		many = append(many, fmt.Sprintf(`{"Key":"k%d","Value":"v"}`, i))
	}
	for name, test := range map[string]struct{ tags, code, text string }{
		"fifty-one":    {strings.Join(many, ","), "InvalidParameterException", "A secret can't have more than 50 tags."},
		"reserved":     {`{"Key":"a","Value":"b"},{"Key":"AWS:x","Value":"y"}`, "InvalidParameterException", "Tag keys that begin with aws: are reserved."},
		"no key":       {`{"Value":"b"}`, "InvalidParameterException", "A tag must have a Key."},
		"a character":  {`{"Key":"a?","Value":"b"}`, "InvalidParameterException", "Tag keys and values can contain letters, digits, spaces and the characters + - = . _ : / @."},
		"a long key":   {`{"Key":"` + strings.Repeat("k", 129) + `","Value":"b"}`, "ValidationException", "1 validation error detected: Value '" + strings.Repeat("k", 129) + "' at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128"},
		"a long value": {`{"Key":"k","Value":"` + strings.Repeat("v", 257) + `"}`, "ValidationException", "1 validation error detected: Value '" + strings.Repeat("v", 257) + "' at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256"},
	} {
		t.Run(name, func(t *testing.T) {
			b.refuses(t, "TagResource", `{"SecretId":"db","Tags":[`+test.tags+`]}`, test.code, test.text)
		})
	}
	b.refuses(t, "TagResource", `{"SecretId":"none","Tags":[{"Key":"a","Value":"b"}]}`, "ResourceNotFoundException", notFound)
	b.refuses(t, "UntagResource", `{"SecretId":"none","TagKeys":["a"]}`, "ResourceNotFoundException", notFound)
	b.does(t, "TagResource", `{"SecretId":"db","Tags":[`+strings.Join(many[:50], ",")+`]}`)
	if d := b.describe(t, "db"); len(d.Tags) != 50 {
		t.Errorf("%d tags", len(d.Tags))
	}
}
