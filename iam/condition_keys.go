package iam

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// conditionKey gives the values of a global condition key that is about the
// caller (iam-kms.md, 1.6); the key is in lower case.
func (c Caller) conditionKey(key string) []string {
	switch key {
	case "aws:principalarn":
		return Given(c.principalARN())
	case "aws:principalaccount":
		return Given(c.Account)
	case "aws:principaltype":
		return Given(string(c.principalType()))
	case "aws:principalisawsservice":
		return []string{strconv.FormatBool(c.Type == Service)}
	case "aws:principalservicename":
		return c.serviceName()
	case "aws:sourcearn":
		return Given(c.SourceARN)
	case "aws:sourceaccount":
		return Given(c.SourceAccount)
	case "aws:tokenissuetime":
		return c.issued()
	case "aws:multifactorauthpresent":
		return c.withMFA()
	case "aws:sourceidentity":
		return c.sourceIdentity()
	case "aws:userid":
		return Given(c.PrincipalID)
	case "aws:username":
		return Given(c.userName())
	}
	if name, ok := strings.CutPrefix(key, "aws:principaltag/"); ok {
		return c.tag(name)
	}
	return nil
}

// serviceName is there for services only, whose name is no ARN.
func (c Caller) serviceName() []string {
	if c.Type != Service {
		return nil
	}
	return Given(c.ARN)
}

func (c Caller) issued() []string {
	if c.Session == nil {
		return nil
	}
	return []string{c.Session.Issued.UTC().Format(time.RFC3339)}
}

// withMFA is there for sessions only, and nobody here can begin one with a second
// factor.
func (c Caller) withMFA() []string {
	if c.Session == nil {
		return nil
	}
	return []string{"false"}
}

func (c Caller) sourceIdentity() []string {
	if c.Session == nil {
		return nil
	}
	return Given(c.Session.SourceIdentity)
}

// principalARN is the role's for its sessions, and that of a service is none.
func (c Caller) principalARN() string {
	if c.Type == Service {
		return ""
	}
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

// Given is what a condition key has that has one value, or none where that is empty.
func Given(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}
