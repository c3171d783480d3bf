package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// readTurn is how long a server is read from before another's turn: short, so that
// what the machine does beside is much the same for all that are compared.
const readTurn = 100 * time.Millisecond

// reads is one kind of read, of an account with few secrets and of one with many.
type reads struct {
	by    string
	conns [2]*conn
	turns [2][]sample
}

// accountReads reads random secrets over one connection.
func (b *bench) accountReads(ctx context.Context, both [2]*account) error {
	b.out.accountReadsHead()
	for _, operation := range []string{"GetSecretValue", "DescribeSecret"} {
		if err := b.accountRead(ctx, both, operation); err != nil {
			return err
		}
	}
	return nil
}

// accountRead takes by name and by ARN, which are the same work, in the same
// moments: how far apart they come out is how far the figures are to be trusted.
func (b *bench) accountRead(ctx context.Context, both [2]*account, operation string) (err error) {
	kinds := []*reads{{by: "name"}, {by: "ARN"}}
	for _, k := range kinds {
		for i, a := range both {
			if k.conns[i], err = dial(a.Endpoint, a.URL); err != nil {
				return err
			}
			defer k.conns[i].Close()
		}
	}
	for turn := range b.readTurns + 1 {
		for n := range kinds {
			k := kinds[(n+turn)%len(kinds)] // nobody is always the one after
			for i := range both {
				i := (i + turn/2) % len(both)
				s, err := drive(ctx, []*conn{k.conns[i]}, randomRead(operation, k.by, both[i].secrets), readTurn, both[i].PID)
				if err != nil {
					return err
				}
				if turn > 0 { // the first is to warm up
					k.turns[i] = append(k.turns[i], s)
				}
			}
		}
	}
	for _, k := range kinds {
		b.out.accountRead(operation+" by "+k.by, k.turns)
	}
	return nil
}

// randomRead asks for any of so many secrets.
func randomRead(operation, by string, secrets int) work {
	return work{"secretsmanager." + operation, func(to []byte, r *rand.Rand) []byte {
		arn := seededARN(r.IntN(secrets))
		id := arn.Name
		if by == "ARN" {
			id = arn.String()
		}
		return fmt.Appendf(to, `{"SecretId":%q}`, id)
	}}
}
