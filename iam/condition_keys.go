package iam

import (
	"slices"
	"strings"
)

// conditionKey gives the values of a global condition key that is about the
// caller (iam-kms.md, 1.6); the key is in lower case.
func (c Caller) conditionKey(key string) []string {
	switch key {
	case "aws:principalarn":
		return given(c.principalARN())
	case "aws:principalaccount":
		return given(c.Account)
	case "aws:principaltype":
		return given(string(c.principalType()))
	case "aws:principalisawsservice":
		return []string{"false"}
	case "aws:userid":
		return given(c.PrincipalID)
	case "aws:username":
		return given(c.userName())
	}
	if name, ok := strings.CutPrefix(key, "aws:principaltag/"); ok {
		return c.tag(name)
	}
	return nil
}

// principalARN is the role's for its sessions.
func (c Caller) principalARN() string {
	if c.Issuer != "" {
		return c.Issuer
	}
	return c.ARN
}

// userName is the last part of a user's ARN, whose path comes before it.
func (c Caller) userName() string {
	if c.Type != User {
		return ""
	}
	return c.ARN[strings.LastIndexByte(c.ARN, '/')+1:]
}

// tag finds a tag in any case. Of tags that differ in case only, the first in
// the alphabet counts, so that an answer does not depend on chance.
func (c Caller) tag(name string) []string {
	var found []string
	for key := range c.Tags {
		if strings.EqualFold(key, name) {
			found = append(found, key)
		}
	}
	if found == nil {
		return nil
	}
	return []string{c.Tags[slices.Min(found)]}
}

func given(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}
