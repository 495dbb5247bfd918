package data

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/model/trained/transform"
	"ssdgm/train/data/spool"
)

// spooled is a set with its values in a file, in another order than that of the examples.
func spooled(t *testing.T, set *Set) *Set {
	t.Helper()
	store, d := &spool.Store{}, set.D()
	t.Cleanup(func() {
		if err := store.Close(false); err != nil {
			t.Error(err)
		}
	})
	b, file := store.Builder(spool.Options{Width: d, Rows: -1}), *set
	for i := range set.N {
		file.Order = append(file.Order, int32(set.N-1-i))
		if err := b.Append(set.Floats[(set.N-1-i)*d:][:d]); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if file.Floats, file.Spooled, err = b.Finish(); err != nil {
		t.Fatal(err)
	}
	return &file
}

// TestASetInAFileIsTheSetInMemory holds it of all that is asked of a set.
func TestASetInAFileIsTheSetInMemory(t *testing.T) {
	nan := float32(math.NaN())
	memory := &Set{
		Name: "toy", N: 6, Height: 1, Width: 2, Channels: 1, Classes: 2, Unsplit: true,
		Labels: []uint8{0, 1, 0, 1, Unlabelled, 1},
		Floats: []float32{1, 2, 3, 4, 0, nan, 7, 0, 9, 10, 3, 4},
	}
	file := spooled(t, memory)
	requireSameSet := func(what string, found, want *Set) {
		t.Helper()
		if !found.Real() || found.Check() != nil || found.Digest() != want.Digest() {
			t.Errorf("%s: another set", what)
		}
		if !slices.EqualFunc(found.Inputs(), want.Inputs(), func(a, b float32) bool { return transform.Bits(a) == transform.Bits(b) }) {
			t.Errorf("%s: found %v, want %v", what, found.Inputs(), want.Inputs())
		}
		if diff := cmp.Diff(want.Info(), found.Info()); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		if !slices.Equal(found.Labels, want.Labels) || !slices.Equal(found.Places, want.Places) {
			t.Errorf("%s: other labels or places", what)
		}
	}
	requireSameSet("all", file, memory)
	places := []int32{4, 0, 3}
	requireSameSet("picked", file.Picked(places), memory.Picked(places))
	requireSameSet("picked twice", file.Picked(places).Picked([]int32{2, 1}), memory.Picked(places).Picked([]int32{2, 1}))
	requireSameSet("the last", file.Last(2), memory.Last(2))
	requireSameSet("both ends", file.Ends(1, 4), memory.Ends(1, 4))
	arranged, err := file.Arranged(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	want, err := memory.Arranged(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	requireSameSet("arranged", arranged, want)
	if n, all := file.Shared(memory.Picked([]int32{1, 0})); n != 3 || !all {
		t.Errorf("%d examples are shared, want 3", n)
	}
	file.Width = 3
	if file.Check() == nil {
		t.Error("rows of another width pass")
	}
}
