package ckpt

import (
	"fmt"
	"io"
	"maps"
	"math"
	"math/bits"
	"slices"

	"ssdgm/model/trained"
	"ssdgm/train/report"
	"ssdgm/train/safetensors"
)

// Diff prints the tensors of two files, or of two runs' results, that differ, and by how much. It is an error that
// some do.
func Diff(w io.Writer, first, second string) error {
	a, err := trained.ReadFile(first)
	if err != nil {
		return err
	}
	b, err := trained.ReadFile(second)
	if err != nil {
		return err
	}
	rows, differing, all := compareFiles(a, b)
	if differing == 0 {
		_, err := fmt.Fprintf(w, "all %d tensors are equal to the bit\n", all)
		return err
	}
	if err := report.Aligned(w, rows); err != nil {
		return err
	}
	return fmt.Errorf("%s and %s differ in %d of %d tensors", first, second, differing, all)
}

// compareFiles gives a table of the tensors that differ, and their number.
func compareFiles(a, b *safetensors.File) (rows [][]string, differing, all int) {
	rows = [][]string{{"tensor", "elements", "that differ", "by at most", "bits"}}
	both := map[string]bool{}
	for _, file := range []*safetensors.File{a, b} {
		for _, t := range file.Tensors {
			both[t.Name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(both)) {
		x, inA := a.Lookup(name)
		y, inB := b.Lookup(name)
		row := []string{name, "", "", "", ""}
		switch {
		case !inB:
			row[3] = "only in the first"
		case !inA:
			row[3] = "only in the second"
		case x.DType() != y.DType() || !slices.Equal(x.Shape, y.Shape):
			row[3] = fmt.Sprintf("%s %v, %s %v", x.DType(), x.Shape, y.DType(), y.Shape)
		default:
			d := difference(x, y)
			if d.elements == 0 {
				continue
			}
			row = []string{
				name, report.Thousands(d.of), report.Thousands(d.elements), fmt.Sprintf("%.3g", d.largest), fmt.Sprint(d.bits),
			}
		}
		rows = append(rows, row)
	}
	return rows, len(rows) - 1, len(both)
}

// gap is how far two tensors are apart.
type gap struct {
	of, elements int     // how many there are, and differ
	largest      float64 // absolute difference
	bits         int     // of the largest distance in steps from one number to the next
}

// difference compares tensors of one type and shape, bit by bit.
func difference(a, b safetensors.Tensor) gap {
	switch x := a.Data.(type) {
	case []float32:
		return gapOf(x, b.Data.([]float32), func(v float32) (float64, uint64) {
			return float64(v), rank(uint64(math.Float32bits(v))<<32) >> 32
		})
	case []float64:
		return gapOf(x, b.Data.([]float64), func(v float64) (float64, uint64) { return v, rank(math.Float64bits(v)) })
	case []int64:
		return gapOf(x, b.Data.([]int64), func(v int64) (float64, uint64) { return float64(v), uint64(v) ^ 1<<63 })
	case []uint64:
		return gapOf(x, b.Data.([]uint64), func(v uint64) (float64, uint64) { return float64(v), v })
	case []uint8:
		return gapOf(x, b.Data.([]uint8), func(v uint8) (float64, uint64) { return float64(v), uint64(v) })
	case safetensors.Raw:
		return rawDifference(a, b)
	}
	panic(fmt.Sprintf("ckpt: a tensor of %T", a.Data))
}

// rawDifference compares tensors of half precision as single, and of types that ssdgm has no use for byte by byte.
func rawDifference(a, b safetensors.Tensor) gap {
	x, errX := a.Single()
	y, errY := b.Single()
	if _, still := x.Data.(safetensors.Raw); still || errX != nil || errY != nil {
		x.Data, y.Data = a.Data.(safetensors.Raw).Bytes, b.Data.(safetensors.Raw).Bytes
		if len(x.Data.([]uint8)) != len(y.Data.([]uint8)) {
			return gap{of: len(x.Data.([]uint8)), elements: len(x.Data.([]uint8)), largest: math.NaN()}
		}
	}
	return difference(x, y)
}

// rank maps a float's bits to whole numbers in the order of the floats.
func rank(b uint64) uint64 {
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

func gapOf[T safetensors.Element](a, b []T, place func(T) (value float64, rank uint64)) gap {
	g := gap{of: len(a)}
	for i := range a {
		x, rx := place(a[i])
		y, ry := place(b[i])
		if rx == ry {
			continue
		}
		g.elements++
		g.bits = max(g.bits, bits.Len64(max(rx, ry)-min(rx, ry)))
		if d := math.Abs(x - y); math.IsNaN(d) || d > g.largest { // NaN is the largest, and stays.
			g.largest = d
		}
	}
	return g
}
