package trained

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/enginetest"
	"ssdgm/engine/ref"
	"ssdgm/model/baseline"
	"ssdgm/model/trained/transform"
)

// applicable are models of every kind, on 16 values in 3 classes, for many rows: 23, so that they are cut into
// minibatches of several sizes, among them two that are the same but for the sign of a zero.
func applicable(t *testing.T) map[string]appliedCase {
	masked := transform.Identity(16)
	masked.Missing = transform.Mask
	standard := &transform.Transformation{Kind: transform.Standard, Width: 16, Divisor: 1, Missing: transform.Mean}
	filled := func(v float32) []float32 { return slices.Repeat([]float32{v}, 16) }
	standard.Shift, standard.Scale, standard.Fill = filled(0.5), filled(2), filled(0.25)
	components := *standard
	components.PCA = &transform.PCA{Mean: filled(0.1), Matrix: make([]float32, 5*16)}
	for i := range components.PCA.Matrix {
		components.PCA.Matrix[i] = float32(i*i%7)/10 - 0.3
	}
	all := map[string]appliedCase{}
	for name, c := range map[string]struct {
		input *transform.Transformation
		sets  []string
	}{
		"m1":            {nil, []string{"model=m1", "m1.hidden=[7, 5]"}},
		"m1 gaussian":   {masked, []string{"model=m1", "m1.output=gaussian", "data.missing=mask"}},
		"m2":            {nil, []string{"model=m2", "m2.hidden=[6, 4]", "m2.class_prior=learned"}},
		"m2 masked":     {masked, []string{"model=m2", "data.missing=mask"}},
		"m2 standard":   {standard, []string{"model=m2", "m2.classifier_hidden=[5]"}},
		"m1m2":          {nil, []string{"model=m1m2", "m2.class_prior=learned"}},
		"m1m2 masked":   {masked, []string{"model=m1m2", "m1.output=gaussian", "data.missing=mask"}},
		"m1m2 pca":      {&components, []string{"model=m1m2", "m1.output=gaussian"}},
		"supervised":    {nil, []string{"model=supervised", "supervised.hidden=[8]"}},
		"m1 and knn":    {nil, []string{"model=m1knn"}},
		"knn by itself": {nil, []string{"model=knn"}},
	} {
		m, l := madeModel(t, c.input, append([]string{"m1.hidden=[6]", "m2.hidden=[6]", "eval.batch_size=16"}, c.sets...))
		for _, p := range m.Parts() {
			for i := range *p.Values {
				(*p.Values)[i] /= 4 // so that no bound is out of all numbers
			}
		}
		x := make([]float32, 23*16)
		for i := range x {
			x[i] = (l.next() + 1) / 2
			if m.Input.Missing != transform.Refuse && l.next() > 0.7 {
				x[i] = float32(math.NaN())
			}
		}
		x[16*16] = 0
		copy(x[17*16:][:16], x[16*16:])
		x[17*16] = float32(math.Copysign(0, -1))
		learn(t, m, x[:12*16])
		all[name] = appliedCase{m, x}
	}
	return all
}

type appliedCase struct {
	m *Model
	x []float32
}

// learn lets a baseline learn from a few rows.
func learn(t *testing.T, m *Model, x []float32) {
	t.Helper()
	if m.Config.Baseline() == "" {
		return
	}
	rows := x
	if m.M1 != nil {
		m.Keep([]int{0, 2, 3})
		z, err := m.Encode(t.Context(), dense(x, 12, 16))
		must(t, err)
		rows = make([]float32, 12*3)
		for i := range rows {
			rows[i] = z.Data().([]float32)[i/3*4+m.Kept[i%3]]
		}
	}
	dev := ref.New[float32](1)
	defer dev.Close()
	classifier, err := m.Baseline(baseline.Options{Device: dev}, engine.OptimiserOptions{})
	must(t, err)
	labels := []int32{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}
	must(t, classifier.Fit(t.Context(), baseline.Examples{
		Labelled: baseline.Matrix{Rows: 12, Width: len(rows) / 12, Data: rows}, Labels: labels,
	}))
	m.Learnt = classifier.Export()
}

// devices are those on which the numbers hang on nothing but a row to the bit.
func devices(t *testing.T, f func(name string, dev engine.Device)) {
	for _, threads := range []int{1, 3} {
		dev, err := cpu.New(cpu.Options{Replicas: 1, Threads: threads})
		must(t, err)
		f(fmt.Sprintf("cpu, %d threads", threads), dev)
		must(t, dev.Close())
	}
	dev := ref.New[float32](1)
	f("ref", dev)
	must(t, dev.Close())
}

// answering is the methods of an applied model that answer rows, [n, width] each.
func answering(a *Applied) map[string]func(context.Context, []float32) ([]float32, error) {
	all := func(o EncodeOptions) func(ctx context.Context, x []float32) ([]float32, error) {
		return func(ctx context.Context, x []float32) (rows []float32, err error) {
			c, err := a.EncodeAll(ctx, x, o)
			if err != nil {
				return nil, err
			}
			for i := range len(x) / 16 {
				rows = append(rows, c.Mean[i*c.Latents:][:c.Latents]...)
				rows = append(rows, c.Logvar[i*c.Latents:][:c.Latents]...)
				rows = append(rows, c.Samples[i*3*c.Latents:][:3*c.Latents]...)
			}
			return rows, nil
		}
	}
	return map[string]func(context.Context, []float32) ([]float32, error){
		"Classify": a.Classify, "Encode": a.Encode, "Bounds": a.Bounds,
		"EncodeAll": all(EncodeOptions{Logvar: true, Samples: 3}),
		"Styles":    all(EncodeOptions{Style: true, Logvar: true, Samples: 3}),
	}
}

// answers are what an applied model gives, by the names of its methods; what it refuses is not among them.
func answers(t *testing.T, a *Applied, x []float32) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for name, call := range answering(a) {
		values, err := call(t.Context(), x)
		if errors.Is(err, ErrInput) {
			continue
		}
		must(t, err)
		all[name] = values
	}
	if len(all) == 0 {
		t.Fatal("no answers")
	}
	return all
}

// TestAppliedIsTheModel holds classes and codes to the model's own, to the bit.
func TestAppliedIsTheModel(t *testing.T) {
	for name, c := range applicable(t) {
		devices(t, func(device string, dev engine.Device) {
			a, err := c.m.On(dev).Apply()
			must(t, err)
			defer func() { must(t, a.Close()) }()
			x := dense(c.x, 23, 16)
			for call, values := range answers(t, a, c.x) {
				want := values
				switch call {
				case "Classify":
					want, err = floats(c.m.On(dev).Classify(t.Context(), x))
				case "Encode":
					want, err = floats(c.m.On(dev).Encode(t.Context(), x))
				}
				must(t, err)
				if !slices.Equal(values, want) || slices.ContainsFunc(values, func(v float32) bool { return v != v }) {
					t.Errorf("%s, %s: %s gives %v, the model %v", name, device, call, values, want)
				}
			}
		})
	}
}

// TestARowIsAnsweredAlone holds that neither neighbours nor order nor the size of minibatches nor the number of threads
// change a bit, and that rows of the same numbers are answered the same.
func TestARowIsAnsweredAlone(t *testing.T) {
	for name, c := range applicable(t) {
		whole := map[string]map[string][]float32{}
		devices(t, func(device string, dev engine.Device) {
			a, err := c.m.On(dev).Apply()
			must(t, err)
			defer func() { must(t, a.Close()) }()
			want := answers(t, a, c.x)
			whole[device] = want
			backwards := make([]float32, 0, len(c.x))
			for i := 22; i >= 0; i-- {
				backwards = append(backwards, c.x[i*16:][:16]...)
			}
			turned := answers(t, a, backwards)
			alone := map[string][]float32{}
			for i := 0; i < 23; i += 3 {
				for call, values := range answers(t, a, c.x[i*16:min(23, i+3)*16]) {
					alone[call] = append(alone[call], values...)
				}
			}
			for call, values := range want {
				if !slices.Equal(alone[call], values) {
					t.Errorf("%s, %s: %s of three rows at a time gives others", name, device, call)
				}
				width := len(values) / 23
				for i := range 23 {
					if !slices.Equal(turned[call][(22-i)*width:][:width], values[i*width:][:width]) {
						t.Errorf("%s, %s: %s of row %d gives others in another order", name, device, call, i)
					}
				}
				if !slices.Equal(values[16*width:][:width], values[17*width:][:width]) {
					t.Errorf("%s, %s: %s of the same row gives others", name, device, call)
				}
			}
		})
		for call, values := range whole["cpu, 1 threads"] {
			if !slices.Equal(values, whole["cpu, 3 threads"][call]) {
				t.Errorf("%s: %s hangs on the number of threads", name, call)
			}
			for i, v := range whole["ref"][call] {
				if math.Abs(float64(v-values[i])) > 1e-4*max(1, math.Abs(float64(v))) {
					t.Errorf("%s: %s of ref and cpu: %g and %g", name, call, v, values[i])
				}
			}
		}
	}
}

// TestBoundsAreTheModelsInTheMean holds the bound by a row's own noise to the model's, of noise by place, over many
// samples of either: within six standard errors of their difference, estimated from 8 means of 64 samples.
func TestBoundsAreTheModelsInTheMean(t *testing.T) {
	const groups, samples = 8, 64
	for name, c := range applicable(t) {
		if c.m.wantDensity("bound") != nil {
			continue
		}
		x := c.x[:3*16]
		var own, place [3][groups]float64
		c.m.Config.Eval.Samples = samples
		for g := range groups {
			c.m.Config.Seed = uint64(g)
			a, err := c.m.Apply()
			must(t, err)
			b, err := a.Bounds(t.Context(), x)
			must(t, err)
			must(t, a.Close())
			p, err := floats(c.m.Bound(t.Context(), dense(x, 3, 16)))
			must(t, err)
			for i := range 3 {
				own[i][g], place[i][g] = float64(b[i]), float64(p[i])
			}
		}
		for i := range 3 {
			a, va := meanAndVariance(own[i][:])
			b, vb := meanAndVariance(place[i][:])
			if limit := 6*math.Sqrt((va+vb)/groups) + 1e-5*math.Abs(a); math.Abs(a-b) > limit {
				t.Errorf("%s, row %d: bounds of %g ± %g by content, %g ± %g by place", name, i, a, math.Sqrt(va), b, math.Sqrt(vb))
			}
			if va == 0 {
				t.Errorf("%s, row %d: the noise does not hang on the seed", name, i)
			}
		}
	}
}

func meanAndVariance(values []float64) (mean, variance float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		variance += (v - mean) * (v - mean) / float64(len(values)-1)
	}
	return mean, variance
}

// TestCodesAreThePosteriors holds codes to the model's own, and their samples to their means and variances: within five
// standard errors of 4000 samples.
func TestCodesAreThePosteriors(t *testing.T) {
	const samples = 4000
	for name, c := range applicable(t) {
		if c.m.wantLatents() != nil {
			continue
		}
		a, err := c.m.Apply()
		must(t, err)
		x := dense(c.x, 23, 16)
		for _, style := range []bool{false, c.m.M2 != nil} {
			o := EncodeOptions{Style: style, Logvar: true, Samples: samples}
			codes, err := a.EncodeAll(t.Context(), c.x, o)
			must(t, err)
			means, classes := x, []int(nil)
			if style || c.m.M1 == nil {
				means, classes, err = c.m.Styles(t.Context(), x)
			} else {
				means, err = c.m.Encode(t.Context(), x)
			}
			must(t, err)
			if !slices.Equal(codes.Mean, means.Data().([]float32)) || !slices.Equal(codes.Classes, classes) {
				t.Errorf("%s, style %v: other codes than the model's", name, style)
			}
			worst := 0.0
			for i, mean := range codes.Mean {
				row, j := i/codes.Latents, i%codes.Latents
				draws := make([]float64, samples)
				for s := range draws {
					draws[s] = float64(codes.Samples[(row*samples+s)*codes.Latents+j])
				}
				m, v := meanAndVariance(draws)
				variance := math.Exp(float64(codes.Logvar[i]))
				worst = max(worst, math.Abs(m-float64(mean))/math.Sqrt(variance/samples),
					math.Abs(v/variance-1)/math.Sqrt(2.0/samples))
			}
			if worst > 5 {
				t.Errorf("%s, style %v: samples are off by %g standard errors", name, style, worst)
			}
		}
		must(t, a.Close())
	}
}

// TestAppliedSaysWhatItCannotTake wants errors of rows, of models and of use after the end.
func TestAppliedSaysWhatItCannotTake(t *testing.T) {
	all := applicable(t)
	apply := func(name string) *Applied {
		a, err := all[name].m.Apply()
		must(t, err)
		t.Cleanup(func() { must(t, a.Close()) })
		return a
	}
	ctx, x := t.Context(), all["m2"].x
	second := func(_ any, err error) error { return err }
	bright := slices.Clone(x)
	bright[19] = 255
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(apply("m2").Classify(ctx, x[1:])), "classify: want rows of 16 values"},
		{second(apply("m2").Bounds(ctx, bright)), "bound: want pixels from 0 to 1, found 255 in example 1, place 3"},
		{second(apply("m1").Classify(ctx, x)), `classify: want a model with a classifier, found model = "m1"`},
		{second(apply("supervised").Encode(ctx, x)), `encode: want a model with latents`},
		{second(apply("supervised").Bounds(ctx, x)), `bound: want a model of x`},
		{second(apply("m1").EncodeAll(ctx, x, EncodeOptions{Style: true})), `encode styles: want a model with classes`},
		{second(apply("m2").EncodeAll(ctx, x, EncodeOptions{Samples: -1})), `encode: want from 0 to`},
	} {
		if !errors.Is(c.err, ErrInput) || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("want an error with %q, found %v", c.want, c.err)
		}
	}
	a := apply("m1m2")
	for call, values := range answers(t, a, nil) {
		if len(values) != 0 {
			t.Errorf("%s of no row gives %v", call, values)
		}
	}
	must(t, a.Close())
	if _, err := a.Classify(ctx, x); !errors.Is(err, errClosed) {
		t.Errorf("a closed model: %v", err)
	}
	if _, err := a.Generate(ctx, Drawing{N: 1}); !errors.Is(err, errClosed) {
		t.Errorf("a closed model draws: %v", err)
	}
}

// TestAppliedStopsWithItsContext ends the context while minibatches are under way, and goes on with another.
func TestAppliedStopsWithItsContext(t *testing.T) {
	c := applicable(t)["m1m2"]
	dev := ref.New[float32](1)
	defer dev.Close()
	stop, left := func() {}, 0
	spy := enginetest.Intercept(dev, func(_ engine.Step, take func()) {
		if left--; left == 0 {
			stop()
		}
		take()
	})
	a, err := c.m.On(spy).Apply()
	must(t, err)
	want := answers(t, a, c.x)
	for name, call := range answering(a) {
		ctx, cancel := context.WithCancel(t.Context())
		stop, left = cancel, 2
		if _, err := call(ctx, c.x); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: want the context's error, found %v", name, err)
		}
		again, err := call(t.Context(), c.x)
		must(t, err)
		if !slices.Equal(again, want[name]) {
			t.Errorf("%s gives others after a call that ended early", name)
		}
	}
	mark := dev.Mark()
	must(t, a.Close())
	if dev.Mark() == mark {
		t.Error("memory stays on the caller's device")
	}
}

// TestAppliedTellsThatItsDeviceFailed plants a failure of the device.
func TestAppliedTellsThatItsDeviceFailed(t *testing.T) {
	c := applicable(t)["m1m2"]
	broken := errors.New("broken")
	dev := &failing{Device: ref.New[float32](1)}
	m := *c.m
	m.open = func() (engine.Device, error) { return dev, nil }
	a, err := m.Apply()
	must(t, err)
	dev.failure = broken
	for range 2 {
		if _, err := a.Bounds(t.Context(), c.x); !errors.Is(err, broken) {
			t.Errorf("want the failure, found %v", err)
		}
	}
	must(t, a.Close())
	m.open = func() (engine.Device, error) { return nil, broken }
	if _, err := m.Apply(); !errors.Is(err, broken) {
		t.Errorf("want the failure, found %v", err)
	}
}

// failing is a device that has failed, once it is told so.
type failing struct {
	engine.Device
	failure error
}

func (d *failing) Sync() error {
	if d.failure != nil {
		return d.failure
	}
	return d.Device.Sync()
}

func floats(t *tensor.Dense, err error) ([]float32, error) {
	if err != nil {
		return nil, err
	}
	return t.Data().([]float32), nil
}
