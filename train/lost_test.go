package train

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"ssdgm/engine"
)

// lost is a device that is gone from some call on, as a card whose driver was loaded anew: what is asked of it then does
// nothing, and what is read from it is what stood there before.
type lost struct {
	engine.Device
	calls *int // until it is gone, of all devices of a session
	reads bool // only those of ReadFloats count, as when a state is read to be saved
}

var errLost = fmt.Errorf("lost: device unavailable: %w", engine.ErrDeviceFault)

// here counts a call, and tells whether the device does it.
func (d *lost) here(read bool) bool {
	if read || !d.reads {
		*d.calls--
	}
	return *d.calls >= 0
}

func (d *lost) Sync() error {
	if d.here(false) {
		return d.Device.Sync()
	}
	return errLost
}

func (d *lost) ReadFloats(dst []float32, src engine.Floats, replica int) {
	if d.here(true) {
		d.Device.ReadFloats(dst, src, replica)
	}
}

func (d *lost) ReadDoubles(dst []float64, src engine.Doubles, replica int) {
	if d.here(false) {
		d.Device.ReadDoubles(dst, src, replica)
	}
}

func (d *lost) ReadInts(dst []int32, src engine.Ints, replica int) {
	if d.here(false) {
		d.Device.ReadInts(dst, src, replica)
	}
}

func (d *lost) Compile(steps []engine.Step) engine.Program {
	return &lostProgram{d.Device.Compile(steps), d}
}

type lostProgram struct {
	engine.Program
	dev *lost
}

func (p *lostProgram) Run(times int) {
	if p.dev.here(false) {
		p.Program.Run(times)
	}
}

// openLost opens devices that are gone after so many calls.
func openLost(calls *int, reads bool) opener {
	return func(replicas int) (engine.Device, error) {
		dev, err := openCPUs(replicas)
		return &lost{dev, calls, reads}, err
	}
}

// TestARunWhoseDeviceIsLostGoesOnToTheSameBytes takes the device away at one call after another. The error names the
// step and the checkpoint, no half of a state comes to the disk, and the same command ends as a run left alone.
func TestARunWhoseDeviceIsLostGoesOnToTheSameBytes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sets  []string
		reads bool
		every int // so many calls
	}{
		"any call":       {[]string{"select=validation"}, false, 67},
		"reads":          {[]string{"select=validation"}, true, 11},
		"a baseline":     {[]string{"model=m1tsvm", "yardstick=false", "tsvm.unlabelled=50"}, false, 499},
		"seeds together": {[]string{"seeds=[3,4]"}, false, 149},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const many = 1 << 30
			dir, left := t.TempDir(), many
			alone := filepath.Join(dir, "alone")
			trainGrid(t, openLost(&left, c.reads), alone, c.sets...)
			all, times := many-left, 0
			for at := 0; at < all; at += c.every {
				folder := filepath.Join(dir, fmt.Sprint(at))
				left = at
				_, _, err := trainGridUntil(t, "", openLost(&left, c.reads), folder, c.sets...)
				if err == nil || !errors.Is(err, engine.ErrDeviceFault) || !strings.Contains(err.Error(), "the same command goes on") ||
					!strings.Contains(err.Error(), "checkpoint") {
					t.Fatalf("lost at call %d of %d: want an error that says how to go on, found %v", at, all, err)
				}
				trainGrid(t, openCPUs, folder, c.sets...)
				runs := []string{""}
				if name == "seeds together" {
					runs = []string{"seed3", "seed4"}
				}
				for _, run := range runs {
					requireSame(t, fmt.Sprintf("lost at call %d of %d", at, all), filepath.Join(folder, run), filepath.Join(alone, run))
				}
				if t.Failed() {
					return
				}
				times++
			}
			t.Logf("lost %d times, at one of %d calls", times, all)
		})
	}
}
