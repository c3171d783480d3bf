package awsjson

import (
	"bytes"
	stdjson "encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestSensitiveIsNotPrinted(t *testing.T) {
	const hidden = "very-secret"
	out := &getSecretValueOutput{SecretString: NewSensitive(hidden), SecretBinary: NewSensitiveBlob([]byte(hidden))}
	printed := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%08.3f"} {
		printed[verb] = fmt.Sprintf(verb, out.SecretString) + fmt.Sprintf(verb, &out.SecretBinary) + fmt.Sprintf(verb, out.SecretBinary)
	}
	printed["%p"] = redacted + fmt.Sprintf("%p %p", out.SecretString, out.SecretBinary)
	printed["private"] = fmt.Sprintf("%s %v %+v %#v", redacted, struct{ s Sensitive }{out.SecretString}, struct{ b *SensitiveBlob }{&out.SecretBinary}, struct{ b SensitiveBlob }{out.SecretBinary})
	printed["struct"] = fmt.Sprintf("%v %+v %#v", *out, *out, *out)
	printed["error"] = fmt.Errorf("bad value %s", out.SecretString).Error()

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "s", out.SecretString, "b", &out.SecretBinary, "all", out)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "s", &out.SecretString, "b", out.SecretBinary, "all", out)
	printed["slog"] = log.String()
	for name, marshal := range map[string]func(any) ([]byte, error){
		"encoding/json": stdjson.Marshal,
		"xml":           xml.Marshal,
		"json v2":       func(v any) ([]byte, error) { return json.Marshal(v) },
	} {
		b, err := marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		printed[name] = string(b)
	}
	for how, text := range printed {
		if !strings.Contains(text, redacted) {
			t.Errorf("%s: no %s in %s", how, redacted, text)
		}
		for _, leak := range []string{hidden, "dmVyeS1zZWNyZXQ", "766572792d", "766572792D", "118 101"} {
			if strings.Contains(text, leak) {
				t.Errorf("%s: leaks %s", how, text)
			}
		}
	}
}

func TestSensitiveOnTheWire(t *testing.T) {
	const text = `{"SecretBinary":"AP8=","SecretString":"<a & \"b\">\u0001é"}`
	var out getSecretValueOutput
	if err := Decode([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	if s, b := out.SecretString.Reveal(), out.SecretBinary.Reveal(); s != "<a & \"b\">\x01é" || !bytes.Equal(b, []byte{0, 255}) {
		t.Errorf("decoded %q and %v", s, b)
	}
	var again bytes.Buffer
	if err := Encode(&again, &out); err != nil {
		t.Fatal(err)
	}
	if again.String() != text {
		t.Errorf("encoded %s\nwant    %s", again.String(), text)
	}
}

func TestSensitiveAbsentIsNotEmpty(t *testing.T) {
	for text, present := range map[string]bool{
		`{}`: false,
		`{"SecretString":null,"SecretBinary":null}`: false,
		`{"SecretString":"","SecretBinary":""}`:     true,
	} {
		out := getSecretValueOutput{SecretString: NewSensitive("old"), SecretBinary: NewSensitiveBlob([]byte("old"))}
		if text == `{}` {
			out = getSecretValueOutput{}
		}
		if err := Decode([]byte(text), &out); err != nil {
			t.Fatal(err)
		}
		if out.SecretString.IsZero() == present || out.SecretBinary.IsZero() == present {
			t.Errorf("%s: present %v", text, !present)
		}
		if len(out.SecretString.Reveal())+len(out.SecretBinary.Reveal()) != 0 {
			t.Errorf("%s: has a value", text)
		}
	}
}
