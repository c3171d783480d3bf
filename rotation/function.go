package rotation

import "github.com/alberti-dev/alberti/rotation/contract"

// What rotation functions are to the runner, as package contract says.
type (
	Function = contract.Function
	Event    = contract.Event
	Target   = contract.Target
	Guard    = contract.Guard
	Report   = contract.Report
	Limiter  = contract.Limiter
)

// ErrUnacceptable is contract.ErrUnacceptable.
var ErrUnacceptable = contract.ErrUnacceptable
