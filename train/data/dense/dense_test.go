package dense

import (
	"testing"

	"gorgonia.org/tensor"

	"ssdgm/train/data"
)

func TestImagesAreRowsFromZeroToOne(t *testing.T) {
	set := &data.Set{Images: []uint8{0, 51, 255, 102, 0, 204}, N: 2, Height: 1, Width: 3, Channels: 1}
	got := Images(set)
	want := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{0, 0.2, 1, 0.4, 0, 0.8}))
	if !got.Eq(want) {
		t.Errorf("Images =\n%v, want\n%v", got, want)
	}
}
