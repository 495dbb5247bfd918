package watch

import (
	"testing"
	"time"

	"ssdgm/engine"
	"ssdgm/engine/ref"
)

// slow is a device whose Sync takes long.
type slow struct {
	engine.Device
	delay time.Duration
}

func (s *slow) Sync() error {
	time.Sleep(s.delay)
	return s.Device.Sync()
}

// Room is what a card has.
func (s *slow) Room(int64) int64 { return 7 }

// TestAWaitOverItsLimitIsToldOnce waits twice, once for longer than the limit.
func TestAWaitOverItsLimitIsToldOnce(t *testing.T) {
	told, alive := make(chan string, 3), 0
	w := New(200*time.Millisecond, func() { alive++ }, func(wait string) { told <- wait })
	s := &slow{Device: ref.New[float32](1), delay: time.Millisecond}
	dev := w.Over(s)
	for _, delay := range []time.Duration{time.Millisecond, 2 * time.Second, time.Millisecond} {
		s.delay = delay
		if err := dev.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond)
	if len(told) != 1 || <-told != "Sync" || alive != 3 {
		t.Errorf("want one wait for Sync told and three ended, found %d told, %d ended", len(told), alive)
	}
}

// TestAPauseOfTheProcessIsNoHang lets ticks fail to come, as where the process was stopped.
func TestAPauseOfTheProcessIsNoHang(t *testing.T) {
	w := New(time.Hour, func() {}, func(wait string) { t.Errorf("told that %s hangs", wait) })
	w.begin("Sync")
	for range ticks - 1 {
		w.look()
	}
	w.end()
	w.look()
}

func TestAWatchedDeviceComputesTheSame(t *testing.T) {
	alive := 0
	w := New(0, func() { alive++ }, nil)
	dev := w.Over(&slow{Device: ref.New[float32](1)})
	if card, ok := dev.(interface{ Room(int64) int64 }); !ok || card.Room(0) != 7 {
		t.Error("want the card's memory seen through the watch")
	}
	if _, ok := w.Over(ref.New[float32](1)).(roomy); ok {
		t.Error("want no memory of its own where there is none")
	}
	sum, x := dev.NewDoubles(1), dev.NewFloats(3)
	dev.WriteFloats(x, 0, []float32{1, 2, 3})
	dev.Compile([]engine.Step{engine.AddSum{Sum: sum, X: x}}).Run(2)
	found := make([]float64, 1)
	if dev.ReadDoubles(found, sum, 0); found[0] != 12 || alive != 2 {
		t.Errorf("want 12 after two waits, found %g after %d", found[0], alive)
	}
}
