package environment

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// layout is where a function finds what it needs, as it sees it.
type layout struct{ task, opt, tmp, runtime string }

// variables are all that a process finds in its environment (lambda.md, 3.3), but
// for the address of its Runtime API.
func variables(f *Function, given map[string]string, l layout, stream string) []string {
	all := defaults(f, l)
	maps.Copy(all, given)
	maps.Copy(all, reserved(f, l, stream))
	list := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// defaults are those that a function's own variables may replace.
func defaults(f *Function, l layout) map[string]string {
	v := map[string]string{
		"LANG": "en_US.UTF-8", "TZ": ":UTC",
		"PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:" + l.opt + "/bin",
		"LD_LIBRARY_PATH": strings.Join([]string{"/var/lang/lib", "/lib64", "/usr/lib64", l.runtime, l.runtime + "/lib",
			l.task, l.task + "/lib", l.opt + "/lib"}, ":"),
		"AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR", "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
	}
	if l.tmp != "/tmp" {
		v["TMPDIR"] = l.tmp // where there is no /tmp of its own
	}
	switch family := runtimeFamily(f.Runtime); family {
	case python:
		v["PYTHONPATH"], v["LC_CTYPE"] = l.runtime, "C.UTF-8"
	case node:
		major := strings.TrimSuffix(strings.TrimPrefix(f.Runtime, "nodejs"), ".x")
		v["NODE_PATH"] = strings.Join([]string{l.opt + "/nodejs/node" + major + "/node_modules", l.opt + "/nodejs/node_modules",
			l.runtime + "/node_modules", l.runtime, l.task}, ":")
	}
	return v
}

// reserved are the platform's own; credentials are left to Function.Env.
func reserved(f *Function, l layout, stream string) map[string]string {
	region := arnPart(f.ARN, 3)
	v := map[string]string{
		"AWS_REGION":                      region,
		"AWS_DEFAULT_REGION":              region,
		"_HANDLER":                        f.Handler,
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     f.Version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       logGroup(f),
		"AWS_LAMBDA_LOG_STREAM_NAME":      stream,
		"LAMBDA_TASK_ROOT":                l.task,
		"LAMBDA_RUNTIME_DIR":              l.runtime,
		"_AWS_XRAY_DAEMON_ADDRESS":        "169.254.100.1",
		"_AWS_XRAY_DAEMON_PORT":           "2000",
	}
	if runtimeFamily(f.Runtime) != provided {
		v["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + f.Runtime
		v["PWD"], v["SHLVL"] = l.task, "0"
	}
	return v
}

// arnPart is a part of an ARN by its place, arn being 0.
func arnPart(arn string, n int) string {
	parts := strings.Split(arn, ":")
	if len(parts) <= n {
		return ""
	}
	return parts[n]
}

// The families of runtimes that are offered.
const (
	python   = "python"
	node     = "node"
	provided = "provided"
)

// runtimeFamily is "" for a runtime that is not offered.
func runtimeFamily(runtime string) string {
	switch {
	case strings.HasPrefix(runtime, "python3."):
		return python
	case strings.HasPrefix(runtime, "nodejs"):
		return node
	case runtime == "provided.al2023", runtime == "provided.al2":
		return provided
	}
	return ""
}

// command is what runs the function, or else where it was looked for in vain.
func command(f *Function, i interpreter, l layout, c *code, given map[string]string) (args, missing []string) {
	switch i.family {
	case provided:
		switch {
		case c.has("task/bootstrap"):
			return []string{path.Join(l.task, "bootstrap")}, nil
		case c.has("opt/bootstrap"):
			return []string{path.Join(l.opt, "bootstrap")}, nil
		}
		return nil, []string{path.Join(l.task, "bootstrap"), path.Join(l.opt, "bootstrap")}
	case python:
		args = []string{i.path, "-u", path.Join(l.runtime, "bootstrap.py"), l.opt}
	case node:
		// V8 collects late where it does not know how little there is.
		heap := max(f.MemoryMB/2, f.MemoryMB-64)
		args = []string{i.path, "--max-old-space-size=" + strconv.Itoa(heap), path.Join(l.runtime, "bootstrap.mjs")}
	}
	if wrapper := given["AWS_LAMBDA_EXEC_WRAPPER"]; wrapper != "" {
		// A shell, because it says 127 of a wrapper that does not exist, as AWS does.
		args = append([]string{"/bin/sh", "-c", `exec "$0" "$@"`, wrapper}, args...)
	}
	return args, nil
}
