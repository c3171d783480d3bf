package secretsmanager_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/iam"
)

// rotationFunction marks the rows that are texts of rotation functions, which
// the package rotator reproduces.
const rotationFunction = "(rotation function)"

// situation is the key of a row of errors.tsv.
type situation struct{ operation, name string }

// row is what AWS answers in a situation.
type row struct {
	situation
	status, code, text string
}

// reproduction brings a situation about. There is a secret db, whose version $v1
// holds "one", and a secret gone, which is scheduled for deletion.
type reproduction struct {
	given func(t *testing.T, b *bench) // what must be there, on a bench of its own
	by    iam.Caller                   // root of the account when left out
	call  string                       // for a row that is of any operation
	body  string
	send  func(t *testing.T, b *bench) reply // in place of call and body
	fill  []string                           // the row's placeholders, each with what stands for it
	text  string                             // where the row leaves it open
}

// TestErrors walks errors.tsv: every row is reproduced over HTTP, with its
// status, code, text and shape, or doc/divergences.md tells why it is not.
func TestErrors(t *testing.T) {
	rows := readErrors(t)
	told, known, shared := divergences(t), reproductions(t, rows), errorBench(t)
	for _, r := range rows {
		t.Run(r.operation+"/"+r.name, func(t *testing.T) {
			how, reproduced := known[r.situation]
			switch {
			case slices.Contains(told, r.situation) && reproduced:
				t.Error("both reproduced and explained in doc/divergences.md")
			case reproduced && how.given == nil:
				if d := difference(t, shared, r, how); d != "" {
					t.Error(d)
				}
			case reproduced:
				if d := difference(t, errorBench(t), r, how); d != "" {
					t.Error(d)
				}
			case !slices.Contains(told, r.situation) && r.operation != rotationFunction:
				t.Errorf("neither reproduced nor explained: the line %q in doc/divergences.md would do", "| "+r.operation+" | "+r.name+" | why |")
			}
		})
	}
	for _, s := range slices.Concat(slices.Collect(maps.Keys(known)), told) {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.situation == s }) {
			t.Errorf("errors.tsv has no row %s, %s", s.operation, s.name)
		}
	}
}

// errorBench is a bench with what every reproduction finds.
func errorBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.create(t, "db", "one")
	b.create(t, "gone", "one")
	b.does(t, "DeleteSecret", `{"SecretId":"gone"}`)
	return b
}

// difference brings a situation about and tells how the answer differs from the
// row, "" when it does not.
func difference(t *testing.T, b *bench, r row, how reproduction) string {
	t.Helper()
	if how.given != nil {
		how.given(t, b)
	}
	by := how.by
	if by.Account == "" {
		by = iam.NewRoot(account, region, "AKIATEST")
	}
	b.As(by)
	var got reply
	if how.send != nil {
		got = how.send(t, b)
	} else {
		call := how.call
		if call == "" {
			call = r.operation
		}
		got = b.post(t, call, how.body)
	}
	return r.holds(got, b.expand(r.filled(how)))
}

// filled is the row's text with its placeholders filled in.
func (r row) filled(how reproduction) string {
	if strings.HasPrefix(r.text, "(") {
		return how.text
	}
	text, _, _ := strings.Cut(r.text, " [alternative in moto: ")
	return strings.NewReplacer(how.fill...).Replace(text)
}

// holds tells how an answer differs from the row.
func (r row) holds(got reply, text string) string {
	want := map[string]any{"__type": r.code, "Message": text}
	switch {
	case r.status == "200":
		entry, _ := got.body["Errors"].([]any)
		if len(entry) == 1 {
			e := entry[0].(map[string]any)
			if e["ErrorCode"] == r.code && e["Message"] == text && got.status == 200 {
				return ""
			}
		}
	case text == "":
		delete(want, "Message")
	case !modelled(r.code):
		delete(want, "Message")
		want["message"] = text
	}
	if fmt.Sprint(got.status) == r.status && fmt.Sprint(got.body) == fmt.Sprint(want) {
		return ""
	}
	return fmt.Sprintf("\n got %d %s\nwant %s %v", got.status, got.raw, r.status, want)
}

// modelled tells whether a code is one of the service's own (1.3).
func modelled(code string) bool {
	return slices.Contains([]string{
		"DecryptionFailure", "EncryptionFailure", "InternalServiceError", "InvalidNextTokenException",
		"InvalidParameterException", "InvalidRequestException", "LimitExceededException",
		"MalformedPolicyDocumentException", "PreconditionNotMetException", "PublicPolicyException",
		"ResourceExistsException", "ResourceNotFoundException",
	}, code)
}

func readErrors(t *testing.T) (rows []row) {
	t.Helper()
	text, err := os.ReadFile("../../shared/spec/errors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		cell := strings.Split(line, "\t")
		if len(cell) != 6 {
			t.Fatalf("line %d of errors.tsv has %d columns", i+1, len(cell))
		}
		if i > 0 {
			rows = append(rows, row{situation{cell[0], cell[1]}, cell[2], cell[3], cell[4]})
		}
	}
	return rows
}

// explained is the section of doc/divergences.md with rows of errors.tsv.
const explained = "\n## Errors of AWS that cannot be met here\n"

// divergences are the rows that it explains: the first two cells of each line.
func divergences(t *testing.T) (out []situation) {
	t.Helper()
	text, err := os.ReadFile("../doc/divergences.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), explained)
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if cell := strings.Split(line, " | "); len(cell) == 3 && cell[0] != "| operation" {
			out = append(out, situation{strings.TrimPrefix(cell[0], "| "), cell[1]})
		}
	}
	return out
}
