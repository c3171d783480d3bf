package logs

// Flush writes down what there is, as Run does every second.
var Flush = (*Writer).flush

// What is kept of one environment, and of all.
const (
	Burst   = burst
	Rate    = rate
	MaxHeld = maxHeld
)
