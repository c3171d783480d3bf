// Package testport finds ports for servers under test that cannot choose one
// themselves.
package testport

import "net"

// Free gives ports of a host that nobody listens on. They are held all at once, so
// that no two are the same. Somebody else may have taken one before it is used.
func Free(host string, n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// FreeOne gives one such port.
func FreeOne(host string) (int, error) {
	ports, err := Free(host, 1)
	if err != nil {
		return 0, err
	}
	return ports[0], nil
}
