package kernels

import (
	"fmt"
	"testing"

	"ssdgm/engine"
)

// visit calls fn for every thread of a launch's first replica.
func visit(grid, block size, fn func(blockX, blockY, x, y int)) {
	for by := range grid.y {
		for bx := range grid.x {
			for y := range block.y {
				for x := range block.x {
					fn(bx, by, x, y)
				}
			}
		}
	}
}

// once fails unless every count is one.
func once(t *testing.T, what string, counts []int) {
	t.Helper()
	for i, n := range counts {
		if n != 1 {
			t.Errorf("%s: element %d has %d owners, want one", what, i, n)
			return
		}
	}
}

func TestFlatOwnsEveryItemOnce(t *testing.T) {
	for _, n := range []int{0, 1, 31, 127, 128, 129, 1025} {
		owners := make([]int, n)
		grid, block := flat(n, 3)
		visit(grid, block, func(bx, _, x, _ int) {
			if i := bx*block.x + x; i < n {
				owners[i]++
			}
		})
		once(t, fmt.Sprint(n, " items"), owners)
	}
}

// TestTeamsOwnEveryElementOnce walks the loop that all row kernels have in common.
func TestTeamsOwnEveryElementOnce(t *testing.T) {
	for _, limit := range []int{warpTeam, rowTeam} {
		for _, rows := range []int{0, 1, 7, 31, 257} {
			for _, width := range []int{1, 3, 4, 17, 50, 257, 784, 1025} {
				owners := make([]int, rows*width)
				grid, block := teams(rows, fours(width), limit, 1)
				visit(grid, block, func(bx, _, x, y int) {
					row := bx*block.y + y
					for j := 4 * x; row < rows && j < width; j += 4 * block.x {
						for i := j; i < min(j+4, width); i++ {
							owners[row*width+i]++
						}
					}
				})
				once(t, fmt.Sprintf("%d×%d in teams of %d", rows, width, block.x), owners)
			}
		}
	}
}

func TestTeamsArePowersOfTwo(t *testing.T) {
	for pieces := range 1100 {
		for _, limit := range []int{warpTeam, rowTeam} {
			_, block := teams(5, pieces, limit, 1)
			if block.x&(block.x-1) != 0 || block.x > limit || block.x < min(pieces, limit) || pieces > 1 && block.x >= 2*pieces {
				t.Errorf("a team of %d for %d pieces, limit %d", block.x, pieces, limit)
			}
		}
	}
}

// TestTableGradientOwnsEveryRowOnce follows row_of in add_labels_grad.cu: each
// element of dh is changed in place by exactly one thread, that of its label.
func TestTableGradientOwnsEveryRowOnce(t *testing.T) {
	for _, p := range []engine.Pairs{
		{Labelled: 31, Labels: 1, Samples: 3},
		{Unlabelled: 7, Labels: 2, Samples: 3},
		{Labelled: 41, Unlabelled: 7, Labels: 10, Samples: 1},
		{Labelled: 5, Unlabelled: 70, Labels: 3, Samples: 2},
	} {
		for _, width := range []int{1, 31, 33} {
			owners := make([]int, p.SampleRows()*width)
			grid := size{ceilDiv(width, columnTile), p.Labels, 1}
			visit(grid, size{columnTile, columnTile, 1}, func(bx, label, x, y int) {
				column := bx*columnTile + x
				for i := y; column < width && i < p.Examples()*p.Samples; i += columnTile {
					if row := rowOf(i, label, p); row >= 0 {
						owners[row*width+column]++
						if got := labelOf(row/p.Samples, p); got != label {
							t.Errorf("%+v: row %d of label %d was summed for label %d", p, row, got, label)
						}
					}
				}
			})
			once(t, fmt.Sprintf("%+v, width %d", p, width), owners)
		}
	}
}

// labelOf gives the labelled examples the labels 0, 1, … in turn.
func labelOf(pair int, p engine.Pairs) int {
	if pair < p.Labelled {
		return pair % p.Labels
	}
	_, label := p.Example(pair)
	return label
}

// rowOf is row_of in add_labels_grad.cu.
func rowOf(i, label int, p engine.Pairs) int {
	example := i / p.Samples
	if example < p.Labelled {
		if labelOf(example, p) == label {
			return i
		}
		return -1
	}
	return i + ((example-p.Labelled)*(p.Labels-1)+label)*p.Samples
}

// TestWidthsOfOneClassAddInOneOrder holds engine.WidthClass against the plans: neither the chunks of a product over a
// layer nor the team that sums a row may tell two widths of a class apart.
func TestWidthsOfOneClassAddInOneOrder(t *testing.T) {
	orders := map[engine.WidthClass]string{}
	for width := 1; width <= 100; width++ {
		var order []int
		for _, rows := range []int{50, 250, 1100, 5100} {
			for _, hidden := range []int{10, 300, 500, 600} {
				for _, layer := range [][2]int{{width, hidden}, {hidden, width}, {hidden, 2 * width}} {
					forward := PlanDense(Card{Multiprocessors: 132, Replicas: 1}, rows, layer[0], layer[1], FP32)
					backward := PlanDenseGrad(Card{Multiprocessors: 132, Replicas: 1}, rows, layer[0], layer[1], true, FP32)
					order = append(order, forward.Output.Chunk, backward.Weight.Chunk, backward.Input.Chunk)
				}
			}
		}
		for _, pieces := range []int{width, fours(width), fours(2 * width)} {
			_, block := teams(100, pieces, rowTeam, 1)
			order = append(order, block.x)
		}
		found, class := fmt.Sprint(order), engine.WidthClassOf(width)
		if want, known := orders[class]; known && found != want {
			t.Errorf("width %d: another order than the widths of its class before", width)
		}
		orders[class] = found
	}
	if len(orders) > 40 {
		t.Errorf("found %d classes of 100 widths", len(orders))
	}
}
