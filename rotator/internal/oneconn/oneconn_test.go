package oneconn_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/rotator/internal/oneconn"
)

// target counts the logins that a pool makes of one.
type target struct {
	logins int
	err    error
	dial   func(ctx context.Context) error
}

func (d *target) Driver() driver.Driver { return nil }

func (d *target) Connect(ctx context.Context) (driver.Conn, error) {
	d.logins++
	if d.dial != nil {
		return nil, d.dial(ctx)
	}
	return conn{}, d.err
}

// conn is broken from the beginning.
type conn struct{}

func (conn) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrBadConn }
func (conn) Begin() (driver.Tx, error)           { return nil, driver.ErrBadConn }
func (conn) Close() error                        { return nil }

func open(t *testing.T, limit time.Duration, d *target) (*oneconn.Conn, error) {
	t.Helper()
	return oneconn.Open(t.Context(), limit, func(*oneconn.Dialer) (driver.Connector, error) { return d, nil })
}

func TestOneLogin(t *testing.T) {
	t.Parallel()
	d := &target{err: driver.ErrBadConn}
	if _, err := open(t, time.Minute, d); !errors.Is(err, driver.ErrBadConn) || d.logins != 1 {
		t.Errorf("%d logins: %v", d.logins, err)
	}
	d = &target{}
	c, err := open(t, time.Minute, d)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 2 {
		if _, err := c.ExecContext(t.Context(), "x"); err == nil || d.logins != 1 {
			t.Errorf("a broken login was made again, %d times: %v", d.logins, err)
		}
	}
}

// TestSilence closes a connection whose other end says nothing, though the driver
// reads without a limit.
func TestSilence(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = oneconn.Open(t.Context(), 50*time.Millisecond, func(d *oneconn.Dialer) (driver.Connector, error) {
		return &target{dial: func(ctx context.Context) error {
			conn, err := d.DialContext(ctx, "tcp", l.Addr().String())
			if err != nil {
				return err
			}
			if !d.Connected() {
				t.Error("not connected")
			}
			_, err = conn.Read(make([]byte, 1))
			return err
		}}, nil
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}
