package secret_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
)

// A script is played on a new secret. Its steps:
//
//	put v2 one two     PutSecretValue, with the labels one and two
//	stage v2           StartRotation: a placeholder with AWSPENDING
//	move one v1>v2     UpdateSecretVersionStage; either side may be empty
type script []struct{ do, want string }

func (script script) play(t *testing.T) {
	s := newSecret()
	for i, step := range script {
		words := strings.Fields(step.do)
		now := birth.Add(time.Duration(i) * time.Minute)
		var err error
		switch words[0] {
		case "put":
			_, err = s.Put(words[1], words[2:], "", now)
		case "stage":
			err = s.StartRotation(words[1], now)
		case "move":
			from, to, _ := strings.Cut(words[2], ">")
			err = s.Move(words[1], from, to)
		default:
			t.Fatalf("no such step: %s", step.do)
		}
		if err != nil {
			t.Fatalf("%s: %v", step.do, err)
		}
		if got := labels(s); step.want != "" && got != step.want {
			t.Fatalf("after %s:\n got %s\nwant %s", step.do, got, step.want)
		}
	}
}

// TestRecordedLabels replays what was recorded from AWS (secrets-manager.md, 2.0).
func TestRecordedLabels(t *testing.T) {
	promoted := script{
		{"put v1", "v1[AWSCURRENT]"},
		{"put v2 AWSPENDING", "v1[AWSCURRENT] v2[AWSPENDING]"},
		{"move AWSCURRENT v1>v2", "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]"},
	}
	for name, sequence := range map[string]script{
		"1 put and put": {
			{"put v1", "v1[AWSCURRENT]"},
			{"put v2", "v1[AWSPREVIOUS] v2[AWSCURRENT]"},
			{"put v3", "v1[] v2[AWSPREVIOUS] v3[AWSCURRENT]"},
		},
		"2 promote pending": promoted,
		"3 put after promotion": append(slices.Clone(promoted), script{
			{"put v3", "v1[] v2[AWSPREVIOUS] v3[AWSCURRENT]"},
		}...),
		"4 promote again": append(slices.Clone(promoted), script{
			{"put v3 AWSPENDING", "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[AWSPENDING]"},
			{"move AWSCURRENT v2>v3", "v1[] v2[AWSPREVIOUS] v3[AWSCURRENT AWSPENDING]"},
		}...),
		"5 custom labels stay": {
			{"put v1", ""},
			{"put v2 AWSCURRENT PUT0", "v1[AWSPREVIOUS] v2[AWSCURRENT PUT0]"},
			{"put v3", "v1[] v2[AWSPREVIOUS PUT0] v3[AWSCURRENT]"},
			{"put v4", "v1[] v2[PUT0] v3[AWSPREVIOUS] v4[AWSCURRENT]"},
		},
		"6 current and more": {
			{"put v1", ""},
			{"put v2", ""},
			{"put v3 AWSCURRENT PUT0", "v1[] v2[AWSPREVIOUS] v3[AWSCURRENT PUT0]"},
		},
		"7 all labels taken": {
			{"put v1", ""},
			{"put v2 one two three", "v1[AWSCURRENT] v2[one three two]"},
			{"put v3 one two three four", "v1[AWSCURRENT] v2[] v3[four one three two]"},
		},
		"7 some labels taken": {
			{"put v1", ""},
			{"put v2 one two three", "v1[AWSCURRENT] v2[one three two]"},
			{"put v3 one two four", "v1[AWSCURRENT] v2[three] v3[four one two]"},
		},
		"8 a custom label goes": {
			{"put v1", ""},
			{"put v2", ""},
			{"put v3 PUT0", "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[PUT0]"},
			{"move PUT0 v3>", "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[]"},
		},
	} {
		t.Run(name, sequence.play)
	}
}

// TestLabelRules are the rules of 2.0 that no recording shows.
func TestLabelRules(t *testing.T) {
	for name, sequence := range map[string]script{
		"first version is current":   {{"put v1 one", "v1[AWSCURRENT one]"}},
		"first version, even staged": {{"put v1 AWSPENDING", "v1[AWSCURRENT AWSPENDING]"}},
		"a placeholder comes first": {
			{"stage v1", "v1[AWSPENDING]"},
			{"put v1 AWSPENDING", "v1[AWSPENDING]"},
			{"move AWSCURRENT >v1", "v1[AWSCURRENT AWSPENDING]"},
		},
		"rollback": {
			{"put v1", ""},
			{"put v2", "v1[AWSPREVIOUS] v2[AWSCURRENT]"},
			{"move AWSCURRENT v2>v1", "v1[AWSCURRENT] v2[AWSPREVIOUS]"},
		},
		"rollback of a rotation": {
			{"put v1", ""},
			{"put v2 AWSPENDING", ""},
			{"move AWSCURRENT v1>v2", "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]"},
			{"move AWSCURRENT v2>v1", "v1[AWSCURRENT] v2[AWSPREVIOUS]"},
		},
		"current is not previous": {
			{"stage v1", ""},
			{"put v1 AWSPENDING", ""},
			{"move AWSPREVIOUS >v1", "v1[AWSPENDING AWSPREVIOUS]"},
			{"move AWSCURRENT >v1", "v1[AWSCURRENT AWSPENDING]"},
		},
		"rollback past previous": {
			{"put v1", ""},
			{"put v2", ""},
			{"put v3", "v1[] v2[AWSPREVIOUS] v3[AWSCURRENT]"},
			{"move AWSCURRENT v3>v1", "v1[AWSCURRENT] v2[] v3[AWSPREVIOUS]"},
		},
		"a write abandons pending": {
			{"put v1", ""},
			{"put v2 AWSPENDING one", "v1[AWSCURRENT] v2[AWSPENDING one]"},
			{"put v3", "v1[AWSPREVIOUS] v2[one] v3[AWSCURRENT]"},
		},
		"a write with another label does not": {
			{"put v1", ""},
			{"put v2 AWSPENDING", ""},
			{"put v3 one", "v1[AWSCURRENT] v2[AWSPENDING] v3[one]"},
		},
		"a write to pending itself does not": {
			{"put v1", ""},
			{"stage v2", "v1[AWSCURRENT] v2[AWSPENDING]"},
			{"put v2", "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]"},
		},
		"pending moves to who is staged last": {
			{"put v1", ""},
			{"put v2 AWSPENDING", ""},
			{"put v3 AWSPENDING", "v1[AWSCURRENT] v2[] v3[AWSPENDING]"},
		},
		"both labels at once, in either order": {
			{"put v1", ""},
			{"put v2 AWSPENDING AWSCURRENT", "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]"},
			{"put v3 AWSCURRENT AWSPENDING", "v1[] v2[AWSPREVIOUS] v3[AWSCURRENT AWSPENDING]"},
		},
		"a free label is attached": {
			{"put v1", ""},
			{"move one >v1", "v1[AWSCURRENT one]"},
		},
		"a custom label moves": {
			{"put v1 one", ""},
			{"put v2", ""},
			{"move one v1>v2", "v1[AWSPREVIOUS] v2[AWSCURRENT one]"},
		},
		"current to where it is": {
			{"put v1", ""},
			{"put v2", ""},
			{"move AWSCURRENT >v2", "v1[AWSPREVIOUS] v2[AWSCURRENT]"},
			{"move AWSCURRENT v2>v2", "v1[AWSPREVIOUS] v2[AWSCURRENT]"},
		},
		"the cure of a stuck rotation": {
			{"put v1", ""},
			{"stage v2", "v1[AWSCURRENT] v2[AWSPENDING]"},
			{"move AWSPENDING v2>", "v1[AWSCURRENT] v2[]"},
			{"stage v3", "v1[AWSCURRENT] v2[] v3[AWSPENDING]"},
		},
	} {
		t.Run(name, sequence.play)
	}
}

func TestMoveRefuses(t *testing.T) {
	const must = "When you move staging label one, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label one."
	for name, test := range map[string]struct {
		label, from, to string
		kind            fault.Kind
		text            string
	}{
		"current, from unsaid": {"AWSCURRENT", "", "v1", fault.InvalidParameter,
			"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version v2, so you must explicitly reference that version in RemoveFromVersionId."},
		"custom, from unsaid": {"one", "", "v2", fault.InvalidParameter,
			"The parameter RemoveFromVersionId can't be empty. Staging label one is currently attached to version v3, so you must explicitly reference that version in RemoveFromVersionId."},
		"not the holder":        {"one", "v1", "v2", fault.InvalidParameter, must},
		"not the holder, there": {"one", "v1", "v3", fault.InvalidParameter, must},
		"current goes nowhere": {"AWSCURRENT", "v2", "", fault.InvalidParameter,
			"You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed."},
		"to no version":          {"AWSCURRENT", "v2", "v9", fault.NotFound, "Secrets Manager can't find the specified secret value for VersionId: v9"},
		"a free label, nowhere":  {"two", "", "v9", fault.NotFound, "Secrets Manager can't find the specified secret value for VersionId: v9"},
		"from no version":        {"one", "v9", "v2", fault.InvalidParameter, "Not a valid version: v9"},
		"off no version":         {"one", "v9", "", fault.InvalidParameter, "Not a valid version: v9"},
		"off a version that has": {"one", "v1", "", fault.InvalidParameter, "Version stage one not found in version v1"},
		"a free label, from":     {"two", "v1", "v2", fault.InvalidParameter, "Version stage two not found in version v1"},
		"neither":                {"one", "", "", fault.InvalidParameter, "You must specify RemoveFromVersionId, MoveToVersionId, or both."},
		"current to a placeholder": {"AWSCURRENT", "v2", "v4", fault.InvalidRequest,
			"You can't move staging label AWSCURRENT to version v4 because that version has no value yet."},
		"control characters": {"on\x1fe", "", "v1", fault.InvalidParameter, "A staging label can't contain control characters."},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSecret()
			put(t, s, "v1")
			put(t, s, "v2")
			put(t, s, "v3", "one")
			if err := s.StartRotation("v4", birth); err != nil {
				t.Fatal(err)
			}
			before := labels(s)
			wantFault(t, s.Move(test.label, test.from, test.to), test.kind, test.text)
			if got := labels(s); got != before {
				t.Errorf("a refused move changed %s to %s", before, got)
			}
		})
	}
}

func TestHolderAndLabelled(t *testing.T) {
	s := newSecret()
	if s.Holder(secret.Current) != nil || len(s.Labelled()) != 0 {
		t.Errorf("a secret without versions: %v", s.Labelled())
	}
	put(t, s, "v1")
	put(t, s, "v2", "one")
	put(t, s, "v3", "one")
	if got := s.Holder("one"); got == nil || got.ID != "v3" {
		t.Errorf("one is on %v", got)
	}
	got := s.Labelled()
	if len(got) != 2 || !slices.Equal(got["v1"], []string{"AWSCURRENT"}) || !slices.Equal(got["v3"], []string{"one"}) {
		t.Errorf("labelled: %v", got)
	}
}
