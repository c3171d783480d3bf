package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// accounts measures one account with many secrets beside one with few.
func (b *bench) accounts(ctx context.Context) (err error) {
	var both [2]*account
	for i, n := range b.accountSizes() {
		if both[i], err = b.openAccount(ctx, n); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, both[i].Stop()) }()
	}
	b.out.accountHead(both)
	if err := b.accountReads(ctx, both); err != nil {
		return err
	}
	if err := b.firstPages(ctx, both[1]); err != nil {
		return err
	}
	if err := b.allPages(ctx, both[1]); err != nil {
		return err
	}
	var resident [2]float64
	for i, a := range both {
		if resident[i], _, err = memoryOf(a.PID); err != nil {
			return err
		}
	}
	b.out.accountMemory(both, resident)
	return nil
}

func (b *bench) accountSizes() [2]int { return [2]int{1000, b.account} }

const listTarget = "secretsmanager.ListSecrets"

// firstPages measures the first page of 100 for filters that few secrets pass,
// and many.
func (b *bench) firstPages(ctx context.Context, a *account) error {
	b.out.firstPagesHead(a)
	for _, f := range []struct{ key, few, many string }{
		{"name", "team-017/", "team-"}, {"tag-key", "pci", "team"}, {"tag-value", "team-017", "prod"},
		{"description", "service 142", "database"}, {"all", "service 014242", "service"}, {"", "", ""},
	} {
		var took [2]time.Duration
		for i, value := range []string{f.few, f.many} {
			body := `{}`
			if f.key != "" {
				body = fmt.Sprintf(`{"Filters":[{"Key":%q,"Values":[%q]}]}`, f.key, value)
			}
			c, err := dial(a.Endpoint, a.URL)
			if err != nil {
				return err
			}
			s, err := drive(ctx, []*conn{c}, work{listTarget, func(to []byte, _ *rand.Rand) []byte { return append(to, body...) }}, b.round/2, a.PID)
			c.Close()
			if err != nil {
				return err
			}
			took[i] = s.p50
		}
		b.out.firstPage(f.key, f.few, f.many, took)
	}
	return nil
}

// allPages pages through everything, by 100.
func (b *bench) allPages(ctx context.Context, a *account) error {
	c, err := dial(a.Endpoint, a.URL)
	if err != nil {
		return err
	}
	defer c.Close()
	var took []time.Duration
	seen := 0
	for next := ""; ; {
		body := `{}`
		if next != "" {
			body = fmt.Sprintf(`{"NextToken":%q}`, next)
		}
		began := time.Now()
		answer, err := c.call(listTarget, []byte(body))
		if err != nil {
			return err
		}
		took = append(took, time.Since(began))
		var page struct {
			SecretList []struct{ Name string }
			NextToken  string
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return err
		}
		if seen += len(page.SecretList); page.NextToken == "" {
			break
		}
		if next = page.NextToken; ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if seen != a.secrets+1 {
		return fmt.Errorf("paging through %d secrets showed %d", a.secrets+1, seen)
	}
	b.out.allPages(took)
	return nil
}
