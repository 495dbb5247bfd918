package predict

import "math"

// path is what the longest thread of a kernel does, counted in its source.
type path struct {
	loads float64 // rounds of loads from global memory, each of which waits for the one before
	sums  float64 // sums over a warp; over a block of eight warps it counts 3: two barriers, eight numbers
	draws float64 // calls of Philox that are waited for, with the normals made of them; without them it counts half
	slow  float64 // powers and roots of doubles, divisions of 64 bits
	math  float64 // functions of an element: exponentials, logarithms, divisions, numbers of 64 bits
	turns float64 // rounds of loads for each turn of a loop that cannot look ahead
}

// paths are those of the kernels without products.
var paths = map[string]path{
	"activation_grad":       {loads: 1, math: 1},
	"add_labels":            {loads: 2, math: 2},
	"add_labels_grad":       {loads: 2, sums: 3, math: 7}, // of which most finds its rows
	"add_sum":               {loads: 2, sums: 3},
	"begin_gaussian":        {loads: 4, draws: 2, slow: 1, math: 1}, // its row's draw, and then what it gathers
	"begin_pixels":          {loads: 4, draws: 1.5, slow: 1},        // likewise
	"begin_step":            {loads: 1, slow: 2},
	"bernoulli_nll":         {loads: 2, sums: 3, math: 4},
	"bernoulli_nll_missing": {loads: 2, sums: 3, math: 4},
	"check_finite":          {loads: 1, sums: 3},
	"class_prior_grad":      {loads: 2, sums: 3},
	"cross_entropy":         {loads: 3, sums: 1, math: 2},
	"expand_labels":         {loads: 2, math: 2},
	"expand_labels_grad":    {loads: 3, math: 1, turns: 2},
	"gather_floats":         {loads: 2},
	"gather_gaussian":       {loads: 2, draws: 1, math: 1},
	"gather_labels":         {loads: 2},
	"gather_pixels":         {loads: 2, draws: 0.5},
	"gaussian_nll":          {loads: 2, sums: 1, math: 2},
	"gaussian_nll_missing":  {loads: 2, sums: 1, math: 2},
	"gaussian_sample":       {loads: 2, sums: 1, draws: 1, math: 2},
	"gaussian_sample_grad":  {loads: 2, draws: 1, math: 1},
	"gradient_norm":         {loads: 1, sums: 3, math: 4},
	"keep_books":            {loads: 4, sums: 12}, // four checks, one after another
	"label_costs":           {loads: 3},
	"label_weights":         {loads: 2, sums: 2, math: 2},
	"log_softmax":           {loads: 1, sums: 2, math: 2},
	"marginalise":           {loads: 2, sums: 2, math: 2},
	"marginalise_wide":      {loads: 2, sums: 2, math: 2},
	"minibatch":             {loads: 2, draws: 1, slow: 1},
	"stack_posterior":       {loads: 4, sums: 1, draws: 1, slow: 1, math: 3},
	"update":                {loads: 3, slow: 1, math: 1},
}

// ordinary is the path of a kernel that has no line: two rounds, and some arithmetic.
var ordinary = path{loads: 2, math: 1}

// items is the time of a launch without products: the longest thread's, and beside it the arithmetic of the busiest
// multiprocessor or the bytes of all, whichever is longer.
func (c *Card) items(n *Node) float64 {
	p, ok := paths[n.Kernel]
	if !ok {
		p = ordinary
	}
	blocks := n.blocks()
	loads := p.loads - 1 + p.turns*n.Items/4/float64(blocks*n.threads()) // the first is in the node
	path := loads*c.Load + p.sums*c.Sum + p.draws*c.Draw + p.slow*c.Slow
	if n.Scratch {
		path += c.Load + c.Last
	}
	busiest := math.Ceil(float64(blocks)/float64(c.Multiprocessors)) * n.Items / float64(blocks)
	arithmetic := busiest * (c.Item + p.math*c.Math + math.Floor(p.draws)*c.DrawItem) / c.Cycles
	return path + max(arithmetic, c.bytes(n.Read+n.Written, n.Held))
}
