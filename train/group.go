package train

import (
	"fmt"
	"math"
	"slices"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model"
	"ssdgm/model/trained/infer"
)

// replica is a model that a group trains, of one member or of several whose phase is the same
// in everything that decides its numbers.
type replica struct {
	*member // the first
	members []*member
}

// group is the replicas that take a phase's steps together on a device.
type group struct {
	*station
	replicas []*replica
	input    infer.Input // of the phase's model: pixels, or M1's features of them
	asked    func() bool // tells whether validation is to be given up
}

// newGroup is replicas on a station, with pixels for their input.
func newGroup(st *station, replicas []*replica, asked func() bool) *group {
	return &group{station: st, replicas: replicas, input: st.examples, asked: asked}
}

// words is a list of numbers as a value that can be compared.
type words string

func wordsOf[T any](list []T) words { return words(fmt.Sprint(list)) }

// shape is what replicas of one device must agree in. What they may differ in is their seed, their labels, α and
// the rate.
type shape struct {
	phase, set         string // set is the digest of the examples and of their transformation
	steps              int
	precision, matmul  string
	train, validation  int
	binarise           string
	onNaN              string
	rollbackRateFactor float64
	rollbacks          int
	everySteps         int
	everySeconds       float64
	evalBatch          int
	own                any // the phase's
}

func (m *member) shape(p Phase) shape {
	c := m.config
	return shape{
		phase: p.Name(), set: m.ds.digest + m.ds.input.Digest(), steps: p.steps(m), precision: c.Precision, matmul: c.MatMul,
		train: c.Data.Train, validation: c.Data.Validation, binarise: c.Data.Binarise,
		onNaN: c.OnNaN, rollbackRateFactor: c.RollbackRateFactor, rollbacks: c.Rollbacks,
		everySteps: c.Checkpoint.EverySteps, everySeconds: c.Checkpoint.EverySeconds, evalBatch: c.Eval.BatchSize,
		own: p.shape(m),
	}
}

// partition puts members into groups that can take a phase's steps together, of those that
// stand at one step of it, as far as there is memory.
func (s *Session) partition(members []*member, p Phase) [][]*replica {
	type place struct {
		shape
		step   int
		owed   bool
		logged int
	}
	type result struct {
		place
		of any
	}
	var groups [][]*replica
	places := map[place]int{}
	same := map[result]*replica{}
	for _, m := range members {
		here := place{m.shape(p), m.stands(p), m.owes(p), m.logged(p)}
		its := result{here, p.twin(m)}
		if its.of == nil {
			its.of = m
		}
		if r := same[its]; r != nil {
			r.members = append(r.members, m)
			continue
		}
		same[its] = &replica{m, []*member{m}}
		at, known := places[here]
		if !known {
			at = len(groups)
			groups, places[here] = append(groups, nil), at
		}
		groups[at] = append(groups[at], same[its])
	}
	var fitting [][]*replica
	for _, g := range groups {
		most := g[0].capacity(s.dev, p)
		// As few groups as there is memory for, of one size.
		parts := (len(g) + most - 1) / most
		fitting = slices.AppendSeq(fitting, slices.Chunk(g, (len(g)+parts-1)/parts))
	}
	return fitting
}

// each lists what f gives for every replica.
func each[T any](g *group, f func(r *replica) T) []T {
	all := make([]T, len(g.replicas))
	for i, r := range g.replicas {
		all[i] = f(r)
	}
	return all
}

// seeds are the replicas' own.
func (g *group) seeds() []uint64 {
	return each(g, func(r *replica) uint64 { return r.config.Seed })
}

// ints makes an array of each replica's own numbers, in as many places as the longest list
// has, and the lists' lengths where they differ.
func (g *group) ints(of func(r *replica) []int32) (values, sizes engine.Ints) {
	lists := each(g, of)
	most, least := 0, len(lists[0])
	for _, list := range lists {
		most, least = max(most, len(list)), min(least, len(list))
	}
	values = g.dev.NewInts(most)
	if least < most {
		sizes = g.dev.NewInts(1)
	}
	padded := make([]int32, most)
	for r, list := range lists {
		copy(padded, list)
		g.dev.WriteInts(values, r, padded)
		if !sizes.IsNil() {
			g.dev.WriteInts(sizes, r, []int32{int32(len(list))})
		}
	}
	return values, sizes
}

// features makes M1's features the group's input. Where all replicas have one M1, see sharesM1, they share them.
func (s *Session) features(g *group) error {
	type source struct {
		m1   *float32
		kept *int
	}
	of := map[source][]int{} // which replicas have which
	for i, r := range g.replicas {
		f := source{&r.trained.M1Values[0], &r.trained.Kept[0]}
		of[f] = append(of[f], i)
	}
	most := slices.Max(each(g, func(r *replica) int { return len(r.trained.Kept) }))
	g.reserveFeatures(most, len(of) == 1)
	for _, sharing := range of {
		if len(of) == 1 {
			sharing = sharing[:1]
		}
		err := s.alone(g.corpus, func(dev engine.Device, pixels infer.Input) {
			from := g.replicas[sharing[0]].trained
			eachFeatures(dev, from, pixels, g.corpus.n, s.asked, func(at int, rows []float32) {
				at, rows = widened(at, rows, len(from.Kept), most)
				for _, r := range sharing {
					g.dev.WriteFloats(g.input.Stats.Slice(at, len(rows)), r, rows)
				}
			})
		})
		if err != nil {
			return err
		}
		if s.asked() {
			return ErrStopped
		}
	}
	return nil
}

// widened are rows [mean | logvar] of some latents as rows of more, of which the others are missing, and where they
// belong in the wider table.
func widened(at int, rows []float32, latents, most int) (int, []float32) {
	if latents == most {
		return at, rows
	}
	wide := make([]float32, 0, len(rows)/latents*most)
	for i := 0; i < len(rows); i += latents {
		wide = append(wide, rows[i:i+latents]...)
		for range most - latents {
			wide = append(wide, float32(math.NaN()))
		}
	}
	return at / latents * most, wide
}

// m2 is the model that all replicas take: M2 on as many inputs as the replica with the most has. Those that others
// lack are missing.
func (g *group) m2() *model.M2 {
	first := g.replicas[0].trained.M2
	inputs := each(g, func(r *replica) int { return r.trained.M2.Inputs })
	if slices.Min(inputs) == slices.Max(inputs) {
		return first
	}
	spec := first.M2Spec
	spec.Inputs, spec.Missing = slices.Max(inputs), true
	return model.NewM2(spec)
}

// layouts are the replicas' own.
func (g *group) layouts(p Phase) []*model.Layout {
	return each(g, func(r *replica) *model.Layout { return layoutOf(p, r.trained) })
}

// reserveFeatures makes the table of all examples' features, rows [mean | logvar] of some latents.
func (g *group) reserveFeatures(width int, shared bool) {
	table := g.dev.NewFloats
	if shared {
		table = g.dev.NewSharedFloats
	}
	g.input = infer.Input{Stats: table(g.corpus.n * 2 * width), Width: width}
}

// gather is the part of a step that fills x with the minibatch's inputs. Those of examples in a file are brought to x
// before the step, see feed.
func (g *group) gather(x engine.Floats, t *training, stream uint32) func(steps *engine.List) {
	if g.input.Rows != nil {
		t.fed = x
		return func(*engine.List) {}
	}
	in, binarise := g.input, g.replicas[0].binarise
	return func(steps *engine.List) {
		in.Gather(steps, x, t.index, true, binarise, t.learner.Noise(stream))
	}
}

// learner makes the parameters of all replicas, each with its own seed and rate.
func (g *group) learner(layout *model.Layout, o engine.OptimiserOptions, rate func(c *configs.Config) float64) *model.Learner {
	return model.NewLearner(g.dev, layout, o, g.rates(rate), g.seeds())
}

// rates are the replicas' own, after their rollbacks.
func (g *group) rates(rate func(c *configs.Config) float64) []float64 {
	return each(g, func(r *replica) float64 { return r.slowed(rate(r.config)) })
}

// pixelStream is the noise that makes pixels binary: its own at every phase where
// they are resampled, one for all where they are fixed.
func (m *member) pixelStream(stream uint32) uint32 {
	if m.binarise == engine.BinariseFixed {
		return noise.StreamFixedPixels
	}
	return stream
}
