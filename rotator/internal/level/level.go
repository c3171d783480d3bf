// Package level brings one user's rights level with another's: what is too much
// is taken, what is missing is given, and then it is looked at once more. Where
// a server commits each statement by itself, a run that was cut off leaves some
// of the work undone, and the next one finds out what.
package level

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Right is something that a user has: a privilege, a role, a setting.
type Right struct {
	Name string // what it is, without whose it is: two users are level when they have the same names
	Give string // the statement that gives it; empty when it cannot be given
	Take string // the statement that takes it away; empty when giving another replaces it

	// Forbids tells that having it means that the user may do less.
	Forbids bool
}

// Pair is two users on their way to be level.
type Pair struct {
	Want func(context.Context) ([]Right, error) // of the user in use
	Have func(context.Context) ([]Right, error) // of the other
	Run  func(ctx context.Context, statement string) error
	Note func(format string, a ...any)

	// AllOrNothing is for a transaction: it is lost with the first statement that
	// fails, even one that would take something away.
	AllOrNothing bool
}

// rounds are how often rights are given and taken: one right may come or go with
// another, as roles that are granted become default roles.
const rounds = 2

// Bring brings the other user level. What cannot be given is an error, for an
// application would miss it. What cannot be taken is noted: the user keeps what
// it had. Statements hold no passwords.
func (p Pair) Bring(ctx context.Context) error {
	for range rounds {
		missing, surplus, err := p.compare(ctx)
		if err != nil || len(missing)+len(surplus) == 0 {
			return err
		}
		if err := p.take(ctx, surplus); err != nil {
			return err
		}
		if err := p.give(ctx, missing); err != nil {
			return err
		}
	}
	return p.verify(ctx)
}

func (p Pair) take(ctx context.Context, surplus []Right) error {
	for _, r := range surplus {
		if r.Take == "" {
			continue
		}
		err := p.do(ctx, r.Take)
		if err != nil && p.AllOrNothing {
			return err
		}
		if err != nil {
			p.Note("left as it was: %v", err)
		}
	}
	return nil
}

func (p Pair) give(ctx context.Context, missing []Right) error {
	for _, r := range missing {
		if r.Give == "" {
			return fmt.Errorf("there is no statement to give %s", r.Name)
		}
		if err := p.do(ctx, r.Give); err != nil {
			return err
		}
	}
	return nil
}

// do runs a statement and notes it.
func (p Pair) do(ctx context.Context, statement string) error {
	if err := p.Run(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	p.Note("levelled the two users: %s", statement)
	return nil
}

// verify compares once more: a server may take a statement and do less.
func (p Pair) verify(ctx context.Context) error {
	missing, surplus, err := p.compare(ctx)
	if err != nil {
		return err
	}
	var lacks []string
	for _, r := range missing {
		lacks = append(lacks, r.Name)
	}
	for _, r := range surplus {
		if r.Forbids {
			lacks = append(lacks, "freedom from "+r.Name)
		} else {
			p.Note("it still has %s, which the user in use has not", r.Name)
		}
	}
	if len(lacks) > 0 {
		return fmt.Errorf("the users are not level, it lacks: %s", strings.Join(lacks, "; "))
	}
	return nil
}

// compare gives what is missing and what is too much, in the order they were
// read in, each once.
func (p Pair) compare(ctx context.Context) (missing, surplus []Right, err error) {
	want, err := p.Want(ctx)
	if err != nil {
		return nil, nil, err
	}
	have, err := p.Have(ctx)
	if err != nil {
		return nil, nil, err
	}
	return without(want, have), without(have, want), nil
}

func without(a, b []Right) (out []Right) {
	has := map[string]bool{}
	for _, r := range b {
		has[r.Name] = true
	}
	for _, r := range a {
		same := func(o Right) bool { return o == r }
		if !has[r.Name] && !slices.ContainsFunc(out, same) {
			out = append(out, r)
		}
	}
	return out
}
