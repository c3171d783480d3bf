package awsjson

import "testing"

func TestOnlyText(t *testing.T) {
	for body, want := range map[string]string{
		`{"SecretId":"db"}`: "db", `{"SecretId": "a b"}`: "a b", `{"SecretId":""}`: "", `{"SecretId":"} , :{"}`: "} , :{",
	} {
		if got, ok := OnlyText([]byte(body), "SecretId"); got != want || !ok {
			t.Errorf("%s: %q, %v", body, got, ok)
		}
	}
	for _, body := range []string{
		``, `{}`, `{"SecretId"}`, `{"SecretId":"}`, `{"SecretId":1}`, `{"SecretId":null}`, `{"SecretI":"db"}`, `{"SecretIds":"db"}`,
		`{"SecretId":"a","VersionId":"b"}`, `{"SecretId":"\u0061"}`, `{"SecretId":"é"}`, "{\"SecretId\":\"a\nb\"}", `{"SecretId":"a"} `, `[{"SecretId":"a"}]`,
	} {
		if got, ok := OnlyText([]byte(body), "SecretId"); ok {
			t.Errorf("%s: %q", body, got)
		}
	}
}

// FuzzOnlyText: what it reads, Decode reads too, and the same.
func FuzzOnlyText(f *testing.F) {
	for _, seed := range []string{`{"SecretId":"db"}`, `{"SecretId": "a b"}`, `{"SecretId":"a","SecretId":"b"}`, `{"SecretId":"\""}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := OnlyText(data, "SecretId")
		if !ok {
			return
		}
		var in struct{ SecretId *string }
		if err := Decode(data, &in); err != nil || in.SecretId == nil || *in.SecretId != got {
			t.Errorf("%q is %q, and to Decode %v, %v", data, got, in.SecretId, err)
		}
	})
}
