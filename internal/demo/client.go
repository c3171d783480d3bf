package main

import (
	"context"
	"sync"
)

// keepLoggingIn is an application that opens a new connection again and again,
// each with what is current. The function that it gives back stops it and tells
// how many logins there were, and why one failed, if one did.
func (d *demo) keepLoggingIn(ctx context.Context, name string) (stop func() (logins int, err error)) {
	enough := make(chan struct{})
	var logins int
	var failure error
	var client sync.WaitGroup
	client.Go(func() {
		for ; failure == nil; logins++ {
			select {
			case <-enough:
				return
			default:
			}
			failure = d.loginOnce(ctx, name)
		}
	})
	return func() (int, error) {
		close(enough)
		client.Wait()
		return logins, failure
	}
}

func (d *demo) loginOnce(ctx context.Context, name string) error {
	c, err := d.get(ctx, name, current)
	if err != nil {
		return err
	}
	return d.accepted(ctx, c)
}
