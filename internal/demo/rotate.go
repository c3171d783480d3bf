package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

const (
	rotationLimit = 20 * time.Second
	pollEvery     = 10 * time.Millisecond
)

// history is one rotation as alberti rotation show --json tells it.
type history struct {
	VersionID       string `json:"VersionId"`
	State           string
	StartedDate     float64 // seconds
	EndedDate       float64
	GapMilliseconds float64
	Steps           []struct {
		Step, Error  string
		Milliseconds float64
		Notes        []string
	}
}

func (h history) took() time.Duration {
	return time.Duration((h.EndedDate - h.StartedDate) * float64(time.Second)).Round(time.Millisecond)
}

func (h history) gap() time.Duration {
	return time.Duration(h.GapMilliseconds * float64(time.Millisecond))
}

// rotate asks for a rotation and shows its steps as they happen, each with what
// it does. It gives back the ended rotation, which has succeeded.
func (d *demo) rotate(ctx context.Context, in *secretsmanager.RotateSecretInput, title string, does map[string]string) (history, error) {
	began := time.Now()
	out, err := d.api.RotateSecret(ctx, in)
	if err != nil {
		return history{}, err
	}
	d.screen.line("RotateSecret", title, time.Since(began))
	h, err := d.follow(ctx, aws.ToString(out.Name), aws.ToString(out.VersionId), does)
	if err != nil {
		return h, fmt.Errorf("rotation of %s: %w", aws.ToString(out.Name), err)
	}
	d.screen.line("rotated", "in four steps, from the request to RotationSucceeded", h.took())
	return h, d.promoted(ctx, aws.ToString(out.Name), h.VersionID)
}

// follow shows the steps of a rotation until it has succeeded.
func (d *demo) follow(ctx context.Context, name, version string, does map[string]string) (history, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, rotationLimit, fmt.Errorf("not done after %v", rotationLimit))
	defer cancel()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for shown := 0; ; {
		h, err := d.history(ctx, name, version)
		if err != nil {
			return h, errors.Join(context.Cause(ctx), err)
		}
		for ; shown < len(h.Steps); shown++ {
			s := h.Steps[shown]
			if s.Error != "" {
				return h, fmt.Errorf("%s: %s", s.Step, s.Error)
			}
			d.screen.step(s.Step, does[s.Step], time.Duration(s.Milliseconds*float64(time.Millisecond)))
			for _, n := range s.Notes {
				d.screen.note(n)
			}
		}
		switch h.State {
		case "succeeded":
			return h, nil
		case "running":
		default:
			return h, fmt.Errorf("it ended as %s", h.State)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return h, context.Cause(ctx)
		}
	}
}

// history asks the operator's command about one rotation.
func (d *demo) history(ctx context.Context, name, version string) (history, error) {
	cmd := exec.CommandContext(ctx, d.program, "rotation", "show", name, "--json", "--data", d.data())
	text, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return history{}, fmt.Errorf("alberti rotation show: %w", err)
	}
	var shown struct{ History []history }
	if err := json.Unmarshal(text, &shown); err != nil {
		return history{}, err
	}
	for _, h := range shown.History {
		if h.VersionID == version {
			return h, nil
		}
	}
	return history{}, fmt.Errorf("the history lacks version %s", version)
}

// promoted checks that a rotation did to the labels what it said.
func (d *demo) promoted(ctx context.Context, name, version string) error {
	out, err := d.api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(name)})
	if err != nil {
		return err
	}
	labels := out.VersionIdsToStages[version]
	if !slices.Contains(labels, current) {
		return fmt.Errorf("the rotation of %s succeeded, but its new version has the labels %q", name, labels)
	}
	if out.LastRotatedDate == nil || time.Since(*out.LastRotatedDate) > time.Minute {
		return fmt.Errorf("LastRotatedDate of %s is not now", name)
	}
	return nil
}

// next shows when a secret is rotated again.
func (d *demo) next(ctx context.Context, name string) error {
	out, err := d.api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(name)})
	if err != nil {
		return err
	}
	if out.NextRotationDate == nil || !out.NextRotationDate.After(time.Now()) {
		return fmt.Errorf("NextRotationDate of %s is not to come", name)
	}
	d.screen.promise("NextRotationDate", out.NextRotationDate.UTC().Format("Mon 2 Jan 2006, by 15:04:05 MST"))
	return nil
}
