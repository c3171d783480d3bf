package environment

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/alberti-dev/alberti/fault"
)

// Limits of a function's code and layers together, unpacked: AWS's size, and a
// number of files that no honest archive has.
const (
	maxUnpacked = 250 << 20
	maxFiles    = 200_000
)

// code is a function's code and layers, unpacked. Root owns it, and a group that
// only this function's environments are in may read it.
type code struct {
	dir   string // with task and opt in it
	group user
}

// unpack fetches and unpacks a function's code and layers.
func (p *Pool) unpack(ctx context.Context, f *Function) (*code, error) {
	group, err := p.users.take()
	if err != nil {
		return nil, err
	}
	c := &code{dir: filepath.Join(p.config.Dir, "code", newID()), group: group}
	left := &allowance{bytes: maxUnpacked, files: maxFiles}
	err = mkdir(c.dir, 0o755)
	if err == nil {
		err = c.fill(ctx, "task", left, f.Code)
	}
	if err == nil {
		err = c.fill(ctx, "opt", left, f.Layers...)
	}
	if err != nil {
		c.remove(p)
		return nil, err
	}
	return c, nil
}

// fill unpacks archives over one another into a folder.
func (c *code) fill(ctx context.Context, name string, left *allowance, archives ...func(context.Context) ([]byte, error)) error {
	dir := filepath.Join(c.dir, name)
	if err := mkdir(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, get := range archives {
		b, err := get(ctx)
		if err != nil {
			return err
		}
		if err := extract(root, b, left); err != nil {
			return err
		}
	}
	return c.close(dir)
}

// close lets nobody but the group look into a folder.
func (c *code) close(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || c.group.uid == 0 {
			return err
		}
		if err := os.Lchown(name, 0, c.group.gid); err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		if d.IsDir() {
			return os.Chmod(name, 0o750)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.Chmod(name, info.Mode().Perm()&^0o007)
	})
}

// remove deletes the code once nobody runs it.
func (c *code) remove(p *Pool) {
	if err := os.RemoveAll(c.dir); err != nil {
		p.config.Log.Error("remove the code of a function", "err", err)
	}
	p.users.give(c.group)
}

// allowance is what archives may still unpack to.
type allowance struct {
	bytes int64
	files int
}

func invalidZip(format string, args ...any) error {
	return fault.New(fault.InvalidZip, "Lambda was not able to unzip the file: "+format, args...)
}

// extract unpacks an archive. Names that lead out of the folder are refused, and
// os.Root would not follow them, nor links that lead there.
func extract(root *os.Root, archive []byte, left *allowance) error {
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return invalidZip("%v", err)
	}
	if left.files -= len(z.File); left.files < 0 {
		return invalidZip("it has more than %d files", maxFiles)
	}
	said := uint64(0)
	for _, f := range z.File {
		if said += f.UncompressedSize64; f.UncompressedSize64 > uint64(left.bytes) || said > uint64(left.bytes) {
			return tooLarge()
		}
	}
	for _, f := range z.File {
		if err := extractFile(root, f, left); err != nil {
			return err
		}
	}
	return nil
}

func extractFile(root *os.Root, f *zip.File, left *allowance) error {
	name := strings.TrimSuffix(f.Name, "/")
	if !filepath.IsLocal(name) || strings.Contains(name, `\`) {
		return invalidZip("the name %q leads out of the folder", f.Name)
	}
	if name == "." {
		return nil
	}
	err := root.MkdirAll(path.Dir(name), 0o755)
	switch mode := f.Mode(); {
	case err != nil:
	case strings.HasSuffix(f.Name, "/"):
		err = root.MkdirAll(name, 0o755)
	case mode&fs.ModeSymlink != 0:
		err = extractLink(root, name, f, left)
	case mode.IsRegular():
		err = extractRegular(root, name, f, left)
	default:
		return invalidZip("%q is neither a file nor a link", f.Name)
	}
	var known *fault.Error
	if err != nil && !errors.As(err, &known) {
		return fault.Wrap(fault.InvalidZip, err, "Lambda was not able to unzip the file: %q", f.Name)
	}
	return err
}

// extractRegular writes a file, and keeps whether it can be run. One that is there
// already, from an earlier layer, is replaced.
func extractRegular(root *os.Root, name string, f *zip.File, left *allowance) error {
	mode := fs.FileMode(0o644)
	if f.Mode()&0o111 != 0 {
		mode = 0o755
	}
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	to, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer to.Close()
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	// The size in the archive is only what its maker says.
	n, err := io.Copy(to, io.LimitReader(from, left.bytes+1))
	if left.bytes -= n; left.bytes < 0 {
		return tooLarge()
	}
	return errors.Join(err, to.Chmod(mode), to.Close())
}

func tooLarge() error {
	return fault.New(fault.InvalidParameter, "Unzipped size must be smaller than %d bytes", maxUnpacked)
}

const maxTarget = 4096 // of a link

func extractLink(root *os.Root, name string, f *zip.File, left *allowance) error {
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	target, err := io.ReadAll(io.LimitReader(from, maxTarget+1))
	if err != nil {
		return err
	}
	if len(target) > maxTarget {
		return fmt.Errorf("a link of more than %d bytes", maxTarget)
	}
	left.bytes -= int64(len(target))
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return root.Symlink(string(target), name)
}

// has tells whether the code has a file that can be run, without leaving it.
func (c *code) has(name string) bool {
	folder, name, _ := strings.Cut(name, "/")
	root, err := os.OpenRoot(filepath.Join(c.dir, folder))
	if err != nil {
		return false
	}
	defer root.Close()
	info, err := root.Stat(name)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
