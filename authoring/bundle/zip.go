package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// MaxZip is how large a zip may be, in bytes (lambda.md, 2.2).
const MaxZip = 50 << 20

var errLarge = errors.New("the zip is too large: Lambda takes at most 50 MiB")

// built builds the Go program of a folder and packs it alone.
func built(ctx context.Context, dir string) ([]byte, error) {
	out, err := os.MkdirTemp("", "alberti-function-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(out)
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(out, "bootstrap"), ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, said)
	}
	return packed(out, MaxZip)
}

// packed packs a folder as it is, without what is there for people: its tests and
// READMEs, and what tools keep. Symbolic links are followed, as zip does. The zip is
// at most limit bytes.
func packed(dir string, limit int) ([]byte, error) {
	var buf bytes.Buffer
	p := packer{root: dir, zip: zip.NewWriter(&buf), size: &buf, limit: limit}
	if err := p.folder("", nil); err != nil {
		return nil, err
	}
	if err := p.zip.Close(); err != nil {
		return nil, err
	}
	if buf.Len() > limit {
		return nil, errLarge
	}
	return buf.Bytes(), nil
}

type packer struct {
	root  string
	zip   *zip.Writer
	size  *bytes.Buffer
	limit int
}

// folder packs a folder below the root; above are the folders that it was reached
// through, by their real names: links must not lead round in a circle.
func (p packer) folder(name string, above []string) error {
	real, err := filepath.EvalSymlinks(filepath.Join(p.root, name))
	if err != nil || slices.Contains(above, real) {
		return err
	}
	entries, err := os.ReadDir(real)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if leftOut(name, e.Name()) {
			continue
		}
		if err := p.entry(path.Join(name, e.Name()), append(above[:len(above):len(above)], real)); err != nil {
			return err
		}
	}
	return nil
}

func (p packer) entry(name string, above []string) error {
	at := filepath.Join(p.root, name)
	info, err := os.Stat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // a link that leads nowhere
	case err != nil:
		return err
	case info.IsDir():
		return p.folder(name, above)
	case !info.Mode().IsRegular():
		return nil
	}
	return p.file(name, at, info)
}

func (p packer) file(name, at string, info fs.FileInfo) error {
	if p.size.Len() > p.limit {
		return errLarge
	}
	h, err := zip.FileInfoHeader(info) // the mode too: a bootstrap must be executable
	if err != nil {
		return err
	}
	h.Name, h.Method = name, zip.Deflate
	w, err := p.zip.CreateHeader(h)
	if err != nil {
		return err
	}
	f, err := os.Open(at)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// leftOut tells whether a file stays at home. Of the packages that a function
// brings nothing does.
func leftOut(folder, name string) bool {
	if folder != "" {
		return name == "__pycache__"
	}
	if slices.Contains([]string{".git", ".venv", "venv", "__pycache__", "test", "tests", "__tests__"}, name) {
		return true
	}
	for _, pattern := range []string{"README*", "*.zip", "test_*.py", "*_test.py", "*.test.*js"} {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return strings.HasPrefix(name, ".env") // what a shell needs to know, and a function is told by --env
}
