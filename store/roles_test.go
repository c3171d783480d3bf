package store_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

func newRole(name string) *iam.Role {
	return &iam.Role{
		ID: iam.NewID(iam.RoleID), Account: "000000000000", Path: "/apps/", Name: name, Trust: `{"trust":1}`,
		MaxSession: 2 * time.Hour, Boundary: "arn:b", Tags: []iam.Tag{{Key: "k", Value: "ü"}}, Created: start,
	}
}

// TestRoles keeps roles, whose names are unique whatever their case.
func TestRoles(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st, r := open(fixed), newRole("App")
		update(t, st, func(tx *store.Tx) error { return tx.AddRole(r) })
		err := st.Update(t.Context(), func(tx *store.Tx) error { return tx.AddRole(newRole("aPP")) })
		if fault.KindOf(err) != fault.AlreadyExists {
			t.Errorf("the name in another case: %v", err)
		}
		r.Trust, r.Boundary, r.Tags, r.MaxSession, r.Description = `{}`, "", nil, 0, "changed"
		update(t, st, func(tx *store.Tx) error { return tx.PutRole(r) })
		update(t, st, func(tx *store.Tx) error {
			for _, name := range []string{"b", "C", "a"} {
				if err := tx.AddRole(newRole(name)); err != nil {
					return err
				}
			}
			other := newRole("d")
			other.Path = "/app/"
			return tx.AddRole(other)
		})
		viewed(t, st, func(tx *store.Tx) error {
			byName, err := tx.Role("000000000000", "APP")
			if err != nil || !reflect.DeepEqual(byName, r) {
				t.Errorf("got  %+v, %v\nwant %+v", byName, err, r)
			}
			byID, err := tx.RoleByID(r.ID)
			if err != nil || !reflect.DeepEqual(byID, r) {
				t.Errorf("by id %+v, %v", byID, err)
			}
			if none, err := tx.Role("111111111111", "App"); none != nil || err != nil {
				t.Errorf("in another account: %+v, %v", none, err)
			}
			listed, err := tx.Roles("000000000000", "/apps/", "A", 3)
			names := ""
			for _, r := range listed {
				names += r.Name + " "
			}
			if names != "App b C " || err != nil {
				t.Errorf("listed %s, %v", names, err)
			}
			n, err := tx.CountRoles("000000000000")
			if n != 5 {
				t.Errorf("%d roles", n)
			}
			return err
		})
		update(t, st, func(tx *store.Tx) error { return tx.DeleteRole(r) })
		viewed(t, st, func(tx *store.Tx) error {
			gone, err := tx.Role("000000000000", "App")
			if gone != nil {
				t.Error("it is still there")
			}
			return err
		})
	})
}

// TestRolePolicies keeps what belongs to a role.
func TestRolePolicies(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st, r := open(fixed), newRole("App")
		update(t, st, func(tx *store.Tx) error {
			for _, p := range []iam.InlinePolicy{{Name: "b", Document: "1"}, {Name: "A", Document: "2"}, {Name: "B", Document: "3"}} {
				if err := tx.PutInlinePolicy(r.ID, p); err != nil {
					return err
				}
			}
			for range 2 {
				if err := tx.Attach(r.ID, "arn:p"); err != nil {
					return err
				}
			}
			return tx.AddRole(r)
		})
		update(t, st, func(tx *store.Tx) error {
			inline, err := tx.InlinePolicies(r.ID)
			if want := []iam.InlinePolicy{{Name: "A", Document: "2"}, {Name: "b", Document: "3"}}; err != nil || !reflect.DeepEqual(inline, want) {
				t.Errorf("inline %+v, %v", inline, err)
			}
			attached, err1 := tx.Attached(r.ID)
			to, err2 := tx.AttachedTo("arn:p")
			bound, err3 := tx.BoundaryOf("arn:b")
			if !reflect.DeepEqual(attached, []string{"arn:p"}) || !reflect.DeepEqual(to, []string{r.ID}) || !reflect.DeepEqual(bound, []string{r.ID}) {
				t.Errorf("attached %v to %v, the boundary of %v (%v %v %v)", attached, to, bound, err1, err2, err3)
			}
			first, err1 := tx.DeleteInlinePolicy(r.ID, "a")
			again, err2 := tx.DeleteInlinePolicy(r.ID, "a")
			had, err3 := tx.Detach(r.ID, "arn:p")
			has, err4 := tx.Detach(r.ID, "arn:p")
			if !first || again || !had || has {
				t.Errorf("removed %v, %v, detached %v, %v (%v %v %v %v)", first, again, had, has, err1, err2, err3, err4)
			}
			return nil
		})
	})
}

// TestManagedPolicies keeps managed policies with their versions.
func TestManagedPolicies(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		p := &iam.ManagedPolicy{
			ID: iam.NewID(iam.PolicyID), Account: "000000000000", Path: "/", Name: "Read", Description: "d", Default: 1, Last: 1,
			Tags: []iam.Tag{{Key: "k"}}, Created: start, Updated: start,
		}
		version := func(n int64) iam.PolicyVersion {
			return iam.PolicyVersion{Number: n, Document: "{}", Created: start}
		}
		update(t, st, func(tx *store.Tx) error {
			if err := tx.AddManagedPolicy(p); err != nil {
				return err
			}
			return tx.AddPolicyVersion(p.ID, version(1))
		})
		p.Default, p.Last, p.Tags, p.Updated = 2, 2, nil, start.Add(time.Hour)
		update(t, st, func(tx *store.Tx) error {
			if err := tx.AddPolicyVersion(p.ID, version(2)); err != nil {
				return err
			}
			return tx.PutManagedPolicy(p)
		})
		viewed(t, st, func(tx *store.Tx) error {
			found, err := tx.ManagedPolicy("000000000000", "READ")
			if err != nil || !reflect.DeepEqual(found, p) {
				t.Errorf("got  %+v, %v\nwant %+v", found, err, p)
			}
			versions, err := tx.PolicyVersions(p.ID)
			if err != nil || !reflect.DeepEqual(versions, []iam.PolicyVersion{version(2), version(1)}) {
				t.Errorf("versions %+v, %v", versions, err)
			}
			listed, err := tx.ManagedPolicies("000000000000", "/", "", 10)
			if len(listed) != 1 || err != nil {
				t.Errorf("listed %v, %v", listed, err)
			}
			n, err := tx.CountManagedPolicies("000000000000")
			if n != 1 {
				t.Errorf("%d policies", n)
			}
			return err
		})
		update(t, st, func(tx *store.Tx) error {
			if err := tx.DeletePolicyVersion(p.ID, 1); err != nil {
				return err
			}
			return tx.DeleteManagedPolicy(p)
		})
		viewed(t, st, func(tx *store.Tx) error {
			left, err := tx.PolicyVersions(p.ID)
			if len(left) != 0 {
				t.Errorf("versions of no policy: %+v", left)
			}
			return err
		})
	})
}

func viewed(t *testing.T, st *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := st.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}
