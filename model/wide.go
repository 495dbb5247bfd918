package model

import (
	"fmt"
	"slices"

	"ssdgm/engine"
)

// Replicas that differ in how many inputs a model has may be trained as one model with room for the most: see
// engine.WidthClass. What a replica has no use for is zero in its parameters, and missing in its inputs.

// places are where the elements of a layout lie in that of a wider model; nil: where they are.
type places []int32

// placesIn finds the elements of a layout in one of the same tensors with more rows or columns.
func (l *Layout) placesIn(wide *Layout) places {
	if l.Size == wide.Size {
		return nil
	}
	all := make(places, l.Size)
	for i, t := range l.Tensors {
		w := wide.Tensors[i]
		if t.Name != w.Name || len(t.Shape) != len(w.Shape) || t.Transposed && !slices.Equal(t.Shape, w.Shape) {
			panic(fmt.Sprintf("model: %s %v has no place in %s %v", t.Name, t.Shape, w.Name, w.Shape))
		}
		columns, apart := 1, 1
		if len(t.Shape) == 2 {
			columns, apart = t.Shape[1], w.Shape[1]
		}
		for e := range t.Len() {
			all[t.Offset+e] = int32(w.Offset + e/columns*apart + e%columns)
		}
	}
	return all
}

// Own gives each replica a layout of its own, in which its parameters come and go. The learner's has room for each.
func (l *Learner) Own(layouts []*Layout) {
	l.own, l.places = layouts, make([]places, len(layouts))
	for r, own := range layouts {
		l.places[r] = own.placesIn(l.Layout)
	}
}

// of gives a replica's layout, and where its elements lie in the learner's.
func (l *Learner) of(replica int) (*Layout, places) {
	if l.own == nil {
		return l.Layout, nil
	}
	return l.own[replica], l.places[replica]
}

// Read copies a replica's values, averages or states from the device, in the replica's own layout.
func (l *Learner) Read(a engine.Floats, replica int) []float32 {
	host := make([]float32, a.Len)
	l.dev.ReadFloats(host, a, replica)
	_, places := l.of(replica)
	if places == nil {
		return host
	}
	values := make([]float32, len(places))
	for i, place := range places {
		values[i] = host[place]
	}
	return values
}

// Write copies values, averages or states in a replica's own layout to the device.
func (l *Learner) Write(a engine.Floats, replica int, values []float32) {
	if _, places := l.of(replica); places != nil {
		host := make([]float32, a.Len)
		for i, place := range places {
			host[place] = values[i]
		}
		values = host
	}
	l.dev.WriteFloats(a, replica, values)
}

// Size is how many parameters a replica has.
func (l *Learner) Size(replica int) int {
	own, _ := l.of(replica)
	return own.Size
}

// at names a place in a replica's parameters on the device.
func (l *Learner) at(replica, place int) string {
	own, places := l.of(replica)
	if places != nil {
		if place = slices.Index(places, int32(place)); place < 0 {
			return "a place that the replica does not use"
		}
	}
	return own.At(place)
}
