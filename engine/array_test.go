package engine_test

import (
	"testing"

	"ssdgm/engine"
)

// blocks is how many arrays there are.
var blocks = 10

// array is an array of n elements of its own.
func array(n int) engine.Floats {
	blocks++
	return engine.Floats{Block: blocks, Len: n, Stride: n}
}

// panics tells whether f does.
func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

func TestSliceKeepsBlockAndStride(t *testing.T) {
	a := engine.Floats{Block: 3, Offset: 100, Len: 20, Stride: 50}
	want := engine.Floats{Block: 3, Offset: 105, Len: 4, Stride: 50}
	if got := a.Slice(5, 4); got != want {
		t.Errorf("Slice(5, 4) = %+v, want %+v", got, want)
	}
	if got := a.At(19); got.Offset != 119 || got.Len != 1 {
		t.Errorf("At(19) = %+v, want offset 119 and one element", got)
	}
}

func TestSliceStaysInsideItsArray(t *testing.T) {
	a := array(20)
	for _, c := range [][2]int{{-1, 2}, {0, 21}, {20, 1}, {5, -1}} {
		if !panics(func() { a.Slice(c[0], c[1]) }) {
			t.Errorf("Slice(%d, %d) of 20 elements does not panic", c[0], c[1])
		}
	}
	if panics(func() { a.Slice(20, 0) }) {
		t.Error("an empty slice at the end panics")
	}
}

func TestOnlyTheZeroArrayIsNil(t *testing.T) {
	if !(engine.Floats{}).IsNil() || array(0).IsNil() {
		t.Error("nil is not the zero array alone")
	}
}

func TestPairsListLabelledThenUnlabelledOverLabels(t *testing.T) {
	p := engine.Pairs{Labelled: 2, Unlabelled: 2, Labels: 3, Samples: 4}
	if p.Examples() != 4 || p.Rows() != 8 || p.SampleRows() != 32 {
		t.Errorf("%d examples, %d rows, %d sample rows; want 4, 8, 32", p.Examples(), p.Rows(), p.SampleRows())
	}
	want := [][2]int{{0, 0}, {1, 0}, {2, 0}, {2, 1}, {2, 2}, {3, 0}, {3, 1}, {3, 2}}
	for pair, w := range want {
		if example, label := p.Example(pair); example != w[0] || label != w[1] {
			t.Errorf("pair %d is example %d with label %d, want %d and %d", pair, example, label, w[0], w[1])
		}
	}
}
