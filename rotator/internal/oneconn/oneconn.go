// Package oneconn makes one login of database/sql, and no more than one: a pool
// that connects again by itself would count as another failed login, and go on
// with a password that has been changed meanwhile.
package oneconn

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Conn is a login. Once it is broken it stays broken.
type Conn struct {
	*sql.Conn
	db *sql.DB
}

// Open logs in within the limit. The driver must dial with the dialer, or a
// target that accepts and says nothing would be waited for without end.
func Open(ctx context.Context, limit time.Duration, connector func(*Dialer) (driver.Connector, error)) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	d := &Dialer{login: ctx}
	of, err := connector(d)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(&once{of: of})
	conn, err := db.Conn(ctx)
	if err == nil && !d.keep() {
		conn.Close()
		err = errLate
	}
	if err != nil {
		db.Close()
		if late := ctx.Err(); late != nil {
			err = fmt.Errorf("%w: %w", late, err)
		}
		return nil, err
	}
	return &Conn{conn, db}, nil
}

var (
	errLate = errors.New("the login took too long")
	errGone = errors.New("the connection is gone, and is not made again")
)

// Close ends the login.
func (c *Conn) Close() error { return errors.Join(c.Conn.Close(), c.db.Close()) }

// once connects once, whatever the pool asks for.
type once struct {
	of   driver.Connector
	err  error
	done bool
}

// Connect implements driver.Connector. The pool of one Conn calls it from one
// goroutine.
func (o *once) Connect(ctx context.Context) (driver.Conn, error) {
	if o.done {
		return nil, o.err
	}
	o.done = true
	conn, err := o.of.Connect(ctx)
	if o.err = err; err == nil {
		o.err = errGone
	}
	return conn, err
}

// Driver implements driver.Connector.
func (o *once) Driver() driver.Driver { return o.of.Driver() }

// Dialer makes connections that are closed when the login takes too long.
type Dialer struct {
	login context.Context

	mu   sync.Mutex
	stop []func() bool
}

// DialContext is what drivers call.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stop = append(d.stop, context.AfterFunc(d.login, func() { conn.Close() }))
	return conn, nil
}

// Connected tells whether the target, or what is in its place, took a connection.
func (d *Dialer) Connected() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.stop) > 0
}

// keep takes the limit off; false when it was too late for that.
func (d *Dialer) keep() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	ok := true
	for _, stop := range d.stop {
		ok = stop() && ok
	}
	return ok
}
