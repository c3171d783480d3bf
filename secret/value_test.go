package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	stdjson "encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/secret"
)

const password = "hunter2-çà"

// hiding are things with a Value in them. Where a field is unexported, fmt
// cannot ask its methods.
func hiding() map[string]any {
	text, blob := secret.Text(password), secret.Binary([]byte(password))
	type open struct{ V secret.Value }
	type closed struct{ v secret.Value }
	type deep struct {
		in  *closed
		all []closed
		by  map[string]closed
	}
	return map[string]any{
		"text": text, "blob": blob, "pointer": &text,
		"struct": open{text}, "pointer to struct": &open{blob},
		"unexported": closed{text}, "pointer to unexported": &closed{blob},
		"deep":  deep{&closed{text}, []closed{{blob}}, map[string]closed{"k": {text}}},
		"slice": []secret.Value{text, blob}, "map": map[string]secret.Value{"k": text},
		"interface": []any{text, &blob, closed{text}}, "array": [1]closed{{blob}},
	}
}

// leaks finds the password in any spelling that a formatter knows.
func leaks(out string) bool {
	decimal := strings.Trim(fmt.Sprint([]byte(password)), "[]")
	for _, spelling := range []string{
		password, "hunter2", fmt.Sprintf("%+q", password), base64.StdEncoding.EncodeToString([]byte(password)),
		hex.EncodeToString([]byte(password)), fmt.Sprintf("% x", password), decimal, strings.ReplaceAll(decimal, " ", ","),
		fmt.Sprintf("%#v", []byte(password)), fmt.Sprintf("%o", []byte(password)), fmt.Sprintf("%b", []byte(password)),
	} {
		if strings.Contains(strings.ToLower(out), strings.ToLower(strings.Trim(spelling, `"[]{}`))) {
			return true
		}
	}
	return false
}

func TestLeaksFinds(t *testing.T) {
	for _, format := range []string{"%v", "%s", "%q", "%+q", "%x", "%X", "% x", "%d", "%#v", "%o", "%b"} {
		if !leaks(fmt.Sprintf(format, []byte(password))) {
			t.Errorf("%s of the bytes goes unseen", format)
		}
	}
}

func TestValueNeverPrints(t *testing.T) {
	for name, v := range hiding() {
		for _, flags := range []string{"", "+", "#", " ", "-30", "030", ".3"} {
			for _, verb := range "vsqxXdobOcUeEfFgGtpTwZ" {
				format := "%" + flags + string(verb)
				if out := fmt.Sprintf(format, v); leaks(out) {
					t.Errorf("%s of %s: %s", format, name, out)
				}
			}
		}
		for _, out := range []string{fmt.Sprint(v), fmt.Sprintln(v), fmt.Errorf("%v", v).Error()} {
			if leaks(out) {
				t.Errorf("%s: %s", name, out)
			}
		}
	}
	if got := fmt.Sprintf("%s %v %d", secret.Text(password), secret.Binary(nil), secret.Value{}); got != "[redacted] [redacted] [redacted]" {
		t.Error(got)
	}
}

func TestValueIsNotLoggedNorMarshalled(t *testing.T) {
	for name, v := range hiding() {
		var out bytes.Buffer
		options := &slog.HandlerOptions{AddSource: true}
		slog.New(slog.NewTextHandler(&out, options)).With("v", v).Error("x", "again", v, slog.Group("g", "v", v))
		slog.New(slog.NewJSONHandler(&out, options)).With("v", v).Error("x", "again", v, slog.Group("g", "v", v))
		if b, err := stdjson.Marshal(v); err == nil {
			out.Write(b)
		}
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
		if leaks(out.String()) {
			t.Errorf("%s: %s", name, &out)
		}
	}
	for _, marshal := range []func(any) ([]byte, error){
		stdjson.Marshal, func(v any) ([]byte, error) { return json.Marshal(v) },
	} {
		got, err := marshal(map[string]secret.Value{"v": secret.Text(password)})
		if string(got) != `{"v":"[redacted]"}` || err != nil {
			t.Errorf("%s, %v", got, err)
		}
	}
}

func TestValueEqual(t *testing.T) {
	text, blob := secret.Text("a"), secret.Binary([]byte("a"))
	for _, test := range []struct {
		a, b secret.Value
		want bool
	}{
		{text, secret.Text("a"), true}, {blob, secret.Binary([]byte("a")), true}, {secret.Text(""), secret.Value{}, true},
		{text, blob, false}, {text, secret.Text("b"), false}, {text, secret.Text("aa"), false}, {text, secret.Value{}, false},
	} {
		if test.a.Equal(test.b) != test.want || test.b.Equal(test.a) != test.want {
			t.Errorf("%q and %q: want %v", test.a.Reveal(), test.b.Reveal(), test.want)
		}
	}
	if string(text.Reveal()) != "a" || text.IsBinary() || !blob.IsBinary() || (secret.Value{}).Reveal() != nil {
		t.Error("a value does not give back what it was made of")
	}
}
