package model

import (
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/ref"
)

// TestANarrowReplicaKeepsItsOwnLayout writes parameters in layouts of their own and reads them back.
func TestANarrowReplicaKeepsItsOwnLayout(t *testing.T) {
	t.Parallel()
	spec := M2Spec{Labels: 3, Hidden: []int{4, 5}, ClassifierHidden: []int{4}, Latents: 2, Activation: engine.Softplus, Output: Gaussian}
	of := func(inputs int) *M2 {
		spec.Inputs = inputs
		return NewM2(spec)
	}
	wide, narrow := of(7), of(5)
	dev := ref.New[float32](2)
	l := NewLearner(dev, &wide.Layout, engine.OptimiserOptions{Rule: engine.Adam, EMA: 0.9}, []float64{1, 1}, []uint64{8, 9})
	l.Own([]*Layout{&narrow.Layout, &wide.Layout})
	l.Initialise()
	for r, m := range []*M2{narrow, wide} {
		if want, found := m.Init(uint64(8+r)), l.Read(l.Params.Average, r); !slices.Equal(found, want) || l.Size(r) != len(want) {
			t.Errorf("replica %d: want its own %d initial values, found %d, others", r, len(want), len(found))
		}
	}
	flat := make([]float32, wide.Size)
	dev.ReadFloats(flat, l.Params.Values, 0)
	used := 0
	for _, v := range narrow.Init(8) {
		if v != 0 {
			used++
		}
	}
	if found := wide.Size - count(flat, 0); found != used {
		t.Errorf("want %d values beside zeros, found %d", used, found)
	}
	weight, _ := narrow.Find("m2.decoder.logvar.bias")
	place := l.places[0][weight.Offset+2]
	if found := l.at(0, int(place)); found != "m2.decoder.logvar.bias[2]" {
		t.Errorf("found %q", found)
	}
	if found := l.at(0, int(place)+4); found != "a place that the replica does not use" {
		t.Errorf("found %q", found)
	}
}

func count(x []float32, value float32) (n int) {
	for _, v := range x {
		if v == value {
			n++
		}
	}
	return n
}
