//go:build cuda

package cuda

import (
	"slices"

	"ssdgm/engine"
	"ssdgm/kernels"
)

// Which examples a step needs is known a step ahead: a minibatch is a function of
// the clock. So where a data set stays on the host, a program fetches the rows of its
// next step while this one computes, on a branch of the same graph: after the gather,
// which has used up what was fetched before, and until the end of the step. Each
// row comes with its example's number. A gather compares that with the number it
// wants, and reads over the bus what is not there: in a program's first step, and after
// the clock has been set.

// drawn is a minibatch of a recording.
type drawn struct {
	index  engine.Ints
	clock  engine.Ints
	launch func(index, clock kernels.Array) kernels.Launch
}

// fetch is what one gather of a program has fetched ahead.
type fetch struct {
	images engine.Bytes
	index  engine.Ints   // the examples' numbers, -1 for none
	rows   engine.Floats // their bytes
	clock  engine.Ints   // of the next step
	width  int
	drawn  []drawn // fill the gather's index
	first  int     // where that begins in its array
}

// fetchOf is the fetch for a gather that is being recorded, nil if there is none: the
// images lie on the card, or their index is not minibatches' of the same recording.
func (d *device) fetchOf(images engine.Bytes, index engine.Ints, width int) *fetch {
	if d.recording == nil || d.err != nil || !d.blocks[byteKind][images.Block-1].host {
		return nil
	}
	f, rows := &fetch{images: images, width: width, first: index.Offset}, 0
	for _, m := range d.drawn {
		if m.index.Block == index.Block && m.index.Offset >= index.Offset && m.index.Offset+m.index.Len <= index.Offset+index.Len {
			f.drawn, rows = append(f.drawn, m), rows+m.index.Len
		}
	}
	if rows != index.Len || rows == 0 {
		return nil
	}
	const bytes = 4 // of a float
	f.index, f.clock = d.NewInts(rows), d.NewSharedInts(1)
	f.rows = d.NewFloats((rows*width + bytes - 1) / bytes)
	d.fetches = append(d.fetches, *f)
	f.forget(d)
	return f
}

// resolved is where the rows lie.
func (f *fetch) resolved(d *device) kernels.Fetched {
	if f == nil {
		return kernels.Fetched{}
	}
	rows := d.floats(f.rows)
	rows.Stride *= 4 // in bytes
	return kernels.Fetched{Rows: rows, Index: d.ints(f.index)}
}

// ahead records what fetches the next step's rows.
func (f *fetch) ahead(d *device) {
	if f == nil {
		return
	}
	d.aside = true
	defer func() { d.aside = false }()
	next := d.ints(f.clock)
	d.step(shape{1}, kernels.NextClock(next, d.ints(f.drawn[0].clock)))
	for _, m := range f.drawn {
		part := f.index.Slice(m.index.Offset-f.first, m.index.Len)
		d.step(shape{part.Len}, m.launch(d.ints(part), next))
	}
	d.step(shape{f.index.Len, f.width},
		kernels.FetchPixels(d.replicas, f.resolved(d), d.bytes(f.images), f.index.Len, f.width))
}

// forget makes every row count as another example's.
func (f *fetch) forget(d *device) {
	none := slices.Repeat([]int32{-1}, f.index.Len)
	for r := range d.replicas {
		d.WriteInts(f.index, r, none)
	}
}

// forget drops what has been fetched of images that are written anew.
func (d *device) forget(images int) {
	for _, f := range d.fetches {
		if f.images.Block == images {
			f.forget(d)
		}
	}
}
