package awsquery

import (
	"fmt"
	"net/url"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
)

type inner struct {
	Key   string  `json:"Key"`
	Value *string `json:"Value"`
}

type outer struct {
	Name   *string           `json:"Name"`
	Count  *int64            `json:"Count"`
	Yes    bool              `json:"Yes"`
	Hidden awsjson.Sensitive `json:"Hidden"`
	Tags   []inner           `json:"Tags"`
	Keys   []string          `json:"Keys"`
	Inner  *inner            `json:"Inner"`
}

func read(t *testing.T, body string) (outer, error) {
	t.Helper()
	f, err := parseForm([]byte(body))
	if err != nil {
		return outer{}, err
	}
	var out outer
	return out, f.decode(&out)
}

func TestDecode(t *testing.T) {
	got, err := read(t, "Action=X&Name=a+b%2Bc&Count=-3&Yes=true&Hidden=s3cr3t&Unknown=1&Inner.Key=in"+
		"&Tags.member.10.Key=ten&Tags.member.2.Key=two&Tags.member.2.Value=&Keys.member.1=one&name=lower")
	empty, name, count := "", "a b+c", int64(-3)
	want := outer{
		Name: &name, Count: &count, Yes: true, Hidden: got.Hidden, Inner: &inner{Key: "in"},
		Tags: []inner{{Key: "two", Value: &empty}, {Key: "ten"}}, Keys: []string{"one"},
	}
	if err != nil || !reflect.DeepEqual(got, want) || got.Hidden.Reveal() != "s3cr3t" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := read(t, "Keys="); err != nil || got.Keys == nil || len(got.Keys) != 0 || got.Tags != nil {
		t.Errorf("an empty list: %+v, %v", got, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, body := range []string{
		"Name=%zz", "Name=1;Count=2", "Name=1&Name=2", "Count=x", "Count=99999999999999999999", "Yes=1",
		"Keys.member.0=x", "Keys.member.x=x", "Keys.member.-1=x", "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=x",
	} {
		if got, err := read(t, body); fault.KindOf(err) != fault.Serialization {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

// FuzzForm: whatever comes is read or refused, and what is written in the way of
// the wire is read as it was meant.
// TestHostileForm: a form is read before its signature, so that a stranger's must
// not cost much more than it is long.
func TestHostileForm(t *testing.T) {
	var body strings.Builder
	for i := range 9000 { // net/url itself reads 10,000
		fmt.Fprintf(&body, "%x%s&", i, strings.Repeat(".", maxDepth-1))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := parseForm([]byte(body.String()))
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 16*uint64(body.Len()) {
		t.Errorf("%d bytes took %d", body.Len(), spent)
	}
	if fault.KindOf(err) != fault.Serialization {
		t.Error(err)
	}
}

func FuzzForm(f *testing.F) {
	f.Add("Tags.member.1.Key=k&Yes=true", "n", "k", int64(1))
	f.Add("Tags.member=1&Tags.member.1=x&Inner=&.=.&..", "\x00", "ü&=.", int64(-1))
	f.Fuzz(func(t *testing.T, body, name, key string, count int64) {
		if _, err := read(t, body); err != nil && fault.KindOf(err) != fault.Serialization {
			t.Fatalf("%q: %v", body, err)
		}
		written := url.Values{"Name": {name}, "Count": {strconv.FormatInt(count, 10)}, "Tags.member.1.Key": {key}}
		got, err := read(t, written.Encode())
		if err != nil || *got.Name != name || *got.Count != count || len(got.Tags) != 1 || got.Tags[0].Key != key {
			t.Fatalf("%s: %+v, %v", written.Encode(), got, err)
		}
	})
}
