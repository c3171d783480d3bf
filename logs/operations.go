package logs

// operations is the table of what the service can do.
var operations = []operation{
	write("DeleteLogGroup", (*Service).deleteLogGroup),
	write("DeleteLogStream", (*Service).deleteLogStream),
	read("DescribeLogGroups", (*Service).describeLogGroups),
	read("DescribeLogStreams", (*Service).describeLogStreams),
	read("FilterLogEvents", (*Service).filterLogEvents),
	read("GetLogEvents", (*Service).getLogEvents),
}

// operation is one row: how to read the input and what to run.
type operation struct {
	name      string
	readOnly  bool
	newInput  func() any
	newOutput func() any
	run       func(s *Service, c *call, in any) (any, error)
}

func read[I, O any](name string, fn func(*Service, *call, *I) (*O, error)) operation {
	op := write(name, fn)
	op.readOnly = true
	return op
}

func write[I, O any](name string, fn func(*Service, *call, *I) (*O, error)) operation {
	return operation{
		name:      name,
		newInput:  func() any { return new(I) },
		newOutput: func() any { return new(O) },
		run: func(s *Service, c *call, in any) (any, error) {
			out, err := fn(s, c, in.(*I))
			if err != nil {
				return nil, err // a nil *O in an interface would not be nil
			}
			return out, nil
		},
	}
}

// nothing is the output of an operation without members.
type nothing struct{}
