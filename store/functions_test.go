package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// within runs a change or a look in a transaction that must not fail.
func within(t *testing.T, st *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := st.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func newFunction(name string) *function.Function {
	return &function.Function{Region: "eu-west-1", Account: "000000000000", Name: name, Created: start, Tags: map[string]string{"team": "red"}}
}

// putFunction saves a function with $LATEST, whose code is a text.
func putFunction(t *testing.T, st *store.Store, f *function.Function, code string) *function.Version {
	t.Helper()
	v := &function.Version{Code: function.Code{SHA256: code, Size: int64(len(code)), Unzipped: 7}, Config: function.Configuration{
		Runtime: "python3.12", HasEnvironment: true, VPC: &function.VPC{SubnetIDs: []string{"a"}},
	}.WithDefaults(f.Name)}
	v.Environment = secret.Sealed{KeyID: "k", DataKey: []byte("dk"), Ciphertext: []byte("env")}
	v.Changed(start)
	within(t, st, func(tx *store.Tx) error {
		if err := tx.PutFunction(f); err != nil {
			return err
		}
		if err := tx.PutCode(&v.Code, sealed(code)); err != nil {
			return err
		}
		return tx.PutFunctionVersion(f, v)
	})
	return v
}

// codeThere tells whether the store still has a code.
func codeThere(t *testing.T, st *store.Store, c function.Code) bool {
	t.Helper()
	got, there, err := st.Code(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if there && string(got.Ciphertext) != "c"+c.SHA256 {
		t.Errorf("the code %s is %q", c.SHA256, got.Ciphertext)
	}
	return there
}

func TestFunctionComesBackAsItWas(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		f := newFunction("f")
		reserved := int64(0)
		f.Reserved = &reserved
		v := putFunction(t, st, f, "one")
		within(t, st, func(tx *store.Tx) error {
			got, err := tx.Function(f.Ref())
			if err != nil || fmt.Sprintf("%+v %d", got.Ref(), *got.Reserved) != fmt.Sprintf("%+v %d", f.Ref(), 0) || got.Tags["team"] != "red" || !got.Created.Equal(start) {
				t.Errorf("got %+v, %v", got, err)
			}
			latest, err := tx.FunctionVersion(f, 0)
			if err != nil || fmt.Sprintf("%+v", *latest.Config.VPC) != fmt.Sprintf("%+v", *v.Config.VPC) || latest.Revision != v.Revision || latest.Build != v.Build ||
				latest.Code != v.Code || string(latest.Environment.Ciphertext) != "env" || !latest.Modified.Equal(start) {
				t.Errorf("got %+v, %v\nwant %+v", latest, err, v)
			}
			if none, err := tx.FunctionVersion(f, 1); none != nil || err != nil {
				t.Errorf("version 1: %v, %v", none, err)
			}
			none, err := tx.Function(function.Ref{Account: f.Account, Region: "us-east-1", Name: "f"})
			if none != nil {
				t.Error("found in another region")
			}
			return err
		})
		err := st.Update(t.Context(), func(tx *store.Tx) error { return tx.PutFunction(newFunction("f")) })
		if fault.KindOf(err) != fault.AlreadyExists {
			t.Errorf("a second function of one name: %v", err)
		}
	})
}

// TestFunctionsAreListed by name, byte by byte, each from a name on.
func TestFunctionsAreListed(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		some := func(want bool) {
			t.Helper()
			within(t, st, func(tx *store.Tx) error {
				got, err := tx.HasFunctions()
				if got != want {
					t.Errorf("has functions: %t", got)
				}
				return err
			})
		}
		some(false)
		for _, name := range []string{"b", "B", "a-1", "a_1", "a1", "-"} {
			putFunction(t, st, newFunction(name), name)
		}
		some(true)
		within(t, st, func(tx *store.Tx) error {
			for from, want := range map[string]string{"": "- B a-1 a1", "a-1": "a-1 a1 a_1 b", "a-1!": "a1 a_1 b", "c": ""} {
				found, err := tx.Functions("000000000000", "eu-west-1", from, 4)
				if err != nil {
					return err
				}
				var names []string
				for _, f := range found {
					names = append(names, f.Name)
				}
				if got := strings.Join(names, " "); got != want {
					t.Errorf("from %q: %s, want %s", from, got, want)
				}
			}
			functions, bytes, err := tx.FunctionUsage("000000000000", "eu-west-1")
			if functions != 6 || bytes != int64(len("bBa-1a_1a1-")) {
				t.Errorf("%d functions with %d bytes", functions, bytes)
			}
			return err
		})
	})
}

// TestCodeStaysWhileItIsNeeded, by versions and as somebody's layer, and no longer.
func TestCodeStaysWhileItIsNeeded(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		f, g := newFunction("f"), newFunction("g")
		first := putFunction(t, st, f, "one")
		one := first.Code
		user := putFunction(t, st, g, "other")
		published := *first
		published.Number = 1
		within(t, st, func(tx *store.Tx) error {
			user.Layers = []function.Layer{{ARN: "arn:aws:lambda:eu-west-1:000000000000:layer:l:1", Code: one}}
			if err := tx.PutFunctionVersion(g, user); err != nil {
				return err
			}
			return tx.PutFunctionVersion(f, &published)
		})
		two := putLatest(t, st, f, first, "two")
		if !codeThere(t, st, one) || !codeThere(t, st, two) {
			t.Fatal("the code of version 1 went with $LATEST's")
		}
		within(t, st, func(tx *store.Tx) error {
			there, err := tx.DeleteFunctionVersion(f, 1)
			again, _ := tx.DeleteFunctionVersion(f, 1)
			if !there || again {
				t.Errorf("deleted: %v, then %v", there, again)
			}
			return err
		})
		if !codeThere(t, st, one) {
			t.Fatal("the code of a layer is gone")
		}
		within(t, st, func(tx *store.Tx) error {
			got, err := tx.FunctionVersion(g, 0)
			if err == nil && (len(got.Layers) != 1 || got.Layers[0] != user.Layers[0]) {
				t.Errorf("layers: %+v", got.Layers)
			}
			user.Layers = nil
			return tx.PutFunctionVersion(g, user)
		})
		if codeThere(t, st, one) {
			t.Error("code that nobody needs is still there")
		}
		within(t, st, func(tx *store.Tx) error { return tx.DeleteFunction(f) })
		if codeThere(t, st, two) {
			t.Error("the code of a deleted function is still there")
		}
	})
}

// putLatest gives $LATEST another code.
func putLatest(t *testing.T, st *store.Store, f *function.Function, v *function.Version, code string) function.Code {
	t.Helper()
	within(t, st, func(tx *store.Tx) error {
		v.Code = function.Code{SHA256: code, Size: 3}
		v.Config.HasEnvironment = false
		if err := tx.PutCode(&v.Code, sealed(code)); err != nil {
			return err
		}
		if err := tx.PutFunctionVersion(f, v); err != nil {
			return err
		}
		got, err := tx.FunctionVersion(f, 0)
		if err == nil && got.Environment.Ciphertext != nil {
			t.Errorf("the environment is still there: %+v", got.Environment)
		}
		return err
	})
	return v.Code
}

func TestVersionsAndAliases(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		f := newFunction("f")
		v := putFunction(t, st, f, "one")
		within(t, st, func(tx *store.Tx) error {
			for n := range int64(3) {
				w := *v
				w.Number = n + 9
				if err := tx.PutFunctionVersion(f, &w); err != nil {
					return err
				}
			}
			found, err := tx.FunctionVersions(f, 9, 2)
			last, lastErr := tx.LastFunctionVersion(f)
			if err != nil || lastErr != nil || len(found) != 2 || found[0].Name() != "9" || found[1].Name() != "10" || last.Number != 11 {
				t.Errorf("%v, %v, %v", found, last, err)
			}
			alias := function.Alias{Name: "live", Version: 9, Description: "d", Revision: "r", Routing: map[string]float64{"10": 0.25}}
			if err := tx.PutAlias(f, alias); err != nil {
				return err
			}
			alias.Description = "e"
			if err := tx.PutAlias(f, alias); err != nil {
				return err
			}
			got, err := tx.Alias(f, "live")
			if err != nil || fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", alias) {
				t.Errorf("got %+v, %v", got, err)
			}
			for number, want := range map[int64]int{9: 1, 10: 1, 11: 0} {
				if names, err := tx.AliasesTo(f, number); err != nil || len(names) != want {
					t.Errorf("to %d: %v, %v", number, names, err)
				}
			}
			there, err := tx.DeleteAlias(f, "live")
			if again, _ := tx.DeleteAlias(f, "live"); !there || again {
				t.Errorf("deleted %v, then %v", there, again)
			}
			return err
		})
	})
}
