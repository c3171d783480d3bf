package awsjson_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
)

const longModel = `{"operations":{"Put":{"input":{"shape":"In"}}},"shapes":{
	"In":{"type":"structure","members":{"Text":{"shape":"Text"},"Blob":{"shape":"Blob"},"Any":{"shape":"Any"},"Value":{"shape":"Value"}}},
	"Value":{"type":"string","max":10000,"sensitive":true},
	"Text":{"type":"string","max":10000},"Blob":{"type":"blob","max":10000},"Any":{"type":"string"}}}`

// TestCheckLong counts as a decoder would: characters, not bytes, but bytes of a
// secret's value, and bytes of a blob, not of its base64.
func TestCheckLong(t *testing.T) {
	m, err := awsjson.ParseModel([]byte(longModel))
	if err != nil {
		t.Fatal(err)
	}
	const text = "Value '***' at 'text' failed to satisfy constraint: Member must have length less than or equal to 10000"
	const blob = "Value '***' at 'blob' failed to satisfy constraint: Member must have length less than or equal to 10000"
	const value = "1 validation error detected: Value '***' at 'value' failed to satisfy constraint: Member must have length less than or equal to 10000"
	base := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for name, c := range map[string]struct{ body, want string }{
		"short":             {`{"Text":"x"}`, ""},
		"at the limit":      {`{"Text":"` + strings.Repeat("x", 10000) + `"}`, ""},
		"over":              {`{"Text":"` + strings.Repeat("x", 10001) + `"}`, "1 validation error detected: " + text},
		"two bytes each":    {`{"Text":"` + strings.Repeat("é", 10000) + `"}`, ""},
		"and over":          {`{"Text":"` + strings.Repeat("é", 10001) + `"}`, "1 validation error detected: " + text},
		"escapes":           {`{"Text":"` + strings.Repeat(`\n`, 5000) + strings.Repeat(`\u0041`, 4000) + strings.Repeat(`\ud83d\ude00`, 1000) + `"}`, ""},
		"escapes, over":     {`{"Text":"` + strings.Repeat(`\ud83d\ude00`, 10001) + `"}`, "1 validation error detected: " + text},
		"blob":              {`{"Blob":"` + base(10000) + `"}`, ""},
		"blob, one padding": {`{"Blob":"` + base(9998) + `"}`, ""},
		"blob, over":        {`{"Blob":"` + base(10001) + `"}`, "1 validation error detected: " + blob},
		"both":              {`{"Text":"` + strings.Repeat("x", 10001) + `","Blob":"` + base(20000) + `"}`, "2 validation errors detected: " + text + "; " + blob},
		"value":             {`{"Value":"` + strings.Repeat("é", 5000) + `"}`, ""},
		"value, over":       {`{"Value":"` + strings.Repeat("é", 5000) + `x"}`, value},
		"value, escapes":    {`{"Value":"` + strings.Repeat(`\u00e9`, 1000) + strings.Repeat(`\u20ac`, 1000) + strings.Repeat(`\n`, 1000) + strings.Repeat(`\ud83d\ude00`, 1000) + `"}`, ""},
		"and one more":      {`{"Value":"` + strings.Repeat(`\u00e9`, 1000) + strings.Repeat(`\u20ac`, 1000) + strings.Repeat(`\n`, 1001) + strings.Repeat(`\ud83d\ude00`, 1000) + `"}`, value},
		"no number":         {`{"Value":"` + strings.Repeat(`\uxyzw`, 2000) + `"}`, ""},
		"no limit":          {`{"Any":"` + strings.Repeat("x", 20000) + `"}`, ""},
		"no member":         {`{"Other":"` + strings.Repeat("x", 20000) + `"}`, ""},
		"broken":            {`{"Text":"` + strings.Repeat("x", 20000), ""},
		"not an object":     {`["` + strings.Repeat("x", 20000) + `"]`, ""},
		"not a text":        {`{"Text":[` + strings.Repeat("1,", 20000) + `1]}`, ""},
	} {
		err := m.CheckLong("Put", []byte(c.body))
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || fault.KindOf(err) != fault.Validation || fault.Message(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := m.CheckLong("Get", []byte(`{"Text":"`+strings.Repeat("x", 20000)+`"}`)); err != nil {
		t.Error("no operation:", err)
	}
}

// TestCheckLongCopiesNothing holds it to what it is for.
func TestCheckLongCopiesNothing(t *testing.T) {
	m, err := awsjson.ParseModel([]byte(longModel))
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Appendf(nil, `{"Text":"%s"}`, strings.Repeat("x", 900_000))
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if m.CheckLong("Put", body) == nil {
				b.Fatal("taken")
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 10_000 {
		t.Errorf("%d bytes for a text of 900,000", allocated)
	}
}
