package environment_test

import (
	"io/fs"
	"os"
	"testing"

	"github.com/alberti-dev/alberti/lambda/environment"
)

// TestLinksInLayers: a link at the top of a layer stays a link, and leads nowhere
// that the function could not go by itself. What it leads to outside is not brought
// in.
func TestLinksInLayers(t *testing.T) {
	outside := folder(t)
	if err := os.WriteFile(outside+"/open", []byte("for everybody on the host"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := newPool(t, environment.Config{})
	f := python(t, `
def read(name):
    try:
        return open(name).read()
    except OSError as e:
        return type(e).__name__
return [read(name) for name in event]`)
	f.Layers = append(f.Layers, fixed(crooked(t,
		entry{name: "real/file", text: "its own"}, entry{"alias", "real", fs.ModeSymlink}, entry{"host", outside, fs.ModeSymlink},
	)))
	got := succeed(t, p, f, `["/opt/real/file","/opt/alias/file","/opt/host/open"]`)
	if want := `["its own", "its own", "FileNotFoundError"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
