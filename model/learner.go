package model

import (
	"fmt"

	"ssdgm/engine"
	"ssdgm/engine/noise"
)

// Learner keeps a model's parameters on a device and applies the gradient rule Γ
// to them (algorithms 1 and 2). A step is the steps of Begin, the
// model's Gradients, and Apply.
type Learner struct {
	Layout *Layout
	Params engine.Parameters
	Clock  engine.Ints // steps begun

	dev     engine.Device
	seeds   []uint64
	seed    engine.Ints // of the same
	ruled               // all parameters, or the first of them
	second  *ruled      // the others, see Split
	norm    engine.Doubles
	fault   engine.Ints
	watched []string  // what Watch has named
	own     []*Layout // the replicas', see Own
	places  []places
}

// ruled is parameters under one gradient rule.
type ruled struct {
	params            engine.Parameters
	clock             engine.Ints
	options           engine.OptimiserOptions
	scalars, baseRate engine.Doubles
}

// NewLearner allocates the parameters. Initialise must follow, or values from elsewhere.
func NewLearner(dev engine.Device, layout *Layout, options engine.OptimiserOptions, rates []float64, seeds []uint64) *Learner {
	n := layout.Size
	l := &Learner{Layout: layout, dev: dev, seeds: seeds}
	l.Params = engine.Parameters{Values: dev.NewFloats(n), Grads: dev.NewFloats(n)}
	for i := range options.Rule.States() {
		l.Params.States[i] = dev.NewFloats(n)
	}
	if options.EMA > 0 {
		l.Params.Average = dev.NewFloats(n)
	}
	l.seed, l.fault, l.norm = dev.NewInts(2), dev.NewInts(engine.FaultLen), dev.NewDoubles(1)
	l.ruled = newRuled(dev, l.Params, options, rates)
	l.Clock = l.clock
	for r, seed := range seeds {
		dev.WriteInts(l.seed, r, noise.SeedWords(seed))
	}
	return l
}

// Bytes is what the parameters of all replicas take: values, gradient, the rule's states and the average.
func (l *Learner) Bytes() int64 {
	copies := 0
	for _, a := range []engine.Floats{l.Params.Values, l.Params.Grads, l.Params.States[0], l.Params.States[1], l.Params.Average} {
		if !a.IsNil() {
			copies++
		}
	}
	return int64(copies) * int64(engine.FloatKind.Size()) * int64(l.Layout.Size) * int64(l.dev.Replicas())
}

// Initialise gives each replica its initial values, which its seed alone decides.
func (l *Learner) Initialise() {
	for r, seed := range l.seeds {
		own, _ := l.of(r)
		l.SetValues(r, own.Init(seed))
	}
}

// SetValues makes a replica go on from values; so does the average, where there is one.
func (l *Learner) SetValues(replica int, values []float32) {
	l.Write(l.Params.Values, replica, values)
	if !l.Params.Average.IsNil() {
		l.Write(l.Params.Average, replica, values)
	}
}

func newRuled(dev engine.Device, params engine.Parameters, options engine.OptimiserOptions, rates []float64) ruled {
	r := ruled{
		params: params, clock: dev.NewSharedInts(1), options: options,
		scalars: dev.NewDoubles(engine.ScalarLen), baseRate: dev.NewDoubles(1),
	}
	for replica, rate := range rates {
		dev.WriteDoubles(r.baseRate, replica, []float64{rate})
	}
	return r
}

// Split puts the parameters from place at on under rates and options of their own. Rule
// and averaging must be those of the others, as must KLWarmupSteps, which KLWeight is by,
// and ClipNorm, which is of the whole gradient.
func (l *Learner) Split(at int, options engine.OptimiserOptions, rates []float64) {
	all := l.Params
	second := newRuled(l.dev, slice(all, at, all.Values.Len-at), options, rates)
	l.params, l.second = slice(all, 0, at), &second
}

// slice is n of the parameters from place at on.
func slice(p engine.Parameters, at, n int) engine.Parameters {
	for _, a := range []*engine.Floats{&p.Values, &p.Grads, &p.States[0], &p.States[1], &p.Average} {
		if !a.IsNil() {
			*a = a.Slice(at, n)
		}
	}
	return p
}

// Noise is the learner's noise of a stream: by replica seed, stream and clock.
func (l *Learner) Noise(stream uint32) engine.Noise {
	return engine.Noise{Seed: l.seed, Clock: l.Clock, Stream: stream}
}

// KLWeight is the weight on the KL in this step.
func (l *Learner) KLWeight() engine.Doubles { return l.scalars.At(engine.ScalarKLWeight) }

// Result is the parameters that the training is for: averaged ones where there
// are any.
func (l *Learner) Result() engine.Floats {
	if !l.Params.Average.IsNil() {
		return l.Params.Average
	}
	return l.Params.Values
}

// Begin starts a step: the clock, the rate, the weight on the KL.
func (l *Learner) Begin(steps *engine.List) {
	l.begin(steps)
	if l.second != nil {
		l.second.begin(steps)
	}
}

func (r *ruled) begin(steps *engine.List) {
	steps.Add(engine.BeginStep{
		Clock: r.clock, Scalars: r.scalars, BaseRate: r.baseRate, Options: r.options,
	})
}

// Watch latches a fault where one of the rows is not finite. what names a row in
// the fault's message, as in "bound of unlabelled example".
func (l *Learner) Watch(steps *engine.List, what string, rows engine.Floats) {
	if rows.Len > 0 {
		steps.Add(engine.CheckFinite{Fault: l.fault, Values: rows, Clock: l.Clock, Site: l.site(what)})
	}
}

// site numbers what is watched, in the order in which it was first named.
func (l *Learner) site(what string) int32 {
	for i, name := range l.watched {
		if name == what {
			return engine.SiteRows + int32(i)
		}
	}
	l.watched = append(l.watched, what)
	return engine.SiteRows + int32(len(l.watched)-1)
}

// Apply ends a step: it looks for faults in the gradient and updates the parameters.
func (l *Learner) Apply(steps *engine.List) {
	steps.Add(engine.GradientNorm{Norm: l.norm, Fault: l.fault, Grads: l.Params.Grads, Clock: l.Clock})
	l.update(steps, l.norm, l.fault)
	if l.second != nil {
		l.second.update(steps, l.norm, l.fault)
	}
}

func (r *ruled) update(steps *engine.List, norm engine.Doubles, fault engine.Ints) {
	steps.Add(engine.Update{Params: r.params, Scalars: r.scalars, Norm: norm, Fault: fault, Options: r.options})
}

// Step reads how many steps have been taken.
func (l *Learner) Step() int {
	var step [1]int32
	l.dev.ReadInts(step[:], l.Clock, 0)
	return int(step[0])
}

// SetStep makes the learner go on from a step.
func (l *Learner) SetStep(step int) {
	l.dev.WriteInts(l.clock, 0, []int32{int32(step)})
	if l.second != nil {
		l.dev.WriteInts(l.second.clock, 0, []int32{int32(step)})
	}
}

// Fault is a bound or a gradient that was not finite. The replica's parameters are
// those of the step before.
type Fault struct {
	Replica int
	Seed    uint64 // the replica's
	Step    int
	Where   string
	Watched string // what Watch named the row by; empty where it is a gradient
	Row     int    // of what was watched
	// Examples says on which training examples, for who can find that out.
	Examples string
}

// Error names the step, the place, the replica and the examples.
func (f *Fault) Error() string {
	examples := ""
	if f.Examples != "" {
		examples = " (" + f.Examples + ")"
	}
	return fmt.Sprintf("step %d: %s of seed %d%s is not finite; try a smaller rate or clip_norm, with another --out", f.Step, f.Where, f.Seed, examples)
}

// Fault reads a replica's fault latch; nil where nothing happened.
func (l *Learner) Fault(replica int) *Fault {
	var f [engine.FaultLen]int32
	l.dev.ReadInts(f[:], l.fault, replica)
	if f[engine.FaultStep] == 0 {
		return nil
	}
	fault := &Fault{Replica: replica, Seed: l.seeds[replica], Step: int(f[engine.FaultStep])}
	if site := f[engine.FaultSite]; site >= engine.SiteRows {
		fault.Watched, fault.Row = l.watched[site-engine.SiteRows], int(f[engine.FaultElement])
		fault.Where = fmt.Sprintf("the %s %d of the minibatch", fault.Watched, fault.Row)
	} else {
		fault.Where = "the gradient in " + l.at(replica, int(f[engine.FaultElement]))
	}
	return fault
}
