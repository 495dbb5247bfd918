package train

import (
	"fmt"
	"slices"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model"
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
	m2Input  input
	asked    func() bool // tells whether validation is to be given up
}

// partition puts members into groups that can take a phase's steps together, of those that
// stand at one step of it, as far as there is memory.
func (s *Session) partition(members []*member, name string) [][]*replica {
	var groups [][]*replica
	places := map[string]int{}
	same := map[string]*replica{}
	for _, m := range members {
		shape := fmt.Sprintf("%s at %d, %v", m.shape(name), m.stands(name), m.owes(name))
		if (name == "m2" || name == "joint") && m.trained.M2 != nil {
			shape += fmt.Sprintf(" of %d inputs", m.trained.M2.Inputs)
		}
		numbers := shape + m.numbers(name)
		if r := same[numbers]; r != nil {
			r.members = append(r.members, m)
			continue
		}
		same[numbers] = &replica{m, []*member{m}}
		at, known := places[shape]
		if !known {
			at = len(groups)
			groups, places[shape] = append(groups, nil), at
		}
		groups[at] = append(groups[at], same[numbers])
	}
	var fitting [][]*replica
	for _, g := range groups {
		most := g[0].capacity(s.dev, name)
		// As few groups as there is memory for, of one size.
		parts := (len(g) + most - 1) / most
		fitting = slices.AppendSeq(fitting, slices.Chunk(g, (len(g)+parts-1)/parts))
	}
	return fitting
}

// shape is a text in which replicas of one device must agree. What they may differ in is
// their seed, their labels, α and the rate.
func (m *member) shape(name string) string {
	c := restrict(m.config, name)
	c.Seed, c.Data.Labels, c.Data.LabelCounts, c.M2.Alpha = 0, 0, nil, 0
	c.M1.Train.Optimiser.Rate, c.M2.Train.Optimiser.Rate, c.Supervised.Train.Optimiser.Rate = 0, 0, 0
	c.Joint.Optimiser.Rate, c.Joint.M2Rate = 0, 0
	text := fmt.Sprintf("%s of %d steps on %s\n%s", name, m.steps(name), m.ds.digest, c.TOML())
	if name == "supervised" {
		// The weights' prior is scaled by how many labels there are.
		text += fmt.Sprintf("labels = %d\n", m.ds.labelled)
	}
	return text
}

// numbers is a text in which members of one replica must agree. M1 is all that they share.
func (m *member) numbers(name string) string {
	if name != "m1" {
		return m.run.Dir()
	}
	return fmt.Sprint(string(restrict(m.config, name).TOML()), m.cuts)
}

// restrict keeps what a phase depends on.
func restrict(c *configs.Config, name string) *configs.Config {
	kept := &configs.Config{
		Seed: c.Seed, Precision: c.Precision, MatMul: c.MatMul, Data: c.Data,
		OnNaN: c.OnNaN, RollbackRateFactor: c.RollbackRateFactor, Rollbacks: c.Rollbacks,
		Checkpoint: configs.Checkpoint{EverySteps: c.Checkpoint.EverySteps, EverySeconds: c.Checkpoint.EverySeconds},
		Eval:       configs.Eval{BatchSize: c.Eval.BatchSize},
	}
	kept.Data.Dir, kept.Data.Test = "", 0
	switch name {
	case "m1":
		kept.M1, kept.Data.Labels, kept.Data.LabelCounts = c.M1, 0, nil
		kept.M1.KeepAbove = 0
	case "m2":
		kept.Model, kept.M2 = c.Model, c.M2
	case "joint":
		kept.Joint, kept.M1, kept.M2 = c.Joint, c.M1, c.M2
		kept.M1.From, kept.M1.KeepAbove, kept.M1.Samples = "", 0, 0
		kept.M1.Train, kept.M2.Train = configs.M1Train{}, configs.M2Train{}
	default:
		kept.Supervised = c.Supervised
	}
	return kept
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

// m2Input makes M2's input: the pixels, or M1's features of them. Where all replicas have one
// M1, see sharesM1, they share its features.
func (s *Session) m2Input(g *group) error {
	g.m2Input = g.pixels()
	if g.replicas[0].config.Model != "m1m2" {
		return nil
	}
	width := g.replicas[0].trained.M2.Inputs
	type features struct {
		m1   *float32
		kept *int
	}
	of := map[features][]int{} // which replicas have which
	for i, r := range g.replicas {
		f := features{&r.trained.M1Values[0], &r.trained.Kept[0]}
		of[f] = append(of[f], i)
	}
	table := g.dev.NewSharedFloats
	if len(of) > 1 {
		table = g.dev.NewFloats
	}
	g.m2Input = input{stats: table(g.corpus.n * 2 * width), width: width}
	for _, sharing := range of {
		if len(of) == 1 {
			sharing = sharing[:1]
		}
		err := s.alone(g.corpus, func(dev engine.Device, pixels input) {
			eachFeatures(dev, g.replicas[sharing[0]].trained, pixels, g.corpus.n, s.asked, func(at int, rows []float32) {
				for _, r := range sharing {
					g.dev.WriteFloats(g.m2Input.stats.Slice(at, len(rows)), r, rows)
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

// phase makes a phase of that name.
func (g *group) phase(name string) *phase {
	switch name {
	case "m1":
		return g.m1Phase()
	case "m2":
		return g.m2Phase()
	case "joint":
		return g.jointPhase()
	default:
		return g.supervisedPhase()
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
