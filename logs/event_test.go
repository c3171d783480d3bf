package logs

import (
	"strings"
	"testing"
)

func TestPlace(t *testing.T) {
	places := []place{{}, {0, 0, 1}, {0, 1, 0}, {1764000000000, 7, 3}, {1764000000000, 7, 12}, {1764000000000, 10, 0}, {1764000000001, 1, 0}}
	for i, p := range places {
		text := p.String()
		if back, ok := parsePlace(text); !ok || back != p || len(text) != 56 {
			t.Errorf("%+v is %s, and read back %+v", p, text, back)
		}
		if i > 0 && (places[i-1].String() >= text || places[i-1].compare(p) >= 0) {
			t.Errorf("%+v does not come after the place before", p)
		}
	}
	for _, text := range []string{"", "7", strings.Repeat("9", 56), strings.Repeat("x", 56), strings.Repeat("-", 56), strings.Repeat("0", 57)} {
		if p, ok := parsePlace(text); ok {
			t.Errorf("%q is read as %+v", text, p)
		}
	}
}

// TestChunkIsReadable reads back what was written, and no piece of it.
func TestChunkIsReadable(t *testing.T) {
	events := []event{{at: 5000, message: "one\n"}, {at: 5000, message: ""}, {at: 65000, message: strings.Repeat("ü", 9000)}}
	whole := encodeEvents(events)
	got, err := decodeEvents(whole, 5000)
	if err != nil || len(got) != 3 || got[0] != events[0] || got[1] != events[1] || got[2] != events[2] {
		t.Errorf("got %+v, %v", got, err)
	}
	for length := 1; length < len(whole); length += 7 {
		if part, err := decodeEvents(whole[:length], 5000); err == nil && len(part) == 3 {
			t.Errorf("%d of %d bytes are read as all", length, len(whole))
		}
	}
	if _, err := decodeEvents([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 0); err == nil {
		t.Error("nonsense is read")
	}
}
