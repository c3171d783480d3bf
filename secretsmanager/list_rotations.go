package secretsmanager

import (
	"time"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// ListRotationsInput asks for the secrets that rotate: what an operator looks
// at first, and AWS does not show.
type ListRotationsInput struct {
	MaxResults *int64  `json:"MaxResults"`
	NextToken  *string `json:"NextToken"`
}

// ListRotationsOutput is a page of them, by name.
type ListRotationsOutput struct {
	Rotations []RotationSummary `json:"Rotations"`
	NextToken string            `json:"NextToken,omitempty"`
}

// RotationSummary is how the rotation of one secret stands.
type RotationSummary struct {
	ARN              string       `json:"ARN"`
	Name             string       `json:"Name"`
	RotationEnabled  bool         `json:"RotationEnabled"`
	Schedule         string       `json:"Schedule,omitempty"`
	State            string       `json:"State"`
	LastRotatedDate  awsjson.Time `json:"LastRotatedDate,omitzero"`
	NextRotationDate awsjson.Time `json:"NextRotationDate,omitzero"`
	StartsAt         awsjson.Time `json:"StartsAt,omitzero"`
	Attempts         int64        `json:"Attempts"`
	NextAttemptDate  awsjson.Time `json:"NextAttemptDate,omitzero"`
	LastError        string       `json:"LastError,omitempty"`
	Advice           string       `json:"Advice,omitempty"` // what a person should do
	FrozenUntil      awsjson.Time `json:"FrozenUntil,omitzero"`
	FreezeReason     string       `json:"FreezeReason,omitempty"`
}

func (s *Service) listRotations(c *call, in *ListRotationsInput) (*ListRotationsOutput, error) {
	if err := c.authorizeAll(); err != nil {
		return nil, err
	}
	page := store.Listing{
		Account: c.Caller.Account, Region: c.Caller.Region, By: store.ByName,
		Limit: pageSize(in.MaxResults), Deleted: true, Rotating: true,
	}
	query := door.Query("ListRotations", page.Account, page.Region)
	if err := s.openPage(in.NextToken, query, &page.After); err != nil {
		return nil, err
	}
	out := &ListRotationsOutput{Rotations: []RotationSummary{}}
	return door.View(c, func(tx *store.Tx) (*ListRotationsOutput, error) {
		found, err := tx.Secrets(page)
		if err != nil {
			return nil, err
		}
		freezes, err := tx.Freezes(page.Account, page.Region)
		if err != nil {
			return nil, err
		}
		for _, sec := range found {
			jobs, err := tx.Jobs(sec.Key, 1)
			if err != nil {
				return nil, err
			}
			out.Rotations = append(out.Rotations, summarize(sec, jobs, freezes, tx.Now()))
		}
		if len(found) == page.Limit {
			out.NextToken = door.SealPlace(s.Pages, query, store.CursorAt(found[len(found)-1], page.By))
		}
		return out, nil
	})
}

// summarize tells of a secret and its latest rotation, if it had one.
func summarize(sec *secret.Secret, latest []*secret.Job, freezes secret.Freezes, now time.Time) RotationSummary {
	r := sec.Rotation
	starts, _ := sec.Planned(freezes)
	out := RotationSummary{
		ARN: sec.ARN.String(), Name: sec.Name(), RotationEnabled: r.Enabled, Schedule: r.Rules.String(),
		State: "waiting", LastRotatedDate: awsjson.Time(r.LastRotated),
		NextRotationDate: awsjson.Time(sec.NextRotationDate(freezes)), StartsAt: awsjson.Time(starts),
	}
	if until, frozen := freezes.Until(sec, now); frozen {
		on, _ := freezes.On(sec, now)
		out.FrozenUntil, out.FreezeReason = awsjson.Time(until), on.Reason
	}
	if !r.Enabled {
		out.State = "off"
	}
	if len(latest) == 0 {
		return out
	}
	job := latest[0]
	out.Attempts, out.LastError = int64(job.Attempt), job.Error
	if job.Waiting() {
		out.Advice = "mend the cause, then: alberti rotation retry " + sec.Name()
	}
	if job.State != secret.Running {
		out.State = string(job.State)
		return out
	}
	out.State = "running"
	if !sec.DeleteAt.IsZero() {
		out.State = "suspended" // until the secret is restored
	} else if job.Attempt > 1 && job.Lease == "" {
		out.State, out.Attempts = "retrying", int64(job.Attempt-1)
		out.NextAttemptDate = awsjson.Time(job.NextAttempt)
	}
	return out
}

// duration is a length of time on the operator's wire: milliseconds with
// decimals.
func duration(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
