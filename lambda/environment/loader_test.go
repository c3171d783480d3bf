package environment_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/lambda/environment"
)

// TestLoaderVariables: a library that a function has loaded into its programs is
// loaded inside, and not by bubblewrap before it shuts the host out.
func TestLoaderVariables(t *testing.T) {
	kept := &logs{}
	p := newPool(t, environment.Config{Sink: kept.add})
	f := python(t, "return {k: v for k, v in os.environ.items() if 'LD_' in k}")
	const library = "libm.so.6" // which every host has, and bubblewrap does not use
	f.Env = func(context.Context) (map[string]string, time.Time, error) {
		return map[string]string{"LD_PRELOAD": library, "LD_MIXED_case": "$(id) 'x' \"y\""}, time.Time{}, nil
	}
	var seen map[string]string
	if err := json.Unmarshal([]byte(succeed(t, p, f, "{}")), &seen); err != nil {
		t.Fatal(err)
	}
	path := seen["LD_LIBRARY_PATH"]
	if len(seen) != 3 || seen["LD_PRELOAD"] != library || seen["LD_MIXED_case"] != "$(id) 'x' \"y\"" || !strings.HasSuffix(path, ":/var/task:/var/task/lib:/opt/lib") {
		t.Errorf("the function sees %v", seen)
	}
	found := 0
	for _, pid := range pidsOf(kept.all()[0].Stream) {
		program, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		maps, _ := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
		if filepath.Base(program) != "bwrap" {
			continue
		}
		found++
		if len(maps) == 0 || strings.Contains(string(maps), "/libm") {
			t.Errorf("bubblewrap has loaded what the function asked for:\n%s", maps)
		}
	}
	if found == 0 {
		t.Error("there is no bubblewrap")
	}
}
