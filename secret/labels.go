package secret

import (
	"slices"
	"strings"
	"unicode"

	"github.com/alberti-dev/alberti/fault"
)

// The labels that Secrets Manager itself moves.
const (
	Current  = "AWSCURRENT"
	Pending  = "AWSPENDING"
	Previous = "AWSPREVIOUS"
)

const maxLabels = 20 // across all versions of a secret (secrets-manager.md, 8)

// Holder finds the version that holds a label, nil when none does.
func (s *Secret) Holder(label string) *Version {
	for i := range s.Versions {
		if slices.Contains(s.Versions[i].Labels, label) {
			return &s.Versions[i]
		}
	}
	return nil
}

// CurrentID is the id of the version that holds AWSCURRENT, "" when none does.
func (s *Secret) CurrentID() string {
	if v := s.Holder(Current); v != nil {
		return v.ID
	}
	return ""
}

// Labelled gives the versions that hold labels, by id: DescribeSecret's
// VersionIdsToStages.
func (s *Secret) Labelled() map[string][]string {
	out := map[string][]string{}
	for _, v := range s.Versions {
		if len(v.Labels) > 0 {
			out[v.ID] = v.Labels
		}
	}
	return out
}

// Move is UpdateSecretVersionStage (secrets-manager.md, 2.4): the label leaves
// the version from and comes to the version to; either may be "".
func (s *Secret) Move(label, from, to string) error {
	if err := checkLabel(label); err != nil {
		return err
	}
	holder := s.Holder(label)
	if err := s.checkMove(label, holder, from, to); err != nil {
		return err
	}
	if to == "" {
		holder.drop(label)
		return nil
	}
	target := s.Version(to)
	if target == nil {
		return fault.New(fault.NotFound, "Secrets Manager can't find the specified secret value for VersionId: %s", to)
	}
	if label == Current && !target.HasValue {
		return fault.New(fault.InvalidRequest,
			"You can't move staging label %s to version %s because that version has no value yet.", label, to)
	}
	s.attach(label, target)
	return s.checkLabelCount()
}

func (s *Secret) checkMove(label string, holder *Version, from, to string) error {
	switch {
	case from == "" && to == "":
		return fault.New(fault.InvalidParameter,
			"You must specify RemoveFromVersionId, MoveToVersionId, or both.")
	case to == "" && label == Current:
		return fault.New(fault.InvalidParameter,
			"You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.")
	case holder == nil && from == "":
		return nil
	case holder != nil && from == holder.ID:
		return nil
	case holder != nil && from == "" && holder.ID == to:
		return nil // it is there already
	case from == "":
		return fault.New(fault.InvalidParameter,
			"The parameter RemoveFromVersionId can't be empty. Staging label %s is currently attached to version %s, so you must explicitly reference that version in RemoveFromVersionId.",
			label, holder.ID)
	case s.Version(from) == nil:
		return fault.New(fault.InvalidParameter, "Not a valid version: %s", from)
	case to == "" || holder == nil:
		return fault.New(fault.InvalidParameter, "Version stage %s not found in version %s", label, from)
	}
	return fault.New(fault.InvalidParameter,
		"When you move staging label %s, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label %s.",
		label, label)
}

// attach puts a label on a version, taking it from wherever it was. It is the
// one place where labels move, and so where AWSPREVIOUS follows AWSCURRENT.
func (s *Secret) attach(label string, to *Version) {
	from := s.Holder(label)
	if from == to {
		return
	}
	if from != nil {
		from.drop(label)
	}
	to.Labels = append(to.Labels, label)
	slices.Sort(to.Labels)
	if label == Current && from != nil {
		from.drop(Pending)
		s.attach(Previous, from)
	}
	if label == Current {
		to.drop(Previous)
	}
}

func (v *Version) drop(label string) {
	v.Labels = slices.DeleteFunc(v.Labels, func(l string) bool { return l == label })
}

func (s *Secret) checkLabelCount() error {
	n := 0
	for _, v := range s.Versions {
		n += len(v.Labels)
	}
	if n > maxLabels {
		return fault.New(fault.LimitExceeded,
			"You can't attach more than %d staging labels to the versions of secret %s.", maxLabels, s.ARN)
	}
	return nil
}

// checkLabel refuses control characters, which no AWS label is known to hold
// and which would make listings ambiguous.
func checkLabel(label string) error {
	if strings.IndexFunc(label, unicode.IsControl) >= 0 {
		return fault.New(fault.InvalidParameter, "A staging label can't contain control characters.")
	}
	return nil
}
