package policy

import (
	"fmt"
	"strings"
	"testing"
)

// TestCacheReadsOnce, and does not keep without end.
func TestCacheReadsOnce(t *testing.T) {
	var c Cache
	text := func(i int) string {
		return fmt.Sprintf(`{"Id":"%d","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`, i)
	}
	first, err := c.Read(text(0), Resource)
	if again, _ := c.Read(text(0), Resource); err != nil || first == nil || again != first {
		t.Errorf("%v, %v, then %v", first, err, again)
	}
	if d, err := c.Read(text(0), Identity); d != nil || err == nil {
		t.Errorf("a text that was read as a resource policy passes for one of an identity: %v, %v", d, err)
	}
	for i := range 100 {
		if d, err := c.Read(text(i)+strings.Repeat(" ", 10000), Resource); d == nil || err != nil {
			t.Fatal(err)
		}
		kept := 0
		for source := range c.known {
			kept += len(source.text)
		}
		if kept > maxCached || kept != c.size {
			t.Fatalf("%d bytes are kept, taken for %d", kept, c.size)
		}
	}
	if d, err := c.Read("", Resource); d != nil || err != nil {
		t.Errorf("none: %v, %v", d, err)
	}
	if d, err := c.Read("{", Resource); d != nil || err == nil {
		t.Errorf("a damaged one: %v, %v", d, err)
	}
}
