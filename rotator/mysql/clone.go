package mysql

import (
	"context"
	"fmt"
	"slices"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Clone implements rotator.Cloner. The server commits each statement, so what a
// crash leaves must do: a user is made with its password and its mark, and one
// that exists gets its password last, so that until then only privileges can be
// half done, which the next attempt sees to.
func (s *session) Clone(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	p, err := s.pairOf(ctx, from, to)
	if err != nil {
		return err
	}
	if err := s.mayTake(ctx, p, owner); err != nil {
		return err
	}
	for _, host := range p.hosts {
		if err := s.renew(ctx, account{from, host}, account{to, host}, p.exists[host], password, owner); err != nil {
			return err
		}
	}
	return nil
}

// Level implements rotator.Cloner.
func (s *session) Level(ctx context.Context, from, to string) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	p, err := s.pairOf(ctx, from, to)
	if err != nil {
		return err
	}
	for _, host := range p.hosts {
		if !p.exists[host] {
			return fmt.Errorf("user %q has no account for host %q, as %q has", to, host, from)
		}
		if err := s.level(ctx, account{from, host}, account{to, host}); err != nil {
			return err
		}
	}
	return nil
}

// pair is two users who take turns. They have an account each for the same hosts.
type pair struct {
	from, to string
	hosts    []string        // of from
	exists   map[string]bool // those of to
}

func (s *session) pairOf(ctx context.Context, from, to string) (pair, error) {
	p := pair{from: from, to: to, exists: map[string]bool{}}
	models, err := s.accounts(ctx, from)
	if err != nil {
		return p, err
	}
	for _, a := range models {
		p.hosts = append(p.hosts, a.host)
	}
	if len(p.hosts) == 0 {
		return p, fmt.Errorf("user %q does not exist", from)
	}
	twins, err := s.accounts(ctx, to)
	if err != nil {
		return p, err
	}
	for _, a := range twins {
		p.exists[a.host] = true
		if !slices.Contains(p.hosts, a.host) {
			// The server would let the user in by it, with a password that nobody changes.
			return p, fmt.Errorf("account %s exists, and there is none of %q for that host: make one or drop the other", a, from)
		}
	}
	return p, nil
}

// mayTake refuses a user that was there before and that is not one of the pair,
// before anything is touched.
func (s *session) mayTake(ctx context.Context, p pair, owner rotator.Owner) error {
	if owner.Existing && len(p.exists) < len(p.hosts) {
		return fmt.Errorf("user %q does not exist for every host of %q, and is not to be made", p.to, p.from)
	}
	if len(p.exists) == 0 || owner.Known || owner.Adopt || owner.Existing {
		return nil
	}
	for _, user := range []string{p.from, p.to} {
		for _, host := range p.hosts {
			if user == p.to && !p.exists[host] {
				continue
			}
			marked, err := s.marked(ctx, account{user, host}, owner)
			if err != nil || marked {
				return err
			}
		}
	}
	for _, host := range p.hosts {
		if p.exists[host] {
			a := account{p.to, host}
			return fmt.Errorf("user %q exists, and was not made for this secret: rename it, or take it into use with %s", p.to, s.markStatement(a, owner))
		}
	}
	return nil
}

// renew makes one account, or levels and renews one that exists.
func (s *session) renew(ctx context.Context, from, to account, exists bool, password secret.Value, owner rotator.Owner) error {
	d, err := s.definition(ctx, from)
	if err != nil {
		return err
	}
	plugin, err := d.plugin(from)
	if err != nil {
		return err
	}
	if !exists {
		if err := s.create(ctx, to, plugin, password, owner); err != nil {
			return err
		}
		return s.level(ctx, from, to)
	}
	if err := s.level(ctx, from, to); err != nil {
		return err
	}
	had, err := s.definition(ctx, to)
	if err != nil {
		return err
	}
	has, err := had.plugin(to)
	change := err != nil || has != plugin // then nothing of what it proved itself by is left
	if err := s.give(ctx, to, plugin, change, password); err != nil {
		return err
	}
	return s.discard(ctx, to)
}

// create makes an account with its password. It fails where there is one.
func (s *session) create(ctx context.Context, a account, plugin string, password secret.Value, owner rotator.Owner) error {
	clear, err := s.needsClear(ctx, a, plugin)
	if err != nil {
		return err
	}
	run, proof := s.execInClear, s.inClear(password)
	if !clear {
		stored, _ := hash(plugin, password)
		run, proof = s.exec, s.proof(stored)
	}
	statement := "CREATE USER " + a.String() + " " + s.identified(plugin, proof)
	if s.server.keepsAttributes() {
		return run(ctx, statement+" ATTRIBUTE "+literal(attribute(owner)))
	}
	if err := run(ctx, statement); err != nil {
		return err
	}
	return s.exec(ctx, s.markStatement(a, owner))
}
