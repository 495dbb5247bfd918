package experiment

import (
	"context"
	"errors"
	"testing"
	"time"

	"ssdgm/train"
)

// A request to stop that is not heard soon is answered in words; one that is, or that never comes, is not.
func TestARequestToStopIsAnswered(t *testing.T) {
	t.Parallel()
	var k keeper
	k.session.Store(&train.Session{})
	for name, c := range map[string]struct {
		cause error
		over  bool
		want  string
	}{
		"a signal": {errors.New("asked to stop by SIGHUP"), false, "asked to stop by SIGHUP: training ends after the step under way"},
		"the time": {nil, false, "asked to stop: training ends after the step under way"},
		"soon":     {nil, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			said := make(chan string, 1)
			release := k.answer(ctx, func(line string) { said <- line })
			cancel(c.cause)
			if c.over {
				release()
			} else {
				defer release()
			}
			found := ""
			select {
			case found = <-said:
			case <-time.After(3 * unheard):
			}
			if found != c.want {
				t.Errorf("want %q, found %q", c.want, found)
			}
		})
	}
}
