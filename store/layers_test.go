package store_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

var tools = function.LayerRef{Region: "eu-west-1", Account: "000000000000", Name: "tools"}

// putLayer publishes a version of a layer, whose content is a text.
func putLayer(t *testing.T, st *store.Store, name, content string) *function.LayerVersion {
	t.Helper()
	v := &function.LayerVersion{Ref: tools, Created: start, Description: "d", License: "MIT", Runtimes: []string{"python3.12"}, Code: function.Code{SHA256: content, Size: 3, Unzipped: 5}}
	v.Ref.Name = name
	within(t, st, func(tx *store.Tx) error {
		if err := tx.PutCode(&v.Code, sealed(content)); err != nil {
			return err
		}
		return tx.AddLayerVersion(v)
	})
	return v
}

func TestLayerVersions(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		one, two := putLayer(t, st, "tools", "one"), putLayer(t, st, "tools", "two")
		if one.Ref.Number != 1 || two.Ref.Number != 2 {
			t.Fatalf("numbers %d and %d", one.Ref.Number, two.Ref.Number)
		}
		within(t, st, func(tx *store.Tx) error {
			got, err := tx.LayerVersion(one.Ref)
			if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", one) || got.Architectures != nil {
				t.Errorf("got %+v, %v\nwant %+v", got, err, one)
			}
			found, err := tx.LayerVersions(tools, math.MaxInt64, 5)
			if err != nil || len(found) != 2 || found[0].Ref.Number != 2 {
				t.Errorf("%v, %v", found, err)
			}
			if found, err = tx.LayerVersions(tools, 2, 5); err != nil || len(found) != 1 || found[0].Ref.Number != 1 {
				t.Errorf("%v, %v", found, err)
			}
			return tx.DeleteLayerVersion(two)
		})
		if codeThere(t, st, two.Code) || !codeThere(t, st, one.Code) {
			t.Error("the wrong code went")
		}
		if three := putLayer(t, st, "tools", "three"); three.Ref.Number != 3 {
			t.Errorf("a number was used again: %d", three.Ref.Number)
		}
	})
}

// TestLayerStaysForFunctions after it was deleted.
func TestLayerStaysForFunctions(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		layer := putLayer(t, st, "tools", "one")
		f := newFunction("f")
		v := putFunction(t, st, f, "code")
		within(t, st, func(tx *store.Tx) error {
			code, there, err := tx.LayerCode(layer.Ref)
			if err != nil || !there || code != layer.Code {
				t.Errorf("%+v, %v, %v", code, there, err)
			}
			v.Layers = []function.Layer{{ARN: layer.Ref.VersionARN(), Code: code}}
			return tx.PutFunctionVersion(f, v)
		})
		within(t, st, func(tx *store.Tx) error { return tx.DeleteLayerVersion(layer) })
		if !codeThere(t, st, layer.Code) {
			t.Fatal("the content that a function uses is gone")
		}
		within(t, st, func(tx *store.Tx) error {
			if none, err := tx.LayerVersion(layer.Ref); none != nil || err != nil {
				t.Errorf("%v, %v", none, err)
			}
			return tx.DeleteFunction(f)
		})
		if codeThere(t, st, layer.Code) {
			t.Error("content that nobody needs is still there")
		}
	})
}

// TestLayersAreListed by name, those without a version left out.
func TestLayersAreListed(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		for _, name := range []string{"b", "B", "a", "_", "gone"} {
			putLayer(t, st, name, name)
		}
		within(t, st, func(tx *store.Tx) error {
			gone := tools
			gone.Name, gone.Number = "gone", 1
			v, err := tx.LayerVersion(gone)
			if err != nil {
				return err
			}
			if err := tx.DeleteLayerVersion(v); err != nil {
				return err
			}
			for after, want := range map[string]string{"": "B _ a", "B": "_ a b", "b": ""} {
				names, err := tx.Layers(tools.Account, tools.Region, after, 3)
				if err != nil || strings.Join(names, " ") != want {
					t.Errorf("after %q: %v, %v", after, names, err)
				}
			}
			return nil
		})
	})
}

func TestLayerPermissions(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		one, two := putLayer(t, st, "tools", "one"), putLayer(t, st, "tools", "two")
		within(t, st, func(tx *store.Tx) error {
			for i, sid := range []string{"z", "a", "m"} {
				if err := tx.AddLayerPermission(one.Ref, sid, "-"+sid, fmt.Sprint("r", i)); err != nil {
					return err
				}
			}
			if err := tx.RemoveLayerPermission(one.Ref, "a", "last"); err != nil {
				return err
			}
			return tx.AddLayerPermission(two.Ref, "z", "other", "r")
		})
		within(t, st, func(tx *store.Tx) error {
			got, err := tx.LayerStatements(one.Ref)
			if err != nil || !slices.Equal(got, []string{"-z", "-m"}) {
				t.Errorf("%v, %v", got, err)
			}
			v, err := tx.LayerVersion(one.Ref)
			if err != nil || v.PolicyRevision != "last" {
				t.Errorf("%+v, %v", v, err)
			}
			here, err := tx.HasLayerPermission(one.Ref, "z")
			gone, goneErr := tx.HasLayerPermission(one.Ref, "a")
			if err != nil || goneErr != nil || !here || gone {
				t.Errorf("%v, %v, %v, %v", here, err, gone, goneErr)
			}
			return tx.DeleteLayerVersion(one)
		})
		within(t, st, func(tx *store.Tx) error {
			got, err := tx.LayerStatements(one.Ref)
			if len(got) != 0 {
				t.Errorf("the policy is still there: %v", got)
			}
			return err
		})
	})
}
