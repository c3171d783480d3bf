package rotation_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
)

// TestGapOutlivesTheAttempt: that the target was changed is in no commit of its
// own. Where the attempt that did it was cut off, the gap begins when the journal
// says that the value was sent: in the last sending, for what is sent again was
// refused before.
func TestGapOutlivesTheAttempt(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		var sent []time.Time
		s.fail = func(e rotation.Event) error {
			switch {
			case e.Step == secret.SetSecret && len(sent) < 2:
				sent = append(sent, time.Now())
				err := errors.Join(e.Guard.Claim(s.Context(), account), e.Guard.Sending(s.Context(), secret.Text("new")))
				if len(sent) == 1 {
					err = errors.Join(err, errors.New("syntax error"))
				}
				return err
			case e.Step == secret.SetSecret:
				e.Report.Found = true
			}
			return nil
		}
		s.quiet = true
		crashed := false
		s.reached = func(p rotation.Point) {
			if p == "invoke:testSecret" && !crashed {
				crashed = true
				runtime.Goexit()
			}
		}
		s.request("token")
		s.run(10 * time.Minute)
		job := s.jobs()[0]
		if !crashed || job.State != secret.Succeeded || len(sent) != 2 || !job.Changed.Equal(sent[1].Truncate(time.Microsecond)) {
			t.Errorf("crashed %t, %d times sent, the last %v: %+v", crashed, len(sent), sent[len(sent)-1], job)
		}
	})
}
