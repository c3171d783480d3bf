package policy

import (
	"regexp"
	"slices"
	"strings"
)

// resources are the patterns of Resource or NotResource.
type resources struct {
	not      bool
	patterns []resource
}

// resource is `*`, or an ARN of which the service is fixed. What follows it is
// one pattern: a star in it goes on over colons (iam-kms.md, 1.3).
type resource struct {
	all       bool
	partition glob
	service   string
	rest      value
}

// parts are an ARN cut up as resource compares it.
type parts struct{ partition, service, rest string }

func cut(arn string) (parts, bool) {
	part := strings.SplitN(arn, ":", 4)
	if len(part) < 4 || part[0] != "arn" {
		return parts{}, false
	}
	return parts{part[1], part[2], part[3]}, true
}

func (p *parser) resources(n node) (*resources, error) {
	list, not, err := n.pick("Resource", "NotResource")
	if err != nil {
		return nil, err
	}
	if p.kind == Trust {
		if list.kind != 0 {
			return nil, syntax("Has prohibited field Resource.")
		}
		return nil, nil
	}
	if list.kind == 0 || list.kind == '[' && len(list.items) == 0 {
		return nil, syntax("Policy statement must contain resources.")
	}
	texts, err := list.texts()
	if err != nil {
		return nil, err
	}
	out := &resources{not: not}
	for _, text := range texts {
		r, err := p.resource(text)
		if err != nil {
			return nil, err
		}
		out.patterns = append(out.patterns, r)
	}
	return out, nil
}

var (
	partitionForm = regexp.MustCompile(`^[a-z*?-]+$`)
	serviceForm   = regexp.MustCompile(`^[a-z0-9-]+$`)
)

func (p *parser) resource(text string) (resource, error) {
	if text == "*" {
		return resource{all: true}, nil
	}
	arn, ok := cut(text)
	switch {
	case !ok || arn.rest == "":
		return resource{}, syntax(`Resource ` + text + ` must be in ARN format or "*".`)
	case !partitionForm.MatchString(arn.partition):
		return resource{}, syntax(`Partition "` + arn.partition + `" is not valid for resource "` + text + `".`)
	case !serviceForm.MatchString(arn.service):
		return resource{}, syntax("Resource vendor must be fully qualified and cannot contain regexes.")
	case p.modern && variableBefore(arn.rest):
		return resource{}, syntax(syntaxErrors)
	}
	rest, err := p.value(arn.rest)
	return resource{partition: globOf(arn.partition), service: arn.service, rest: rest}, err
}

// variableBefore tells of a variable in the region or the account of an ARN,
// where there may be none.
func variableBefore(rest string) bool {
	segment := strings.SplitN(rest, ":", 3)
	return slices.ContainsFunc(segment[:min(2, len(segment))], func(s string) bool { return strings.Contains(s, "${") })
}

// cover tells whether a resource is one of them. A variable without a value
// makes the statement say nothing (iam-kms.md, 1.4).
func (r *resources) cover(arn string, ctx Context) bool {
	if r == nil {
		return true
	}
	found := false
	for _, pattern := range r.patterns {
		rest, ok := pattern.rest.in(ctx)
		if !ok {
			return false
		}
		found = found || pattern.all || pattern.covers(arn, rest)
	}
	return r.not != found
}

func (r resource) covers(arn string, rest pattern) bool {
	a, ok := cut(arn)
	return ok && r.service == a.service && r.partition.matches(a.partition) && rest.glob.matches(a.rest)
}
