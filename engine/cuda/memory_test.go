//go:build cuda

package cuda

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cuda/internal/standin"
)

// packed is a device as training has it, with arrays side by side.
func packed(t testing.TB, replicas int) *device {
	t.Helper()
	d := opened(t, Options{Replicas: replicas})
	d.guarded = false
	return d
}

func TestReplicasLieAlike(t *testing.T) {
	d := packed(t, 3)
	defer closed(t, d)
	for _, n := range []int{0, 1, 31, 32, 33, 1025} {
		floats, doubles, ints := d.floats(d.NewFloats(n)), d.doubles(d.NewDoubles(n)), d.ints(d.NewInts(n))
		for what, at := range map[string][2]int64{
			"floats": {int64(floats.Ptr), 4 * floats.Stride}, "doubles": {int64(doubles.Ptr), 8 * doubles.Stride}, "ints": {int64(ints.Ptr), 4 * ints.Stride},
		} {
			if at[0]%blockAlignment != 0 || at[1]%replicaAlignment != 0 {
				t.Errorf("%d %s start at %#x, %d bytes apart", n, what, at[0], at[1])
			}
		}
	}
}

func TestReleaseTakesBackWhatCameAfterTheMark(t *testing.T) {
	d := packed(t, 2)
	defer closed(t, d)
	kept := d.NewFloats(1000)
	d.WriteFloats(kept, 1, slices.Repeat([]float32{7}, 1000))
	mark := d.Mark()
	var first []uint64
	for round := range 3 {
		var starts []uint64
		// Enough for several chunks, of all kinds.
		for range 40 {
			a, b, c := d.NewFloats(30_000), d.NewDoubles(5), d.NewInts(70)
			starts = append(starts, d.floats(a).Ptr, d.doubles(b).Ptr, d.ints(c).Ptr)
			for _, v := range readAll(d, a, 1) {
				if v != 0 {
					t.Fatalf("round %d: a new array is not zero", round)
				}
			}
			d.WriteFloats(a, 1, slices.Repeat([]float32{3}, 30_000))
		}
		if round == 0 {
			first = starts
		} else if !slices.Equal(starts, first) {
			t.Errorf("round %d does not reuse the memory of the first", round)
		}
		d.Release(mark)
		if d.Mark() != mark {
			t.Errorf("Mark() = %v after the release of %v", d.Mark(), mark)
		}
	}
	for _, v := range readAll(d, kept, 1) {
		if v != 7 {
			t.Fatal("an array from before the mark has changed")
		}
	}
}

func readAll(d *device, a engine.Floats, replica int) []float32 {
	host := make([]float32, a.Len)
	d.ReadFloats(host, a, replica)
	return host
}

func TestBlocksDoNotOverlap(t *testing.T) {
	d := packed(t, 3)
	defer closed(t, d)
	type span struct{ from, to uint64 }
	var spans []span
	for i := range 60 {
		n := 1 + i*i*37%50_000
		d.NewFloats(n)
		d.NewDoubles(n % 7)
		d.NewSharedInts(n % 100)
	}
	for _, blocks := range d.blocks {
		for _, b := range blocks {
			spans = append(spans, span{b.start, b.start + uint64(b.bytes)})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return int(int64(a.from - b.from)) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			t.Fatalf("blocks at %#x and %#x overlap", spans[i-1].from, spans[i].from)
		}
	}
}

func TestCopiesLongerThanTheStagingMemory(t *testing.T) {
	d := packed(t, 2)
	defer closed(t, d)
	const n = staging/4*2 + 77
	a, host := d.NewFloats(n), make([]float32, n)
	for i := range host {
		host[i] = float32(i)
	}
	d.WriteFloats(a, 1, host)
	if !slices.Equal(readAll(d, a, 1), host) {
		t.Error("what is read is not what was written")
	}
	if !slices.Equal(readAll(d, a, 0), make([]float32, n)) {
		t.Error("a copy into one replica has reached another")
	}
}

func TestOutOfMemorySaysWhatWasWantedAndWhatThereIs(t *testing.T) {
	needsStandIn(t)
	standin.Set("memory", "8388608")
	defer standin.Set("memory", "4294967296")
	d := packed(t, 1)
	d.NewFloats(1_000_000)
	if err := d.Sync(); err != nil {
		t.Fatal(err)
	}
	d.NewFloats(5_000_000)
	err := d.Sync()
	if !errors.Is(err, engine.ErrOutOfMemory) {
		t.Fatalf("%v, want it to be engine.ErrOutOfMemory", err)
	}
	for _, want := range []string{"want 19.1 MiB for floats", "free of 8.0 MiB", "the largest arrays are 3.8 MiB of floats", "smaller minibatch"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q, want %q in it", err, want)
		}
	}
	after := d.NewFloats(10)
	d.WriteFloats(after, 0, make([]float32, 10))
	engine.Do(d, engine.AddSum{Sum: d.NewDoubles(1), X: after})
	if d.Sync() != err {
		t.Errorf("later steps change the failure to %v", d.Sync())
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// Room counts what is free on the card and in the arena, less the data that come there.
func TestRoomIsWhatArraysCanStillTake(t *testing.T) {
	needsStandIn(t)
	d := packed(t, 1)
	defer closed(t, d)
	empty := d.Room(0)
	mark := d.Mark()
	d.NewFloats(1 << 20)
	if got := d.Room(0); got != empty-4<<20 {
		t.Errorf("%d bytes beside an array of 4 MiB, want %d", got, empty-4<<20)
	}
	d.Release(mark)
	if got := d.Room(0); got != empty {
		t.Errorf("%d bytes once the array is released, want %d again", got, empty)
	}
	if got := d.Room(1 << 20); got != empty-1<<20 {
		t.Errorf("%d bytes beside data of 1 MiB, want %d", got, empty-1<<20)
	}
	if got := d.Room(3 << 30); got != empty {
		t.Errorf("%d bytes beside data that stay on the host, want all %d", got, empty)
	}
}

// The data set that the card has no room for stays in the host's memory, and gathers
// give the same.
func TestLargeDataStaysOnTheHost(t *testing.T) {
	needsStandIn(t)
	d := packed(t, 2)
	defer closed(t, d)
	const n, width = 3000, 100
	images := make([]uint8, n*width)
	for i := range images {
		images[i] = uint8(i * 31)
	}
	gathered := func() []float32 {
		mark := d.Mark()
		defer d.Release(mark)
		array, index, dst := d.NewSharedBytes(n*width), d.NewInts(2), d.NewFloats(2*width)
		d.WriteBytes(array, images)
		d.WriteInts(index, 1, []int32{n - 1, 17})
		engine.Do(d, engine.GatherPixels{
			Dst: dst, Images: array, Index: index, Width: width, Binarise: engine.BinariseNone,
		})
		return readAll(d, dst, 1)
	}
	want := gathered()
	standin.Set("memory", "500000")
	defer standin.Set("memory", "4294967296")
	if got := gathered(); !slices.Equal(got, want) {
		t.Error("pixels gathered over the bus differ")
	}
	if d.err != nil {
		t.Error(d.err)
	}
}
