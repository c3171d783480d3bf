package environment

// Reap does now what the pool does every second.
func (p *Pool) Reap() { p.reap() }
