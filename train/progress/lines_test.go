package progress

import (
	"strings"
	"testing"
	"time"
)

// Where lines of metrics are rare, steps are told of now and then.
func TestLinesAreNotQuietForLong(t *testing.T) {
	var said strings.Builder
	l := &lines{w: &said}
	l.Phase("m1", 1, 0, 100)
	l.Step(2)
	l.last = time.Now().Add(-quiet)
	l.Step(3)
	l.Step(4)
	if found := said.String(); strings.Count(found, "\n") != 1 || !strings.HasPrefix(found, "m1: step 3 of 100, ") {
		t.Errorf("want one line of step 3, found %q", found)
	}
}
