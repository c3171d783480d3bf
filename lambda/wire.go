package lambda

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/function"
)

// FunctionConfiguration is a version of a function as answers show it
// (lambda.md, 2.2). What is not set is left out, or clients see a difference for
// ever.
type FunctionConfiguration struct {
	FunctionName               string                `json:"FunctionName"`
	FunctionArn                string                `json:"FunctionArn"`
	Runtime                    string                `json:"Runtime,omitempty"`
	Role                       string                `json:"Role"`
	Handler                    string                `json:"Handler,omitempty"`
	CodeSize                   int64                 `json:"CodeSize"`
	Description                string                `json:"Description"`
	Timeout                    int64                 `json:"Timeout"`
	MemorySize                 int64                 `json:"MemorySize"`
	LastModified               string                `json:"LastModified"`
	CodeSha256                 string                `json:"CodeSha256"`
	Version                    string                `json:"Version"`
	VpcConfig                  *VpcConfigResponse    `json:"VpcConfig,omitzero"`
	DeadLetterConfig           *DeadLetterConfig     `json:"DeadLetterConfig,omitzero"`
	Environment                *EnvironmentResponse  `json:"Environment,omitzero"`
	KMSKeyArn                  string                `json:"KMSKeyArn,omitempty"`
	TracingConfig              *TracingConfig        `json:"TracingConfig"`
	RevisionID                 string                `json:"RevisionId"`
	Layers                     []Layer               `json:"Layers,omitempty"`
	State                      string                `json:"State,omitempty"`
	StateReason                string                `json:"StateReason,omitempty"`
	StateReasonCode            string                `json:"StateReasonCode,omitempty"`
	LastUpdateStatus           string                `json:"LastUpdateStatus,omitempty"`
	LastUpdateStatusReason     string                `json:"LastUpdateStatusReason,omitempty"`
	LastUpdateStatusReasonCode string                `json:"LastUpdateStatusReasonCode,omitempty"`
	FileSystemConfigs          []FileSystemConfig    `json:"FileSystemConfigs,omitempty"`
	PackageType                string                `json:"PackageType"`
	Architectures              []string              `json:"Architectures"`
	EphemeralStorage           *EphemeralStorage     `json:"EphemeralStorage"`
	SnapStart                  *SnapStartResponse    `json:"SnapStart"`
	RuntimeVersionConfig       *RuntimeVersionConfig `json:"RuntimeVersionConfig,omitzero"`
	LoggingConfig              *LoggingConfig        `json:"LoggingConfig"`
}

// VpcConfigResponse is the network of a function.
type VpcConfigResponse struct {
	SubnetIDs               []string `json:"SubnetIds"`
	SecurityGroupIDs        []string `json:"SecurityGroupIds"`
	VpcID                   string   `json:"VpcId"`
	Ipv6AllowedForDualStack bool     `json:"Ipv6AllowedForDualStack"`
}

// EnvironmentResponse has a function's variables.
type EnvironmentResponse struct {
	Variables map[string]awsjson.Sensitive `json:"Variables"`
}

// Layer is a version of a layer that a function uses.
type Layer struct {
	Arn      string `json:"Arn"`
	CodeSize int64  `json:"CodeSize"`
}

// SnapStartResponse tells whether new environments begin from a snapshot, which
// here none do.
type SnapStartResponse struct {
	ApplyOn            string `json:"ApplyOn"`
	OptimizationStatus string `json:"OptimizationStatus"`
}

// RuntimeVersionConfig names the runtime's own version.
type RuntimeVersionConfig struct {
	RuntimeVersionArn string `json:"RuntimeVersionArn"`
}

// timeFormat is that of dates, which are texts here (lambda.md, 1).
const timeFormat = "2006-01-02T15:04:05.000-0700"

// described is a version under the ARN of a reference, without its state.
func described(f *function.Function, v *function.Version, ref function.Ref, variables map[string]string) *FunctionConfiguration {
	c := v.Config
	out := &FunctionConfiguration{
		FunctionName: f.Name, FunctionArn: ref.QualifiedARN(), Runtime: c.Runtime, Role: c.Role, Handler: c.Handler,
		CodeSize: v.Code.Size, Description: c.Description, Timeout: c.Timeout, MemorySize: c.MemorySize,
		LastModified: v.Modified.UTC().Format(timeFormat), CodeSha256: v.Code.SHA256, Version: v.Name(),
		KMSKeyArn: c.KMSKeyARN, TracingConfig: &TracingConfig{Mode: &c.Tracing}, RevisionID: v.Revision,
		PackageType: "Zip", Architectures: c.Architectures, EphemeralStorage: &EphemeralStorage{Size: &c.EphemeralStorage},
		SnapStart:            &SnapStartResponse{ApplyOn: c.SnapStart, OptimizationStatus: "Off"},
		RuntimeVersionConfig: runtimeVersion(f.Region, c.Runtime),
		LoggingConfig:        shownLogging(c.Logging),
	}
	if c.HasEnvironment {
		out.Environment = shownEnvironment(variables)
	}
	if c.DeadLetter != "" {
		out.DeadLetterConfig = &DeadLetterConfig{TargetArn: &c.DeadLetter}
	}
	if c.VPC != nil {
		out.VpcConfig = &VpcConfigResponse{c.VPC.SubnetIDs, c.VPC.SecurityGroupIDs, "", c.VPC.IPv6}
	}
	if c.Place != "" {
		out.PackageType, out.RuntimeVersionConfig, out.CodeSize = "Image", nil, 0
	}
	for _, l := range v.Layers {
		out.Layers = append(out.Layers, Layer{l.ARN, l.Code.Size})
	}
	for _, fs := range c.FileSystems {
		out.FileSystemConfigs = append(out.FileSystemConfigs, FileSystemConfig{&fs.ARN, &fs.LocalMountPath})
	}
	return out
}

func shownEnvironment(variables map[string]string) *EnvironmentResponse {
	out := &EnvironmentResponse{Variables: make(map[string]awsjson.Sensitive, len(variables))}
	for name, value := range variables {
		out.Variables[name] = awsjson.NewSensitive(value)
	}
	return out
}

// The states of a function (lambda.md, 2.3). Here a change is done when it is
// answered; the answer still says that it has begun, and every later one that it
// is done, under another revision.

const creating = "The function is being created."

// settled is a version that is ready.
func (c *FunctionConfiguration) settled() *FunctionConfiguration {
	c.State, c.LastUpdateStatus = "Active", "Successful"
	return c
}

// pending is a version that is being made.
func (c *FunctionConfiguration) pending() *FunctionConfiguration {
	c.State, c.StateReason, c.StateReasonCode = "Pending", creating, "Creating"
	return c
}

// changing is a version that is being updated.
func (c *FunctionConfiguration) changing() *FunctionConfiguration {
	c.State, c.LastUpdateStatus = "Active", "InProgress"
	c.LastUpdateStatusReason, c.LastUpdateStatusReasonCode = creating, "Creating"
	return c
}

// listed is a version in a list, which tells less.
func (c *FunctionConfiguration) listed() *FunctionConfiguration {
	c.RuntimeVersionConfig, c.State, c.LastUpdateStatus = nil, "", ""
	return c
}

// runtimeVersion names a runtime's version, of which there is one each.
func runtimeVersion(region, runtime string) *RuntimeVersionConfig {
	sum := sha256.Sum256([]byte(runtime))
	return &RuntimeVersionConfig{"arn:aws:lambda:" + region + "::runtime:" + hex.EncodeToString(sum[:])}
}
