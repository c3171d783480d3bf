package mysql

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/rotator"
)

// level makes an account what another is: limits, TLS, lock and expiry, then
// privileges and roles. The account in use is the one truth, so that what was
// taken from it does not come back by its twin. Each statement stands for
// itself, as the server commits it at once: a run that was cut off is finished
// by the next, which looks at what there is.
func (s *session) level(ctx context.Context, from, to account) error {
	want, err := s.definition(ctx, from)
	if err != nil {
		return err
	}
	have, err := s.definition(ctx, to)
	if err != nil {
		return err
	}
	if change := have.difference(want); change != "" {
		if err := s.do(ctx, "ALTER USER "+to.String()+" "+change); err != nil {
			return err
		}
	}
	if err := s.levelGrants(ctx, from, to); err != nil {
		return err
	}
	return s.levelRoles(ctx, from, to, want, have)
}

// do runs a statement and notes it.
func (s *session) do(ctx context.Context, statement string) error {
	if err := s.exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	s.report.Note("levelled the two users: %s", statement)
	return nil
}

// levelGrants revokes what is too much, then grants what is missing, then
// compares: a revoke may take more than was meant, as that of all privileges
// does.
func (s *session) levelGrants(ctx context.Context, from, to account) error {
	want, err := s.grants(ctx, from)
	if err != nil {
		return err
	}
	have, err := s.grants(ctx, to)
	if err != nil {
		return err
	}
	if err := s.revoke(ctx, to, surplus(want, have)); err != nil {
		return err
	}
	if have, err = s.grants(ctx, to); err != nil {
		return err
	}
	gone, err := s.grant(ctx, to, surplus(have, want), want)
	if err != nil {
		return err
	}
	if err := s.levelExceptions(ctx, to, want, have); err != nil {
		return err
	}
	if have, err = s.grants(ctx, to); err != nil {
		return err
	}
	for _, g := range surplus(have, want) {
		if !gone[g.object] {
			return fmt.Errorf("%s still lacks %s on %q, which %s has", to, g.privilege, g.object, from)
		}
	}
	return nil
}

// surplus is what one account has and another has not, or may not pass on.
func surplus(of, over *grants) (out []grant) {
	for g, option := range over.held {
		has, ok := of.held[g]
		absorbed := of.have(g.object, allPrivileges) && g.object != "" && !strings.Contains(g.privilege, "(") && g.privilege != grantOption
		if (!ok && !absorbed) || ok && option && !has {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b grant) int {
		return strings.Compare(a.object+"\x00"+a.privilege, b.object+"\x00"+b.privilege)
	})
	return out
}

// revoke takes privileges off an account. Where the administrator may not, that
// is noted and no more: the account keeps what it had.
func (s *session) revoke(ctx context.Context, from account, surplus []grant) error {
	for _, g := range surplus {
		err := s.do(ctx, "REVOKE "+g.what()+" FROM "+from.String())
		if number(err) == errNoSuchGrant {
			continue
		}
		var broken *rotator.LoginError
		if err != nil && (number(err) == 0 || errors.As(err, &broken)) {
			return err // this is not about the privilege
		}
		if err != nil {
			s.report.Note("%s keeps %s: %v", from, g.what(), err)
		}
	}
	return nil
}

// what is a privilege as GRANT and REVOKE name it.
func (g grant) what() string {
	switch {
	case g.object == "":
		return g.privilege
	case strings.HasPrefix(g.object, proxyOf):
		return g.object
	}
	return g.privilege + " ON " + g.object
}

// grant gives an account privileges, as the one they are from has them. It tells
// the objects that are no more, though the privileges on them still are: there
// is nothing to be done with these.
func (s *session) grant(ctx context.Context, to account, missing []grant, as *grants) (gone map[string]bool, err error) {
	gone = map[string]bool{}
	for _, b := range s.batches(missing, as) {
		err := s.do(ctx, "GRANT "+b.what()+" TO "+to.String()+b.option)
		switch number(err) {
		case errNoSuchTable, errNoSuchColumn, errNoSuchRoutine:
			s.report.Note("%s does not get %s, which is no more: %v", to, b.what(), err)
			gone[b.object] = true
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return gone, nil
}

// batch is what one statement grants.
type batch struct {
	grant
	option string
}

// batches puts together what is on the same object and may be passed on alike.
// MySQL keeps its dynamic privileges apart, for which alone an option then counts.
func (s *session) batches(missing []grant, as *grants) (out []batch) {
	type kind struct {
		object          string
		dynamic, option bool
	}
	at := map[kind]int{}
	for _, g := range missing {
		k := kind{g.object, g.object == "*.*" && s.server.dynamic(g.privilege), as.held[g]}
		if g.privilege == grantOption {
			out = append(out, batch{grant{g.object, "USAGE"}, " WITH " + grantOption})
			continue
		}
		if i, ok := at[k]; ok {
			out[i].privilege += ", " + g.privilege
			continue
		}
		at[k] = len(out)
		out = append(out, batch{g, ""})
		switch {
		case k.option && g.object == "":
			out[at[k]].option = " WITH " + adminOption
		case k.option:
			out[at[k]].option = " WITH " + grantOption
		}
	}
	return out
}

// levelExceptions gives an account the exceptions of another from what it holds
// globally, and takes its other ones back.
func (s *session) levelExceptions(ctx context.Context, to account, want, have *grants) error {
	for _, c := range []struct {
		of, over map[grant]bool
		format   string
	}{
		{want.exceptions, have.exceptions, "GRANT %s TO %s"},
		{have.exceptions, want.exceptions, "REVOKE %s FROM %s"},
	} {
		for _, g := range slices.SortedFunc(maps.Keys(c.over), func(a, b grant) int { return strings.Compare(a.what(), b.what()) }) {
			if c.of[g] {
				continue
			}
			if err := s.do(ctx, fmt.Sprintf(c.format, g.what(), to)); err != nil {
				return err
			}
		}
	}
	return nil
}

// levelRoles gives an account the default roles of another, once it has the
// roles.
func (s *session) levelRoles(ctx context.Context, from, to account, want, have definition) error {
	if !s.server.maria {
		if want.roles == have.roles {
			return nil
		}
		return s.do(ctx, "ALTER USER "+to.String()+" DEFAULT ROLE "+orNone(want.roles))
	}
	wanted, err := s.grants(ctx, from)
	if err != nil {
		return err
	}
	had, err := s.grants(ctx, to)
	if err != nil || wanted.defaultRole == had.defaultRole {
		return err
	}
	return s.do(ctx, "SET DEFAULT ROLE "+orNone(wanted.defaultRole)+" FOR "+to.String())
}

func orNone(roles string) string {
	if roles == "" {
		return "NONE"
	}
	return roles
}
