package httpd

import (
	"sync"
	"time"
)

// early is how much earlier than asked for a deadline may fall. A server moves three
// for every request, each for about a hundredth of what the request takes, and
// most of them by no more than the time since the one before.
const early = 2 * time.Second

// deadline is one of a connection: it is set when something has to wait for it.
type deadline struct {
	mu          sync.Mutex
	asked, real time.Time
}

// ask takes a deadline. One that is near, or none, may be for who waits already, and
// is set at once.
func (d *deadline) ask(t time.Time, set func(time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = t
	if !t.IsZero() && time.Until(t) > early {
		return nil
	}
	d.real = t
	return set(t)
}

// apply sets what was asked for, unless what is set comes near enough.
func (d *deadline) apply(set func(time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.real.Equal(d.asked) || !d.real.IsZero() && d.real.Before(d.asked) && d.asked.Sub(d.real) < early {
		return nil
	}
	d.real = d.asked
	return set(d.asked)
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (int, error) {
	if err := c.read.apply(c.Conn.SetReadDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// Write implements net.Conn.
func (c *conn) Write(b []byte) (int, error) {
	if err := c.write.apply(c.Conn.SetWriteDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error { return c.read.ask(t, c.Conn.SetReadDeadline) }

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.write.ask(t, c.Conn.SetWriteDeadline) }

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}
