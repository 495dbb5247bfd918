package predict

import (
	"math"
	"testing"

	"ssdgm/kernels"
)

func about(t *testing.T, what string, found, want float64) {
	t.Helper()
	if math.Abs(found-want) > 1e-9*math.Abs(want) {
		t.Errorf("%s: want %v µs, found %v", what, want, found)
	}
}

func TestANodeCostsWhatWasMeasuredAndBetweenThemMore(t *testing.T) {
	for blocks, want := range map[int]float64{1: 0.815, 132: 0.965, 528: 1.055, 100_000: 1.055} {
		about(t, "a node", H200.node(blocks), want)
	}
	if between := H200.node(264); between <= 0.965 || between >= 1.055 {
		t.Errorf("264 blocks: found %v", between)
	}
}

// Blocks that fit a multiprocessor together share its units; those that do not wait.
func TestBlocksRunInWaves(t *testing.T) {
	c := Card{Multiprocessors: 3}
	blocks := func(n int, b block) []block {
		var queue []block
		for range n {
			queue = append(queue, b)
		}
		return queue
	}
	b := block{own: 2, busy: 1}
	about(t, "one", c.run(blocks(1, b), 2), 3)
	about(t, "one each", c.run(blocks(3, b), 2), 3)
	about(t, "two on one", c.run(blocks(4, b), 2), 4)
	about(t, "two each", c.run(blocks(6, b), 2), 4)
	about(t, "a second wave", c.run(blocks(7, b), 2), 7)
	about(t, "two waves", c.run(blocks(12, b), 2), 8)
	about(t, "none", c.run(nil, 2), 0)
	// The long one has its multiprocessor to itself when the other there is done: after 4 µs, of 12 for 2 residents.
	mixed := append(blocks(3, block{own: 10, busy: 1}), blocks(3, b)...)
	about(t, "long beside short", c.run(mixed, 2), 4+(1-4.0/12)*11)
}

func TestProductsTakeLongerForMore(t *testing.T) {
	node := func(change func(n *Node, s *kernels.Share)) float64 {
		n := Node{Kernel: "dense_64", Block: [3]uint32{256, 1, 1}, Grid: [3]uint32{132, 1, 1}, Shared: 40960}
		s := kernels.Share{Units: 132, Side: 64, Depth: 16, K: 160}
		if change != nil {
			change(&n, &s)
		}
		n.Shares = []kernels.Share{s}
		return H200.Node(n)
	}
	least := node(nil)
	for what, change := range map[string]func(n *Node, s *kernels.Share){
		"more k":        func(_ *Node, s *kernels.Share) { s.K = 320 },
		"more blocks":   func(_ *Node, s *kernels.Share) { s.Units = 264 },
		"more replicas": func(n *Node, _ *kernels.Share) { n.Grid[2] = 3 },
		"split":         func(_ *Node, s *kernels.Share) { s.Split = true },
		"narrow":        func(_ *Node, s *kernels.Share) { s.Narrow = true },
		"many bytes":    func(n *Node, _ *kernels.Share) { n.Read, n.Held = 1e9, 1e9 },
	} {
		if found := node(change); found <= least {
			t.Errorf("%s: want more than %v µs, found %v", what, least, found)
		}
	}
	if found := node(func(_ *Node, s *kernels.Share) { s.TF32 = true }); found >= least {
		t.Errorf("on the matrix units: want less than %v µs, found %v", least, found)
	}
}

func TestWhatTheCacheDoesNotHoldComesFromMemory(t *testing.T) {
	about(t, "from the cache", H200.bytes(10*H200.CacheRate, 30e6), 10)
	about(t, "from memory", H200.bytes(100*H200.MemoryRate, 100e6), 100)
}

// A kernel without a line has two rounds of loads and one function an element.
func TestAKernelWithoutALineIsOrdinary(t *testing.T) {
	c := H200.Costs
	n := Node{Kernel: "new", Grid: [3]uint32{1, 1, 1}, Block: [3]uint32{128, 1, 1}, Items: 1980}
	about(t, "one block", H200.Node(n), 0.815+c.Start+c.Load+c.Item+c.Math)
	n.Scratch = true
	about(t, "with a last block", H200.Node(n), 0.815+c.Start+2*c.Load+c.Last+c.Item+c.Math)
}

func TestAProgramTakesAsLongAsItsLongerPath(t *testing.T) {
	short := Node{Kernel: "gather_labels", Grid: [3]uint32{1, 1, 1}, Block: [3]uint32{128, 1, 1}}
	long := Node{Kernel: "minibatch", Grid: [3]uint32{1, 1, 1}, Block: [3]uint32{128, 1, 1}}
	s, l := H200.Node(short), H200.Node(long)
	if s >= l {
		t.Fatalf("want one shorter than %v µs, found %v", l, s)
	}
	aside := func(n Node, after ...int) Node { n.Lane, n.After = 1, after; return n }
	about(t, "a chain", H200.Program([]Node{short, long, short}), 2*s+l)
	about(t, "one aside", H200.Program([]Node{long, aside(short, 0), long}), 2*l)
	about(t, "a long one aside", H200.Program([]Node{short, aside(long, 0), short}), s+l)
	about(t, "two aside", H200.Program([]Node{aside(long), short, aside(long, 1), short}), 2*l)
	about(t, "nothing", H200.Program(nil), 0)
}
