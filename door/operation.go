package door

// Operation is what is known of an operation beside what it does.
type Operation struct {
	Name     string
	Action   string // as policies name it
	ReadOnly bool
	// TellsAnswer has the trail keep the answer although nothing changes.
	TellsAnswer bool
	Traits      Traits
	// NewInput and NewOutput make pointers to wire structs.
	NewInput, NewOutput func() any
}

// Traits are what a service alone wants to know of its operations: bits that it
// names.
type Traits uint8

// Has tells whether all of some traits are there.
func (t Traits) Has(some Traits) bool { return t&some == some }

// Row is an operation in the table of a service S, whose calls are C.
type Row[S, C any] struct {
	Operation
	run func(S, C, any) (any, error)
}

// Read is the row of an operation that changes nothing.
func Read[S, C, I, O any](name string, fn func(S, C, *I) (*O, error)) Row[S, C] {
	row := Write(name, fn)
	row.ReadOnly = true
	return row
}

// Write is the row of an operation that changes something.
func Write[S, C, I, O any](name string, fn func(S, C, *I) (*O, error)) Row[S, C] {
	return Row[S, C]{
		Operation: Operation{
			Name:      name,
			NewInput:  func() any { return new(I) },
			NewOutput: func() any { return new(O) },
		},
		run: func(s S, c C, in any) (any, error) {
			out, err := fn(s, c, in.(*I))
			if err != nil {
				return nil, err // a nil *O in an interface would not be nil
			}
			return out, nil
		},
	}
}

// With gives a row traits.
func (r Row[S, C]) With(t Traits) Row[S, C] {
	r.Traits |= t
	return r
}

// TellingAnswer has the trail keep an answer although nothing changes.
func (r Row[S, C]) TellingAnswer() Row[S, C] {
	r.TellsAnswer = true
	return r
}

// Nothing is the input or output of an operation without members.
type Nothing struct{}

// answered has nothing for Nothing.
func answered(out any) any {
	if _, empty := out.(*Nothing); empty {
		return nil
	}
	return out
}
