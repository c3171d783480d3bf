package function

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/fault"
)

// The limits of a deployment package (lambda.md, 2.2).
const (
	MaxZipped   = 50 << 20  // bytes of a zip that is sent with a request
	MaxUnzipped = 250 << 20 // bytes of a package and its layers on the disk
	// maxEntries is ours: a zip of the allowed size can name a million files.
	maxEntries = 100_000
	maxTarget  = 4096 // bytes of a symbolic link's target
)

var (
	errNoZip    = fault.New(fault.InvalidParameter, "Could not unzip uploaded file. Please check your file, then try to upload again.")
	errEmptyZip = fault.New(fault.InvalidParameter, "Uploaded file must be a non-empty zip")
	errZipped   = fault.New(fault.TooLarge, "Zipped size must be smaller than %d bytes", MaxZipped)
	errUnzipped = fault.New(fault.InvalidParameter, "Unzipped size must be smaller than %d bytes", MaxUnzipped)
)

// NewCode looks at a zip and says what there is to know of it, or why it cannot
// be a deployment package.
func NewCode(archive []byte) (Code, error) {
	switch {
	case len(archive) == 0:
		return Code{}, errEmptyZip
	case len(archive) > MaxZipped:
		return Code{}, errZipped
	}
	unzipped, err := unzippedSize(archive)
	if err != nil {
		return Code{}, err
	}
	sum := sha256.Sum256(archive)
	return Code{SHA256: base64.StdEncoding.EncodeToString(sum[:]), Size: int64(len(archive)), Unzipped: unzipped}, nil
}

// CheckTogether refuses a package that is too large with its layers.
func CheckTogether(code Code, layers []Layer) error {
	total := code.Unzipped
	for _, l := range layers {
		total += l.Code.Unzipped
	}
	if total > MaxUnzipped {
		return errUnzipped
	}
	return nil
}

// unzippedSize reads the whole zip: what its directory says of sizes is not
// believed, except when it says too much.
func unzippedSize(archive []byte) (int64, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil || len(r.File) > maxEntries {
		return 0, unusable(err)
	}
	var declared uint64
	for _, f := range r.File {
		if declared += min(f.UncompressedSize64, MaxUnzipped+1); declared > MaxUnzipped {
			return 0, errUnzipped
		}
	}
	if err := checkNames(r.File); err != nil {
		return 0, err
	}
	var total int64
	for _, f := range r.File {
		n, err := sizeOf(f, MaxUnzipped-total)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func unusable(err error) error {
	if err == nil {
		return errNoZip
	}
	return fault.Wrap(fault.InvalidParameter, err, "%s", fault.Message(errNoZip))
}

// sizeOf reads an entry to its end, or until it is larger than it may be. A
// symbolic link is held to where it leads.
func sizeOf(f *zip.File, most int64) (int64, error) {
	if f.Mode().IsDir() {
		return 0, nil
	}
	content, err := f.Open()
	if err != nil {
		return 0, unusable(err)
	}
	defer content.Close()
	if f.Mode().Type() == fs.ModeSymlink {
		target, err := io.ReadAll(io.LimitReader(content, maxTarget+1))
		if err != nil || len(target) > maxTarget || !staysInside(f.Name, string(target)) {
			return 0, unusable(err)
		}
		return int64(len(target)), nil
	}
	n, err := io.Copy(io.Discard, io.LimitReader(content, most+1))
	switch {
	case err != nil:
		return 0, unusable(err)
	case n > most:
		return 0, errUnzipped
	}
	return n, nil
}

// checkNames refuses names that lead out of the directory that the zip is
// unpacked in, that are there twice, or that lie below a file or a link, and
// everything but files, directories and links.
func checkNames(files []*zip.File) error {
	leaves, parents := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		name := path.Clean(strings.TrimSuffix(strings.TrimPrefix(f.Name, "./"), "/"))
		switch {
		case name == "." && f.Mode().IsDir():
			continue // the directory itself
		case !local(f.Name, name):
			return unusable(errors.New("a name leads elsewhere"))
		}
		switch f.Mode().Type() {
		case fs.ModeDir:
			parents[name] = true
		case 0, fs.ModeSymlink:
			if leaves[name] {
				return unusable(errors.New("a name is there twice"))
			}
			leaves[name] = true
		default:
			return unusable(errors.New("neither a file nor a directory nor a link"))
		}
		for dir := path.Dir(name); dir != "." && !parents[dir]; dir = path.Dir(dir) {
			parents[dir] = true
		}
	}
	for name := range leaves {
		if parents[name] {
			return unusable(errors.New("a name lies below a file or a link"))
		}
	}
	return nil
}

// local tells whether a name, given and cleaned, is one below the directory and
// means the same to everyone: it is not absolute, goes up nowhere, and has no
// backslash.
func local(given, cleaned string) bool {
	return fs.ValidPath(cleaned) && cleaned != "." && !strings.ContainsAny(given, "\\\x00") &&
		!slices.Contains(strings.Split(given, "/"), "..")
}

// staysInside tells whether a link leads to a place below the directory. Its
// target may go up only at its beginning, where what it goes up from are true
// directories: after a link, ".." is not where it seems to be.
func staysInside(name, target string) bool {
	if target == "" || path.IsAbs(target) || strings.ContainsAny(target, "\\\x00") {
		return false
	}
	rest := target
	for strings.HasPrefix(rest, "../") {
		rest = rest[len("../"):]
	}
	if rest != ".." && slices.Contains(strings.Split(rest, "/"), "..") {
		return false
	}
	end := path.Join(path.Dir(name), target)
	return end != ".." && !strings.HasPrefix(end, "../")
}
