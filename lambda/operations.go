package lambda

import (
	"strings"
	"time"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/restjson"
)

// operations is the table of what Lambda can do: where an operation is, the
// status of its success, and what runs it (lambda.md, 1.1).
var operations = []operation{
	write("AddLayerVersionPermission", "POST /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 201, (*Service).addLayerVersionPermission),
	write("AddPermission", "POST /2015-03-31/functions/{FunctionName}/policy", 201, (*Service).addPermission),
	write("CreateAlias", "POST /2015-03-31/functions/{FunctionName}/aliases", 201, (*Service).createAlias),
	uploads(write("CreateFunction", "POST /2015-03-31/functions", 201, (*Service).createFunction)),
	write("DeleteAlias", "DELETE /2015-03-31/functions/{FunctionName}/aliases/{Name}", 204, (*Service).deleteAlias),
	write("DeleteFunction", "DELETE /2015-03-31/functions/{FunctionName}", 204, (*Service).deleteFunction),
	write("DeleteFunctionConcurrency", "DELETE /2017-10-31/functions/{FunctionName}/concurrency", 204, (*Service).deleteFunctionConcurrency),
	write("DeleteFunctionEventInvokeConfig", "DELETE /2019-09-25/functions/{FunctionName}/event-invoke-config", 204, (*Service).deleteFunctionEventInvokeConfig),
	write("DeleteLayerVersion", "DELETE /2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 204, (*Service).deleteLayerVersion),
	read("GetAccountSettings", "GET /2016-08-19/account-settings", 200, (*Service).getAccountSettings),
	read("GetAlias", "GET /2015-03-31/functions/{FunctionName}/aliases/{Name}", 200, (*Service).getAlias),
	with(showsBuiltin, read("GetFunction", "GET /2015-03-31/functions/{FunctionName}", 200, (*Service).getFunction)),
	with(showsBuiltin, read("GetFunctionCodeSigningConfig", "GET /2020-06-30/functions/{FunctionName}/code-signing-config", 200, (*Service).getFunctionCodeSigningConfig)),
	read("GetFunctionConcurrency", "GET /2019-09-30/functions/{FunctionName}/concurrency", 200, (*Service).getFunctionConcurrency),
	with(showsBuiltin, read("GetFunctionConfiguration", "GET /2015-03-31/functions/{FunctionName}/configuration", 200, (*Service).getFunctionConfiguration)),
	read("GetFunctionEventInvokeConfig", "GET /2019-09-25/functions/{FunctionName}/event-invoke-config", 200, (*Service).getFunctionEventInvokeConfig),
	read("GetFunctionRecursionConfig", "GET /2024-08-31/functions/{FunctionName}/recursion-config", 200, (*Service).getFunctionRecursionConfig),
	read("GetLayerVersion", "GET /2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 200, (*Service).getLayerVersion),
	as("lambda:GetLayerVersion", read("GetLayerVersionByArn", "GET /2018-10-31/layers?find=LayerVersion", 200, (*Service).getLayerVersionByArn)),
	read("GetLayerVersionPolicy", "GET /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 200, (*Service).getLayerVersionPolicy),
	with(showsBuiltin, read("GetPolicy", "GET /2015-03-31/functions/{FunctionName}/policy", 200, (*Service).getPolicy)),
	read("GetRuntimeManagementConfig", "GET /2021-07-20/functions/{FunctionName}/runtime-management-config", 200, (*Service).getRuntimeManagementConfig),
	invokes(write("Invoke", "POST /2015-03-31/functions/{FunctionName}/invocations", 200, (*Service).invoke)),
	invokes(write("InvokeAsync", "POST /2014-11-13/functions/{FunctionName}/invoke-async", 202, (*Service).invokeAsync)),
	read("ListAliases", "GET /2015-03-31/functions/{FunctionName}/aliases", 200, (*Service).listAliases),
	read("ListFunctionEventInvokeConfigs", "GET /2019-09-25/functions/{FunctionName}/event-invoke-config/list", 200, (*Service).listFunctionEventInvokeConfigs),
	read("ListFunctions", "GET /2015-03-31/functions", 200, (*Service).listFunctions),
	read("ListLayerVersions", "GET /2018-10-31/layers/{LayerName}/versions", 200, (*Service).listLayerVersions),
	read("ListLayers", "GET /2018-10-31/layers", 200, (*Service).listLayers),
	with(showsBuiltin, read("ListTags", "GET /2017-03-31/tags/{Resource}", 200, (*Service).listTags)),
	read("ListVersionsByFunction", "GET /2015-03-31/functions/{FunctionName}/versions", 200, (*Service).listVersionsByFunction),
	uploads(write("PublishLayerVersion", "POST /2018-10-31/layers/{LayerName}/versions", 201, (*Service).publishLayerVersion)),
	write("PublishVersion", "POST /2015-03-31/functions/{FunctionName}/versions", 201, (*Service).publishVersion),
	write("PutFunctionConcurrency", "PUT /2017-10-31/functions/{FunctionName}/concurrency", 200, (*Service).putFunctionConcurrency),
	write("PutFunctionEventInvokeConfig", "PUT /2019-09-25/functions/{FunctionName}/event-invoke-config", 200, (*Service).putFunctionEventInvokeConfig),
	write("PutFunctionRecursionConfig", "PUT /2024-08-31/functions/{FunctionName}/recursion-config", 200, (*Service).putFunctionRecursionConfig),
	write("PutRuntimeManagementConfig", "PUT /2021-07-20/functions/{FunctionName}/runtime-management-config", 200, (*Service).putRuntimeManagementConfig),
	write("RemoveLayerVersionPermission", "DELETE /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}", 204, (*Service).removeLayerVersionPermission),
	write("RemovePermission", "DELETE /2015-03-31/functions/{FunctionName}/policy/{StatementId}", 204, (*Service).removePermission),
	write("TagResource", "POST /2017-03-31/tags/{Resource}", 204, (*Service).tagResource),
	write("UntagResource", "DELETE /2017-03-31/tags/{Resource}", 204, (*Service).untagResource),
	write("UpdateAlias", "PUT /2015-03-31/functions/{FunctionName}/aliases/{Name}", 200, (*Service).updateAlias),
	uploads(write("UpdateFunctionCode", "PUT /2015-03-31/functions/{FunctionName}/code", 200, (*Service).updateFunctionCode)),
	write("UpdateFunctionConfiguration", "PUT /2015-03-31/functions/{FunctionName}/configuration", 200, (*Service).updateFunctionConfiguration),
	write("UpdateFunctionEventInvokeConfig", "POST /2019-09-25/functions/{FunctionName}/event-invoke-config", 200, (*Service).updateFunctionEventInvokeConfig),
}

// operation is one row, with where it is.
type operation struct {
	door.Row[*Service, *call]
	route restjson.Route
}

// showsBuiltin is a read that knows what to say of a built-in function.
const showsBuiltin door.Traits = 1

func read[I, O any](name, at string, status int, fn func(*Service, *call, *I) (*O, error)) operation {
	return placed(door.Read(name, fn), at, status)
}

func write[I, O any](name, at string, status int, fn func(*Service, *call, *I) (*O, error)) operation {
	return placed(door.Write(name, fn), at, status)
}

func placed(row door.Row[*Service, *call], at string, status int) operation {
	method, pattern, _ := strings.Cut(at, " ")
	return operation{row, restjson.Route{
		Operation: row.Name, Method: method, Pattern: pattern, Status: status, NewInput: row.NewInput, NewOutput: row.NewOutput,
	}}
}

const (
	maxUpload = 70167211 // bytes of a request that brings code
	// uploadTime is how long such a request may take to arrive, and to be answered.
	uploadTime = 5 * time.Minute
)

// uploads is for operations that take code.
func uploads(op operation) operation {
	op.route.Body = restjson.Body{
		Max:      maxUpload,
		Arrival:  uploadTime,
		TooLarge: fault.New(fault.TooLarge, "Request must be smaller than %d bytes for the %s operation", maxUpload, op.Name),
	}
	op.route.Patience = uploadTime
	return op
}

func with(t door.Traits, op operation) operation {
	op.Row = op.With(t)
	return op
}

// as is for operations that policies call by another name than their own.
func as(action string, op operation) operation {
	op.Action = action
	return op
}

const (
	maxInvoke = 6291456 // bytes of a request that invokes
	// invokeTime is the longest timeout of a function, its start and a little more.
	invokeTime = 16 * time.Minute
)

// invokes is for operations that run functions.
func invokes(op operation) operation {
	op.Action = "lambda:InvokeFunction"
	op.route.Body = restjson.Body{
		Max: maxInvoke, TooLarge: fault.New(fault.TooLarge, "Request must be smaller than %d bytes for the InvokeFunction operation", maxInvoke),
	}
	op.route.Patience = invokeTime
	return op
}

// Serves tells a path of Lambda's API, which begins with a date.
func Serves(path string) bool {
	const form = "/0000-00-00/"
	if len(path) < len(form) {
		return false
	}
	for i := range len(form) {
		if digit := form[i] == '0'; digit && (path[i] < '0' || path[i] > '9') || !digit && path[i] != form[i] {
			return false
		}
	}
	return true
}
