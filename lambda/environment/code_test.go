package environment_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/lambda/environment"
)

// entry is one of an archive that no archiver would make.
type entry struct {
	name, text string
	mode       fs.FileMode
}

func crooked(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name}
		h.SetMode(e.mode | 0o644)
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(e.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb has 300 files of 1 MiB, which say that they have some other size.
func bomb(t *testing.T, says uint64) []byte {
	t.Helper()
	const size = 1 << 20
	var once, b bytes.Buffer
	deflate, err := flate.NewWriter(&once, flate.BestCompression)
	if err == nil {
		_, err = deflate.Write(make([]byte, size))
	}
	if err := errors.Join(err, deflate.Close()); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&b)
	for i := 0; i < 300 && err == nil; i++ {
		h := &zip.FileHeader{Name: fmt.Sprintf("%d.py", i), Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(make([]byte, size)),
			CompressedSize64: uint64(once.Len()), UncompressedSize64: says}
		var w io.Writer
		if w, err = z.CreateRaw(h); err == nil {
			_, err = w.Write(once.Bytes())
		}
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestArchivesThatAreRefused(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	for name, c := range map[string]struct {
		archive []byte
		kind    fault.Kind
		want    string
	}{
		"no zip":             {[]byte("nothing"), fault.InvalidZip, "not able to unzip"},
		"leads out":          {crooked(t, entry{name: "../index.py"}), fault.InvalidZip, `"../index.py" leads out`},
		"leads out in steps": {crooked(t, entry{name: "a/../../index.py"}), fault.InvalidZip, "leads out"},
		"absolute":           {crooked(t, entry{name: "/etc/index.py"}), fault.InvalidZip, "leads out"},
		"backslashes":        {crooked(t, entry{name: `..\index.py`}), fault.InvalidZip, "leads out"},
		"device":             {crooked(t, entry{name: "null", mode: fs.ModeDevice}), fault.InvalidZip, "neither a file nor a link"},
		"through a link":     {crooked(t, entry{"out", "/tmp", fs.ModeSymlink}, entry{name: "out/index.py"}), fault.InvalidZip, "out/index.py"},
		"bomb":               {bomb(t, 1<<20), fault.InvalidParameter, "Unzipped size must be smaller than 262144000 bytes"},
		"bomb that lies":     {bomb(t, 100), fault.InvalidZip, `"0.py"`},
	} {
		t.Run(name, func(t *testing.T) {
			f := function(t, "python3.12", "")
			f.Code = fixed(c.archive)
			_, err := p.Invoke(t.Context(), f, invocation(f, "{}"))
			if fault.KindOf(err) != c.kind || !strings.Contains(fault.Message(err), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	works(t, p)
}

func TestLinksInArchives(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := function(t, "python3.12", "")
	f.Code = fixed(crooked(t, entry{name: "real.py", text: "def handler(event, context):\n    return 1\n"}, entry{"index.py", "real.py", fs.ModeSymlink}))
	if got := succeed(t, p, f, "{}"); got != "1" {
		t.Errorf("result %s", got)
	}
}
