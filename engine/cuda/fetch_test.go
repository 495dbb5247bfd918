//go:build cuda

package cuda

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cuda/internal/standin"
	"ssdgm/kernels"
)

// fetching gathers minibatches of labelled and unlabelled examples in a program, and
// adds up what it has seen.
type fetching struct {
	*device
	images       engine.Bytes
	width        int
	clock        engine.Ints
	index        engine.Ints
	pools        [2]engine.Ints
	x, weight    engine.Floats
	sum, scalars engine.Doubles
	rate         engine.Doubles
	noise        engine.Noise
	program      engine.Program
}

const fetchingExamples, fetchingLabelled, fetchingRows = 41, 5, 13

func newFetching(d *device, width int, onHost bool) *fetching {
	d.onHost = onHost
	s := &fetching{
		device: d, width: width, images: d.NewSharedBytes(fetchingExamples * width), clock: d.NewSharedInts(1),
		index: d.NewInts(2 + fetchingRows), x: d.NewFloats(fetchingRows * width), weight: d.NewFloats(fetchingRows * width),
		sum: d.NewDoubles(1), scalars: d.NewDoubles(engine.ScalarLen), rate: d.NewDoubles(1),
	}
	s.noise = engine.Noise{Seed: d.NewInts(2), Clock: s.clock, Stream: 3}
	s.write(31)
	for i, n := range []int{7, fetchingExamples} {
		s.pools[i] = d.NewInts(n)
	}
	for r := range d.replicas {
		d.WriteInts(s.noise.Seed, r, []int32{int32(r + 5), 1})
		for _, pool := range s.pools {
			host := make([]int32, pool.Len)
			for i := range host {
				host[i] = int32((i + r) % fetchingExamples)
			}
			d.WriteInts(pool, r, host)
		}
		weight := make([]float32, s.weight.Len)
		for i := range weight {
			weight[i] = float32(i%97) / 97
		}
		d.WriteFloats(s.weight, r, weight)
	}
	s.program = d.Compile(s.steps())
	return s
}

// write writes the images anew.
func (s *fetching) write(factor int) {
	host := make([]uint8, s.images.Len)
	for i := range host {
		host[i] = uint8(i * factor)
	}
	s.WriteBytes(s.images, host)
}

func (s *fetching) steps() []engine.Step {
	var l engine.List
	index := s.index.Slice(2, fetchingRows)
	l.Add(engine.BeginStep{
		Clock: s.clock, Scalars: s.scalars, BaseRate: s.rate, Options: engine.OptimiserOptions{},
	})
	l.Add(engine.Minibatch{Index: index.Slice(0, fetchingLabelled), Pool: s.pools[0], Noise: s.noise})
	l.Add(engine.Minibatch{
		Index: index.Slice(fetchingLabelled, fetchingRows-fetchingLabelled), Pool: s.pools[1],
		Noise: s.noise,
	})
	l.Add(engine.GatherPixels{
		Dst: s.x, Images: s.images, Index: index, Width: s.width,
		Binarise: engine.BinariseResample, Noise: s.noise,
	})
	l.Add(engine.AddSum{Sum: s.sum, X: s.x, Weight: s.weight})
	return l.Steps()
}

// seen is the sum so far and the newest minibatch of each replica.
func (s *fetching) seen() (all []float64) {
	for r := range s.replicas {
		host, sum := make([]float32, s.x.Len), make([]float64, 1)
		s.ReadFloats(host, s.x, r)
		s.ReadDoubles(sum, s.sum, r)
		all = append(all, sum...)
		for _, v := range host {
			all = append(all, float64(v))
		}
	}
	return all
}

// fetches counts a program's launches that fetch ahead.
func fetches(p engine.Program) (n int) {
	for _, l := range p.(*program).list.names {
		if _, fetch := l.step.(kernels.FetchPixels); fetch {
			n++
		}
	}
	return n
}

// Data on the host give the bits of data on the card, whatever the numbers of runs are,
// where the clock is set, and where the data are written anew.
func TestFetchedDataGiveTheBitsOfResidentData(t *testing.T) {
	modes := []string{"0"}
	if standin.Present() {
		modes = []string{"0", "1"}
		defer standin.Set("lazy", cmp.Or(os.Getenv("STANDIN_LAZY"), "0"))
	}
	for _, mode := range modes {
		if standin.Present() {
			standin.Set("lazy", mode)
		}
		for _, width := range []int{48, 20, 7} {
			var seen [2][]float64
			for i, onHost := range []bool{false, true} {
				s := newFetching(packed(t, 2), width, onHost)
				if n := fetches(s.program); onHost != (n == 1) {
					t.Fatalf("on the host %t: %d launches fetch ahead, want a clock, two minibatches and a copy or none", onHost, n)
				}
				s.program.Run(1)
				s.program.Run(70)
				s.WriteInts(s.clock, 0, []int32{9})
				s.program.Run(2)
				s.write(17)
				s.program.Run(3)
				seen[i] = s.seen()
				closed(t, s.device)
			}
			if !slices.Equal(seen[0], seen[1]) {
				t.Errorf("lazy %s, width %d: what is fetched differs from what lies on the card", mode, width)
			}
		}
	}
}

// A step's rows are on the card before it begins.
func TestRowsAreFetchedAStepAhead(t *testing.T) {
	s, twin := newFetching(packed(t, 2), 16, true), newFetching(packed(t, 2), 16, true)
	for _, p := range []*fetching{s, twin} {
		p.program.Run(2)
		if err := p.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	clear(hostMemory(s.blocks[byteKind][s.images.Block-1]))
	s.program.Run(1)
	twin.program.Run(1)
	if !slices.Equal(s.seen(), twin.seen()) {
		t.Error("a step has read what came to the host's memory after the step before")
	}
	s.program.Run(1)
	for r := range s.replicas {
		if host := readAll(s.device, s.x, r); slices.Max(host) != 0 {
			t.Errorf("replica %d sees old rows two steps later", r)
		}
	}
	closed(t, s.device)
	closed(t, twin.device)
}

// Fetching ahead costs the host nothing.
func TestFetchingLaunchesGraphsAndNothingElse(t *testing.T) {
	needsStandIn(t)
	s := newFetching(packed(t, 2), 16, true)
	defer closed(t, s.device)
	s.program.Run(100)
	for name, n := range standin.Calls(func() { s.program.Run(3 * s.program.Ahead()) }) {
		if strings.HasPrefix(name, "cu") && name != "cuCtxSetCurrent" && (name != "cuGraphLaunch" || n != 3) {
			t.Errorf("%d calls of %s in a steady state", n, name)
		}
	}
}

// What no minibatch of the program fills is read over the bus.
func TestOtherIndexesAreNotFetched(t *testing.T) {
	s := newFetching(packed(t, 1), 16, true)
	defer closed(t, s.device)
	gather := engine.GatherPixels{Dst: s.x, Images: s.images, Index: s.index.Slice(2, fetchingRows), Width: s.width}
	part := gather
	part.Index = s.index.Slice(0, fetchingRows)
	for name, steps := range map[string][]engine.Step{
		"an index of the host's":  {gather},
		"a part of another index": {engine.Minibatch{Index: s.index.Slice(2, 5), Pool: s.pools[0], Noise: s.noise}, part},
	} {
		if n := fetches(s.Compile(steps)); n != 0 {
			t.Errorf("%s: %d launches fetch ahead, want none", name, n)
		}
	}
}
