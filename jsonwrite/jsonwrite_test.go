package jsonwrite

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzQuote holds Quote to the library that it takes the short cut around.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "plain", `quo"te`, `back\slash`, "tab\t", "Zürich", "\xff", "\x7f", "long enough for words\x00", strings.Repeat("é", 9)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, _ := jsontext.AppendQuote([]byte("x"), s)
		if got := Quote([]byte("x"), s); string(got) != string(want) {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	})
}

// TestPlain puts every byte at every place of a word and behind it.
func TestPlain(t *testing.T) {
	for at := range 19 {
		for c := range 256 {
			text := []byte(strings.Repeat("~", 19))
			text[at] = byte(c)
			want := c >= ' ' && c < 0x80 && c != '"' && c != '\\'
			if Plain(string(text)) != want {
				t.Errorf("byte %#x at %d: %t, want %t", c, at, !want, want)
			}
		}
	}
}

func TestWriter(t *testing.T) {
	var w Writer
	w.Open("")
	w.Text("a", `x"y`)
	w.Option("none", "")
	w.Option("b", "c")
	w.Open("object")
	w.Truth("yes", true)
	w.Close()
	w.Texts("list", []string{"p", "q"})
	w.Texts("empty", nil)
	w.Time("at", time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600)))
	w.Blob("blob", []byte{0xff, 0})
	w.Raw("raw", []byte(`[1]`))
	w.Raw("nothing", nil)
	w.Close()
	const want = `{"a":"x\"y","b":"c","object":{"yes":true},"list":["p","q"],"empty":[],` +
		`"at":"2026-01-02T02:04:05Z","blob":"/wA=","raw":[1],"nothing":null}`
	if string(w.Buf) != want {
		t.Errorf("%s\nwant %s", w.Buf, want)
	}
}

func BenchmarkQuote(b *testing.B) {
	text, buf := strings.Repeat("x", 1000), make([]byte, 0, 1100)
	for b.Loop() {
		buf = Quote(buf[:0], text)
	}
}
