package secretsmanager

import "github.com/alberti-dev/alberti/fault"

// operations is the table of what Secrets Manager can do.
var operations = []operation{
	later("BatchGetSecretValue"),
	write("CancelRotateSecret", (*Service).cancelRotateSecret),
	write("CreateSecret", (*Service).createSecret),
	later("DeleteResourcePolicy"),
	write("DeleteSecret", (*Service).deleteSecret),
	read("DescribeSecret", (*Service).describeSecret),
	read("GetRandomPassword", (*Service).getRandomPassword),
	later("GetResourcePolicy"),
	read("GetSecretValue", (*Service).getSecretValue),
	read("ListSecretVersionIds", (*Service).listSecretVersionIDs),
	read("ListSecrets", (*Service).listSecrets),
	later("PutResourcePolicy"),
	write("PutSecretValue", (*Service).putSecretValue),
	later("RemoveRegionsFromReplication"),
	later("ReplicateSecretToRegions"),
	write("RestoreSecret", (*Service).restoreSecret),
	write("RotateSecret", (*Service).rotateSecret),
	later("StopReplicationToReplica"),
	write("TagResource", (*Service).tagResource),
	write("UntagResource", (*Service).untagResource),
	write("UpdateSecret", (*Service).updateSecret),
	write("UpdateSecretVersionStage", (*Service).updateSecretVersionStage),
	later("ValidateResourcePolicy"),
}

// operatorOperations is the table of what AWS lacks.
var operatorOperations = []operation{
	write("CreateFreeze", (*Service).createFreeze),
	write("DeleteFreeze", (*Service).deleteFreeze),
	read("DescribeRotation", (*Service).describeRotation),
	read("ListFreezes", (*Service).listFreezes),
	read("ListRotations", (*Service).listRotations),
	write("RetryRotation", (*Service).retryRotation),
	write("StartRotation", (*Service).startRotation),
}

// operation is one row: how to read the input and what to run.
type operation struct {
	name      string
	readOnly  bool
	newInput  func() any
	newOutput func() any // nil for an operation that is still to come
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

// nothing is the input or output of an operation without members.
type nothing struct{}

// later is an operation of AWS that this version does not have yet.
func later(name string) operation {
	op := write(name, func(_ *Service, c *call, _ *nothing) (*nothing, error) {
		if err := c.authorizeAll(); err != nil {
			return nil, err
		}
		return nil, fault.New(fault.InvalidRequest, "Alberti does not have the operation %s yet.", name)
	})
	op.newOutput = nil
	return op
}
