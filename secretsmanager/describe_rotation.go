package secretsmanager

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// DescribeRotationOutput is the history of a secret's rotations, latest first.
type DescribeRotationOutput struct {
	RotationSummary
	RotationLambdaARN string            `json:"RotationLambdaARN,omitempty"`
	History           []RotationHistory `json:"History"`
}

// RotationHistory is one rotation, under way or ended.
type RotationHistory struct {
	VersionID       string         `json:"VersionId"`
	Cause           string         `json:"Cause"`
	Test            bool           `json:"Test"`
	State           string         `json:"State"`
	StartedDate     awsjson.Time   `json:"StartedDate"`
	EndedDate       awsjson.Time   `json:"EndedDate,omitzero"`
	NextAttemptDate awsjson.Time   `json:"NextAttemptDate,omitzero"`
	GapMilliseconds *float64       `json:"GapMilliseconds,omitzero"`
	Error           string         `json:"Error,omitempty"`
	Steps           []RotationStep `json:"Steps"`
}

// RotationStep is one invocation of the rotation function.
type RotationStep struct {
	Attempt      int64        `json:"Attempt"`
	Step         string       `json:"Step"`
	StartedDate  awsjson.Time `json:"StartedDate"`
	Milliseconds float64      `json:"Milliseconds"`
	Error        string       `json:"Error,omitempty"`
	Notes        []string     `json:"Notes,omitempty"`
}

const shownHistory = 50 // rotations

func (s *Service) describeRotation(c *call, in *SecretIDInput) (*DescribeRotationOutput, error) {
	return door.View(c, func(tx *store.Tx) (*DescribeRotationOutput, error) {
		sec, err := s.open(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		jobs, err := tx.Jobs(sec.Key, shownHistory)
		if err != nil {
			return nil, err
		}
		freezes, err := tx.FreezesOf(sec)
		if err != nil {
			return nil, err
		}
		out := &DescribeRotationOutput{
			RotationSummary: summarize(sec, jobs, freezes, tx.Now()), RotationLambdaARN: sec.Rotation.FunctionARN, History: []RotationHistory{},
		}
		for _, job := range jobs {
			steps, err := tx.Steps(job.ID)
			if err != nil {
				return nil, err
			}
			out.History = append(out.History, historyOf(job, steps))
		}
		return out, nil
	})
}

func historyOf(job *secret.Job, steps []secret.StepRecord) RotationHistory {
	h := RotationHistory{
		VersionID: job.Token, Cause: string(job.Cause), Test: job.Test, State: string(job.State),
		StartedDate: awsjson.Time(job.Started), EndedDate: awsjson.Time(job.Ended), Error: job.Error, Steps: []RotationStep{},
	}
	if job.State == secret.Running {
		h.NextAttemptDate = awsjson.Time(job.NextAttempt)
	}
	if gap := job.Gap(); gap > 0 {
		ms := duration(gap)
		h.GapMilliseconds = &ms
	}
	for _, st := range steps {
		h.Steps = append(h.Steps, RotationStep{
			Attempt: int64(st.Attempt), Step: string(st.Step), StartedDate: awsjson.Time(st.Started),
			Milliseconds: duration(st.Took), Error: st.Error, Notes: st.Notes,
		})
	}
	return h
}
