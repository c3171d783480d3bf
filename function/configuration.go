package function

import (
	"cmp"
	"reflect"
)

// Configuration is how a version runs. It is stored as JSON; the parts that
// nothing here acts upon are kept as they came, and told again.
type Configuration struct {
	Runtime          string       `json:",omitempty"`
	Place            Place        `json:",omitempty"` // "" for a function that runs here
	Role             string       `json:",omitempty"`
	Handler          string       `json:",omitempty"`
	Description      string       `json:",omitempty"`
	Timeout          int64        // seconds
	MemorySize       int64        // MiB
	EphemeralStorage int64        // MiB of /tmp
	Architectures    []string     `json:",omitempty"`
	HasEnvironment   bool         `json:",omitempty"`
	Logging          Logging      `json:",omitzero"`
	Tracing          string       `json:",omitempty"`
	SnapStart        string       `json:",omitempty"`
	KMSKeyARN        string       `json:",omitempty"`
	DeadLetter       string       `json:",omitempty"` // the ARN of the target
	VPC              *VPC         `json:",omitempty"`
	FileSystems      []FileSystem `json:",omitempty"`
	// Latest is $LATEST's description when a version with one of its own was
	// published from it, nil for a version that has the same.
	Latest *string `json:",omitempty"`
}

// Logging is where the log of a function goes, and how it looks.
type Logging struct {
	Format           string // Text or JSON
	ApplicationLevel string `json:",omitempty"`
	SystemLevel      string `json:",omitempty"`
	Group            string
}

// VPC is the network that a function is to be attached to.
type VPC struct {
	SubnetIDs        []string
	SecurityGroupIDs []string
	IPv6             bool `json:",omitempty"`
}

// FileSystem is a file system that a function is to have.
type FileSystem struct{ ARN, LocalMountPath string }

// What a function has that asks for nothing else (lambda.md, 2.2).
const (
	defaultTimeout = 3
	defaultMemory  = 128
	defaultStorage = 512
)

// WithDefaults fills in what was left out of a function's configuration.
func (c Configuration) WithDefaults(name string) Configuration {
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.MemorySize = cmp.Or(c.MemorySize, defaultMemory)
	c.EphemeralStorage = cmp.Or(c.EphemeralStorage, defaultStorage)
	c.Tracing = cmp.Or(c.Tracing, "PassThrough")
	c.SnapStart = cmp.Or(c.SnapStart, "None")
	if c.Architectures == nil {
		c.Architectures = []string{"x86_64"}
	}
	c.Logging = c.Logging.withDefaults(name)
	return c
}

// withDefaults also takes away what only logs in JSON have.
func (l Logging) withDefaults(name string) Logging {
	l.Format = cmp.Or(l.Format, "Text")
	l.Group = cmp.Or(l.Group, "/aws/lambda/"+name)
	if l.Format == "Text" {
		l.ApplicationLevel, l.SystemLevel = "", ""
		return l
	}
	l.ApplicationLevel = cmp.Or(l.ApplicationLevel, "INFO")
	l.SystemLevel = cmp.Or(l.SystemLevel, "INFO")
	return l
}

// SameAs tells whether two versions run the same: what a new one need not be
// published for. A description that was given to a published version does not
// count.
func (c Configuration) SameAs(d Configuration) bool {
	return reflect.DeepEqual(c.asLatest(), d.asLatest())
}

func (c Configuration) asLatest() Configuration {
	if c.Latest != nil {
		c.Description, c.Latest = *c.Latest, nil
	}
	return c
}

// PublishedAs is the configuration of a version that is published, under a
// description of its own unless that is nil.
func (c Configuration) PublishedAs(description *string) Configuration {
	if description != nil && *description != c.Description {
		latest := c.Description
		c.Latest, c.Description = &latest, *description
	}
	return c
}
