package lambda

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/function"
)

// The parts of a configuration, as requests give them and answers show them.

// VpcConfig is the network that a function is to be attached to.
type VpcConfig struct {
	SubnetIDs               []string `json:"SubnetIds"`
	SecurityGroupIDs        []string `json:"SecurityGroupIds"`
	Ipv6AllowedForDualStack *bool    `json:"Ipv6AllowedForDualStack"`
}

// DeadLetterConfig is where events go that could not be processed.
type DeadLetterConfig struct {
	TargetArn *string `json:"TargetArn"`
}

// Environment has the variables of a request.
type Environment struct {
	Variables map[string]awsjson.Sensitive `json:"Variables"`
}

// TracingConfig is whether calls are traced.
type TracingConfig struct {
	Mode *string `json:"Mode"`
}

// FileSystemConfig is a file system that a function is to have.
type FileSystemConfig struct {
	Arn            *string `json:"Arn"`
	LocalMountPath *string `json:"LocalMountPath"`
}

// EphemeralStorage is the size of /tmp in MiB.
type EphemeralStorage struct {
	Size *int64 `json:"Size"`
}

// SnapStart asks for snapshots.
type SnapStart struct {
	ApplyOn *string `json:"ApplyOn"`
}

// LoggingConfig is where the log goes, and how it looks.
type LoggingConfig struct {
	LogFormat           *string `json:"LogFormat,omitzero"`
	ApplicationLogLevel *string `json:"ApplicationLogLevel,omitzero"`
	SystemLogLevel      *string `json:"SystemLogLevel,omitzero"`
	LogGroup            *string `json:"LogGroup,omitzero"`
}

func shownLogging(l function.Logging) *LoggingConfig {
	return &LoggingConfig{optional(l.Format), optional(l.ApplicationLevel), optional(l.SystemLevel), optional(l.Group)}
}

// settings are what a request says of a configuration; what is nil it leaves
// alone.
type settings struct {
	Runtime, Role, Handler, Description, KMSKeyArn *string
	Timeout, MemorySize                            *int64
	VpcConfig                                      *VpcConfig
	DeadLetterConfig                               *DeadLetterConfig
	TracingConfig                                  *TracingConfig
	EphemeralStorage                               *EphemeralStorage
	SnapStart                                      *SnapStart
	LoggingConfig                                  *LoggingConfig
	FileSystemConfigs                              []FileSystemConfig
}

// check refuses what the constraints of the model let through.
func (s settings) check() error {
	if s.Runtime != nil {
		if err := function.CheckRuntime(*s.Runtime); err != nil {
			return err
		}
	}
	return function.CheckMemory(orZero(s.MemorySize))
}

// apply changes a configuration of a function with a name.
func (s settings) apply(c function.Configuration, name string) function.Configuration {
	set(&c.Runtime, s.Runtime)
	set(&c.Role, s.Role)
	set(&c.Handler, s.Handler)
	set(&c.Description, s.Description)
	set(&c.KMSKeyARN, s.KMSKeyArn)
	set(&c.Timeout, s.Timeout)
	set(&c.MemorySize, s.MemorySize)
	if s.DeadLetterConfig != nil {
		c.DeadLetter = text(s.DeadLetterConfig.TargetArn)
	}
	if s.TracingConfig != nil {
		set(&c.Tracing, s.TracingConfig.Mode)
	}
	if s.EphemeralStorage != nil {
		set(&c.EphemeralStorage, s.EphemeralStorage.Size)
	}
	if s.SnapStart != nil {
		set(&c.SnapStart, s.SnapStart.ApplyOn)
	}
	if s.VpcConfig != nil {
		c.VPC = s.VpcConfig.read()
	}
	if s.LoggingConfig != nil {
		c.Logging = s.LoggingConfig.read(c.Logging)
	}
	if s.FileSystemConfigs != nil {
		c.FileSystems = readFileSystems(s.FileSystemConfigs)
	}
	return c.WithDefaults(name)
}

// set changes a member where something was given.
func set[T any](member, given *T) {
	if given != nil {
		*member = *given
	}
}

// read gives nil for a network of nothing, which is how one is taken away.
func (v *VpcConfig) read() *function.VPC {
	if len(v.SubnetIDs) == 0 && len(v.SecurityGroupIDs) == 0 {
		return nil
	}
	return &function.VPC{SubnetIDs: v.SubnetIDs, SecurityGroupIDs: v.SecurityGroupIDs, IPv6: v.Ipv6AllowedForDualStack != nil && *v.Ipv6AllowedForDualStack}
}

func (l *LoggingConfig) read(now function.Logging) function.Logging {
	set(&now.Format, l.LogFormat)
	set(&now.ApplicationLevel, l.ApplicationLogLevel)
	set(&now.SystemLevel, l.SystemLogLevel)
	set(&now.Group, l.LogGroup)
	return now
}

func readFileSystems(given []FileSystemConfig) (out []function.FileSystem) {
	for _, fs := range given {
		out = append(out, function.FileSystem{ARN: text(fs.Arn), LocalMountPath: text(fs.LocalMountPath)})
	}
	return out
}

// variables are those of a request, nil when it says nothing of them.
func (e *Environment) variables() map[string]string {
	if e == nil {
		return nil
	}
	out := make(map[string]string, len(e.Variables))
	for name, value := range e.Variables {
		out[name] = value.Reveal()
	}
	return out
}

// optional is a member that is absent when its text is empty.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
