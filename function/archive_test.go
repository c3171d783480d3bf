package function_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
)

// entry is one file of a zip.
type entry struct {
	name, content string
	mode          fs.FileMode
}

func pack(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(e.mode)
		f, err := w.CreateHeader(h)
		if err == nil && e.content != "" {
			_, err = f.Write([]byte(e.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	noZip   = "Could not unzip uploaded file. Please check your file, then try to upload again."
	tooMuch = "Unzipped size must be smaller than 262144000 bytes"
)

func TestNewCode(t *testing.T) {
	archive := pack(t, entry{"bootstrap", "12345", 0o755}, entry{"lib/", "", fs.ModeDir | 0o755}, entry{"lib/a", "678", 0o644}, entry{"now", "lib/a", fs.ModeSymlink | 0o777})
	code, err := function.NewCode(archive)
	sum := sha256.Sum256(archive)
	if want := (function.Code{SHA256: base64.StdEncoding.EncodeToString(sum[:]), Size: int64(len(archive)), Unzipped: 13}); err != nil || code != want {
		t.Errorf("%+v, %v, want %+v", code, err, want)
	}
}

// TestArchivesThatAreRefused: what leads elsewhere, what is there twice, what is
// neither file nor directory nor link.
func TestArchivesThatAreRefused(t *testing.T) {
	file := func(names ...string) (out []entry) {
		for _, name := range names {
			out = append(out, entry{name, "x", 0o644})
		}
		return out
	}
	link := func(name, target string) entry { return entry{name, target, fs.ModeSymlink | 0o777} }
	for name, c := range map[string]struct {
		entries []entry
		text    string // "" when it is good
	}{
		"good":                   {file("a", "b/c", "b/d"), ""},
		"with a dot":             {file("./a", "./b/c"), ""},
		"nothing":                {nil, ""},
		"directory itself":       {append(file("a"), entry{"./", "", fs.ModeDir | 0o755}), ""},
		"up":                     {file("../a"), noZip},
		"up in the middle":       {file("a/../b"), noZip},
		"up and out":             {file("a/../../b"), noZip},
		"absolute":               {file("/etc/passwd"), noZip},
		"backslash":              {file(`..\a`), noZip},
		"drive":                  {file(`C:\a`), noZip},
		"empty name":             {file(""), noZip},
		"NUL":                    {file("a\x00b"), noZip},
		"not UTF-8":              {file("a\xff"), noZip},
		"twice":                  {file("a", "a"), noZip},
		"twice, written apart":   {file("a", "./a"), noZip},
		"below a file":           {file("a", "a/b"), noZip},
		"below a link":           {append(file("a/b"), link("a", "c")), noZip},
		"device":                 {[]entry{{"a", "", fs.ModeDevice | 0o644}}, noZip},
		"pipe":                   {[]entry{{"a", "", fs.ModeNamedPipe | 0o644}}, noZip},
		"link inside":            {append(file("a"), link("b", "a"), link("c/d", "../a")), ""},
		"link up":                {[]entry{link("a", "..")}, noZip},
		"link out":               {[]entry{link("a", "../b")}, noZip},
		"link out from below":    {[]entry{link("a/b", "../../c")}, noZip},
		"link that goes up late": {[]entry{link("a", "b/../c")}, noZip},
		"absolute link":          {[]entry{link("a", "/etc/passwd")}, noZip},
		"link to nothing":        {[]entry{link("a", "")}, noZip},
		"long link":              {[]entry{link("a", strings.Repeat("a", 5000))}, noZip},
	} {
		t.Run(name, func(t *testing.T) {
			code, err := function.NewCode(pack(t, c.entries...))
			if fault.Message(err) != c.text || err != nil && (fault.KindOf(err) != fault.InvalidParameter || code != function.Code{}) {
				t.Errorf("%v, want %q", err, c.text)
			}
		})
	}
}

// declare has the directory of a zip say that its entries have other sizes.
func declare(archive []byte, size uint32) []byte {
	out := bytes.Clone(archive)
	for at := 0; ; {
		next := bytes.Index(out[at:], []byte("PK\x01\x02"))
		if next < 0 {
			return out
		}
		at += next + 4
		binary.LittleEndian.PutUint32(out[at+20:], size)
	}
}

// TestBombs: sizes in the directory of a zip are believed only when they are too
// large.
func TestBombs(t *testing.T) {
	for name, archive := range map[string][]byte{
		"large by itself": declare(pack(t, entry{"a", "x", 0o644}), function.MaxUnzipped+1),
		"large together":  declare(pack(t, entry{"a", "x", 0o644}, entry{"b", "x", 0o644}), function.MaxUnzipped/2+1),
	} {
		if _, err := function.NewCode(archive); fault.Message(err) != tooMuch {
			t.Errorf("%s: %v", name, err)
		}
	}
	liar := declare(pack(t, entry{"a", strings.Repeat("x", 4<<20), 0o644}), 1)
	if code, err := function.NewCode(liar); err == nil {
		t.Errorf("taken for %d bytes", code.Unzipped)
	}
}

func TestDamagedArchives(t *testing.T) {
	good := pack(t, entry{"a", "content that is long enough", 0o644}, entry{"b", "x", 0o644})
	for n := range len(good) {
		if _, err := function.NewCode(good[:n]); err == nil {
			t.Errorf("cut off after %d bytes, and taken", n)
		}
	}
	damaged := bytes.Clone(good)
	damaged[40] ^= 0xff
	if _, err := function.NewCode(damaged); fault.Message(err) != noZip {
		t.Errorf("damaged: %v", err)
	}
}

func TestZippedSize(t *testing.T) {
	_, err := function.NewCode(make([]byte, function.MaxZipped+1))
	if fault.KindOf(err) != fault.TooLarge || fault.Message(err) != "Zipped size must be smaller than 52428800 bytes" {
		t.Error(err)
	}
	if _, err := function.NewCode(nil); fault.Message(err) != "Uploaded file must be a non-empty zip" {
		t.Error(err)
	}
}

func TestCheckTogether(t *testing.T) {
	half := function.Code{Unzipped: function.MaxUnzipped / 2}
	if err := function.CheckTogether(half, []function.Layer{{Code: half}}); err != nil {
		t.Error(err)
	}
	if err := function.CheckTogether(half, []function.Layer{{Code: half}, {Code: function.Code{Unzipped: 1}}}); fault.Message(err) != tooMuch {
		t.Error(err)
	}
}

// FuzzNewCode: whatever comes, it is refused or it is a zip that stays inside.
func FuzzNewCode(f *testing.F) {
	f.Add(pack(f, entry{"a", "x", 0o644}, entry{"b/c", "../a", fs.ModeSymlink | 0o777}))
	f.Add(pack(f, entry{"../a", "x", 0o644}))
	f.Fuzz(func(t *testing.T, archive []byte) {
		code, err := function.NewCode(archive)
		if err != nil {
			if k := fault.KindOf(err); k != fault.InvalidParameter && k != fault.TooLarge {
				t.Errorf("a mistake of ours: %v", err)
			}
			return
		}
		r, err := zip.NewReader(bytes.NewReader(archive), code.Size)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range r.File {
			if name := file.Name; strings.HasPrefix(name, "/") || strings.Contains("/"+name+"/", "/../") {
				t.Errorf("taken with %q", fmt.Sprint(name))
			}
		}
	})
}
