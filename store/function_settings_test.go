package store_test

import (
	"testing"
	"time"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// TestFunctionSettings are kept by qualifier and kind, and go with what they are
// for.
func TestFunctionSettings(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		f := newFunction("f")
		putFunction(t, st, f, "one")
		one := int64(1)
		within(t, st, func(tx *store.Tx) error {
			for _, qualifier := range []string{"$LATEST", "live", "other"} {
				if err := tx.PutFunctionSetting(f, qualifier, store.EventSetting, function.EventConfig{OnFailure: qualifier}); err != nil {
					return err
				}
			}
			if err := tx.PutFunctionSetting(f, "", store.RecursionSetting, "Allow"); err != nil {
				return err
			}
			return tx.PutFunctionSetting(f, "live", store.EventSetting, function.EventConfig{RetryAttempts: &one})
		})
		within(t, st, func(tx *store.Tx) error {
			live, err := store.FunctionSetting[function.EventConfig](tx, f, "live", store.EventSetting)
			if err != nil || live == nil || live.Value.Retries() != 1 || live.Value.OnFailure != "" || !live.Modified.Equal(start) {
				t.Errorf("%+v, %v", live, err)
			}
			recursion, err := store.FunctionSetting[string](tx, f, "", store.RecursionSetting)
			if err != nil || recursion == nil || recursion.Value != "Allow" {
				t.Errorf("%+v, %v", recursion, err)
			}
			list, err := store.FunctionSettings[function.EventConfig](tx, f, store.EventSetting, "$LATEST", 1)
			if err != nil || len(list) != 1 || list[0].Qualifier != "live" {
				t.Errorf("%+v, %v", list, err)
			}
			if err := tx.PutAlias(f, function.Alias{Name: "live"}); err != nil {
				return err
			}
			if _, err := tx.DeleteAlias(f, "live"); err != nil {
				return err
			}
			there, err := tx.DeleteFunctionSetting(f, "other", store.EventSetting)
			if again, _ := tx.DeleteFunctionSetting(f, "other", store.EventSetting); !there || again {
				t.Errorf("deleted %v, then %v", there, again)
			}
			return err
		})
		within(t, st, func(tx *store.Tx) error {
			list, err := store.FunctionSettings[function.EventConfig](tx, f, store.EventSetting, "", 9)
			if len(list) != 1 || list[0].Qualifier != "$LATEST" {
				t.Errorf("%+v", list)
			}
			return err
		})
	})
}
