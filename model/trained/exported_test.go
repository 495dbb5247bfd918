package trained

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"ssdgm/configs"
	"ssdgm/engine/ref"
	"ssdgm/model/baseline"
	"ssdgm/model/trained/infer"
	"ssdgm/model/trained/onnx/onnxtest"
	"ssdgm/model/trained/transform"
)

// exported are models with every kind of layer that an ONNX file can hold.
var exported = []struct {
	name string
	sets []string
}{
	{"m1", []string{"model=m1", "m1.activation=softplus", "m1.hidden=[7, 5]"}},
	{"m2", []string{"model=m2", "m2.activation=relu", "m2.hidden=[6, 4]", "m2.classifier_hidden=[5]"}},
	{"m2-linear", []string{"model=m2", "m2.activation=tanh", "m2.hidden=[6]", "m2.classifier_hidden=[]"}},
	{"m1m2", stacked},
	{"m1-silu", []string{"model=m1", "m1.activation=silu", "m1.hidden=[7, 5]"}},
	{"m2-gelu", []string{"model=m2", "m2.activation=gelu", "m2.hidden=[6, 4]", "m2.classifier_hidden=[5]"}},
	{"supervised", []string{"model=supervised", "supervised.activation=relu", "supervised.hidden=[8]"}},
}

// exportedModel is one of them on images of 4×4 in 3 classes, and some images. Its parameters
// come from whole numbers alone, so that they are the same everywhere.
func exportedModel(t *testing.T, sets []string) (*Model, *Set) {
	t.Helper()
	trained, l := madeModel(t, nil, sets)
	set := &Set{Name: "exported", N: 9, Inputs: 16, Classes: 3, Bytes: make([]uint8, 9*16), Labels: make([]uint8, 9)}
	for i := range set.Bytes {
		set.Bytes[i] = uint8(128 + 127*l.next())
	}
	return trained, set
}

// madeModel is a model of 16 values in 3 classes, which are transformed so, or pixels of 4×4. l goes on where its
// parameters end.
func madeModel(t *testing.T, input *transform.Transformation, sets []string) (trained *Model, l lcg) {
	t.Helper()
	c, _, err := configs.Parse("exported", nil, append([]string{
		"yardstick=false", "m1.latents=4", "m2.latents=2", "eval.batch_size=4",
		"m1.train.steps=1", "m2.train.steps=1", "supervised.train.steps=1",
	}, sets...))
	if err != nil {
		t.Fatal(err)
	}
	trained = New(c, Size{Inputs: 16, Height: 4, Width: 4, Classes: 3, Input: input})
	if c.Model == "m1m2" {
		trained.Keep([]int{0, 2, 3})
	}
	l = lcg(1)
	for _, p := range trained.Parts() {
		*p.Values = l.floats(p.Layout.Size, same)
	}
	return trained, l
}

// arrayOf is a set's images as an array.
func arrayOf(set *Set) *tensor.Dense {
	x := make([]float32, len(set.Bytes))
	for i, b := range set.Bytes {
		x[i] = float32(b) / 255
	}
	return dense(x, set.N, set.Inputs)
}

// An exportCase is a model with one kind of layer or of transformation that an ONNX file can hold.
type exportCase struct {
	name                    string
	sets                    []string
	input                   func(l *lcg) *transform.Transformation // nil: pixels of images
	height, width, channels int                                    // of the images; 0: 4×4 of one channel
	temperature             float64                                // 0: none
	scale                   float32                                // of raw values; 0: 1
	gaps                    bool                                   // values are missing
	refused                 []float32                              // values that make a row one that the model refuses
}

var (
	nan = float32(math.NaN())
	inf = float32(math.Inf(1))

	// onTables are the settings of an M2 on tables.
	onTables = []string{"model=m2", "m2.activation=relu", "m2.hidden=[6, 4]", "m2.classifier_hidden=[5]"}
	// stacked are those of an M1+M2.
	stacked = []string{"model=m1m2", "m1.activation=tanh", "m1.hidden=[7]", "m2.activation=softplus", "m2.hidden=[6]",
		"m2.classifier_hidden=[5, 4]"}
)

// exportCases are all of them: those of exported, and what else there is.
func exportCases() (all []exportCase) {
	for _, e := range exported {
		all = append(all, exportCase{name: e.name, sets: e.sets})
	}
	return append(all, transformedCases...)
}

// transformedCases are of models beside exported: on tables, of images that are transformed, with a temperature.
var transformedCases = []exportCase{
	{name: "supervised-tempered", temperature: 0.5, sets: []string{
		"model=supervised", "supervised.activation=relu", "supervised.hidden=[8]"}},
	{name: "cnn", height: 9, width: 8, channels: 2, temperature: 2.5, sets: []string{
		"model=cnn", "cnn.filters=[2, 3]", "cnn.kernel=2", "cnn.hidden=4"}},
	{name: "m1knn", sets: []string{"model=m1knn", "m1.hidden=[7]"}},
	{name: "pixels-standard", temperature: 1.75, input: asImages(fitted(transform.Standard)),
		sets: append(slices.Clone(stacked), "m1.output=gaussian")},
	{name: "pixels-components", input: asImages(components(transform.Pixels, true)),
		sets: append(slices.Clone(stacked), "m1.output=gaussian")},
	{name: "none", input: fitted(transform.None), refused: []float32{nan, inf, -inf}, sets: onTables},
	{name: "none-large", input: fitted(transform.None), scale: 1e5, refused: []float32{nan, inf},
		sets: []string{"model=m2", "m2.activation=softplus", "m2.hidden=[6]", "m2.classifier_hidden=[5]"}},
	{name: "none-bernoulli", input: fitted(transform.None), refused: []float32{nan, inf, -1e-6, 1.001},
		sets: append(slices.Clone(stacked), "m1.output=bernoulli")},
	{name: "standard", input: fitted(transform.Standard), scale: 40, refused: []float32{nan, inf}, sets: onTables},
	{name: "robust-mean", input: filled(transform.Robust), gaps: true, scale: 10, refused: []float32{-inf},
		sets: append(slices.Clone(stacked), "m1.output=gaussian")},
	{name: "log1p", input: fitted(transform.Log1p), scale: 1000, refused: []float32{nan, inf, -0.5}, sets: onTables},
	{name: "log1p-small", input: small, scale: 1e-12, refused: []float32{nan, inf, -0.5}, sets: onTables},
	{name: "minmax", input: fitted(transform.MinMax), refused: []float32{nan, inf},
		sets: []string{"model=m1", "m1.hidden=[7]", "m1.output=bernoulli"}},
	{name: "components", input: components(transform.Standard, false), scale: 100, refused: []float32{nan, inf},
		sets: append(slices.Clone(stacked), "m1.output=gaussian")},
	{name: "whitened-mean", input: components(transform.Log1p, true), gaps: true, refused: []float32{inf, -2},
		sets: onTables},
	{name: "mask", input: masked(transform.Standard), gaps: true, scale: 7, refused: []float32{inf},
		sets: append(slices.Clone(stacked), "m1.output=gaussian", "data.missing=mask")},
	{name: "mask-m2", input: masked(transform.None), gaps: true, refused: []float32{inf},
		sets: append(slices.Clone(onTables), "data.missing=mask")},
	{name: "mask-supervised", input: masked(transform.Log1p), gaps: true, refused: []float32{inf, -1},
		sets: []string{"model=supervised", "supervised.hidden=[8]", "data.missing=mask"}},
}

// lcg gives the same numbers everywhere: they come from whole numbers alone.
type lcg uint32

// next is from −1 to 1.
func (l *lcg) next() float32 {
	*l = *l*1664525 + 1013904223
	return float32(uint32(*l)>>16)/(1<<15) - 1
}

func (l *lcg) floats(n int, of func(v float32) float32) []float32 {
	all := make([]float32, n)
	for i := range all {
		all[i] = of(l.next())
	}
	return all
}

func same(v float32) float32     { return v }
func positive(v float32) float32 { return 1.25 + v }
func alive(v float32) float32    { return 0.25 + v } // most of a rectifier's inputs are above 0

// model is the model, with three classes.
func (e exportCase) model(t *testing.T, l *lcg) *Model {
	t.Helper()
	c, _, err := configs.Parse("exported", nil, append([]string{
		"yardstick=false", "m1.latents=4", "m2.latents=2", "eval.batch_size=4",
		"m1.train.steps=1", "m2.train.steps=1", "supervised.train.steps=1", "cnn.train.steps=1",
	}, e.sets...))
	if err != nil {
		t.Fatal(err)
	}
	size := Size{Inputs: 16, Height: 4, Width: 4, Classes: 3}
	switch {
	case e.input != nil:
		size = Size{Inputs: tableWidth, Height: 1, Width: tableWidth, Classes: 3, Input: e.input(l)}
	case e.height > 0:
		size = Size{Inputs: e.height * e.width * e.channels, Height: e.height, Width: e.width, Classes: 3}
	}
	m := New(c, size)
	m.ClassNames = []string{"a rose", "ein Löwe", "x\ny"}
	if m.M1 != nil && c.Model != "m1" {
		m.Keep([]int{0, 2, 3})
	}
	if e.temperature > 0 {
		m.Temperature = &Temperature{e.temperature, 100}
	}
	for _, p := range m.Parts() {
		*p.Values = l.floats(p.Layout.Size, same)
	}
	if m.convolves() {
		m.Learnt = convolutional(l, e)
	}
	return m
}

// convolutional are the parameters of a CNN with two layers of windows of 2×2, which leaves one pixel of its images.
func convolutional(l *lcg, e exportCase) (all []baseline.Tensor) {
	for _, tensor := range []struct {
		name  string
		shape []int
	}{
		{"convolution.0.weight", []int{2, 4 * e.channels}}, {"convolution.0.bias", []int{2}},
		{"convolution.1.weight", []int{3, 4 * 2}}, {"convolution.1.bias", []int{3}},
		{"hidden.weight", []int{4, 3}}, {"hidden.bias", []int{4}}, {"out.weight", []int{3, 4}}, {"out.bias", []int{3}},
	} {
		n := 1
		for _, d := range tensor.shape {
			n *= d
		}
		all = append(all, baseline.Tensor{Name: "cnn." + tensor.name, Shape: tensor.shape, Data: l.floats(n, alive)})
	}
	return all
}

// A fed array is what a network is given: float32 by their bits, so that JSON can hold all of them, or whole numbers.
type fed struct {
	Type   string // uint8, float32 or int64
	Shape  []int
	Floats []uint32
	Whole  []int64
}

func (f fed) value() onnxtest.Value {
	v := onnxtest.Value{Shape: f.Shape}
	for _, bits := range f.Floats {
		v.Data = append(v.Data, float64(math.Float32frombits(bits)))
	}
	for _, whole := range f.Whole {
		v.Data = append(v.Data, float64(whole))
	}
	return v
}

func fedFloats(values []float32, width int) fed {
	f := fed{Type: "float32", Shape: []int{len(values) / width, width}}
	for _, v := range values {
		f.Floats = append(f.Floats, math.Float32bits(v))
	}
	return f
}

// exampleRows is how many examples of each model there are that it takes.
const exampleRows = 5

// examples are raw values of examples, [exampleRows, d], as methods of the model take them, and what its networks are
// given: the same, and a row more for each value that the model refuses.
func (e exportCase) examples(m *Model, l *lcg) (raw []float32, given fed) {
	if m.Input.Image() {
		given = fed{Type: "uint8", Shape: []int{exampleRows, m.Inputs}}
		for range exampleRows * m.Inputs {
			pixel := int64(128 + 127*l.next())
			given.Whole, raw = append(given.Whole, pixel), append(raw, float32(pixel)/m.Input.Divisor)
		}
		return raw, given
	}
	scale := max(e.scale, 1)
	if e.scale > 0 {
		scale = e.scale
	}
	raw = l.floats(exampleRows*m.Inputs, func(v float32) float32 {
		if m.Unit() || m.Input.Kind == transform.Log1p {
			v = (v + 1) / 2
		}
		return v * scale
	})
	if e.gaps {
		for i := 1; i < len(raw); i += 3 {
			raw[i] = nan
		}
	}
	all := slices.Clone(raw)
	for i, v := range e.refused {
		row := slices.Clone(raw[i*m.Inputs:][:m.Inputs])
		row[(i+2)%m.Inputs] = v
		all = append(all, row...)
	}
	return raw, fedFloats(all, m.Inputs)
}

// latents are what the decoder is given, and what it must give: an example more, of which a latent is not finite.
func (e exportCase) latents(t *testing.T, m *Model, l *lcg) (given map[string]fed, want []float64) {
	t.Helper()
	width := m.latentsOfDecoder()
	z, labels := l.floats(exampleRows*width, same), make([]int, exampleRows)
	dev, ctx := ref.New[float32](1), context.Background()
	defer dev.Close()
	spoiled := append(append(slices.Clone(z), inf), z[1:width]...)
	given = map[string]fed{onnxLatents: fedFloats(spoiled, width)}
	if m.M2 == nil {
		head := infer.MeanOf(m.M1.Output, m.M1.Inputs)
		want = wideFloats(m.raw(infer.DecodeM1(dev, m.M1, m.M1Values, z, head, nil)))
	} else {
		f := fed{Type: "int64", Shape: []int{exampleRows + 1}, Whole: make([]int64, exampleRows+1)}
		for i := range labels {
			labels[i] = i % m.K
			f.Whole[i] = int64(labels[i])
		}
		given[onnxLabel] = f
		x, err := m.On(dev).Decode(ctx, dense(z, exampleRows, width), labels)
		if err != nil {
			t.Fatal(err)
		}
		want = wideFloats(x.Data().([]float32))
	}
	return given, append(want, slices.Repeat([]float64{math.NaN()}, m.Inputs)...)
}

func wideFloats(values []float32) (all []float64) {
	for _, v := range values {
		all = append(all, float64(v))
	}
	return all
}

// inferred is what the program's own inference makes of examples, by the names of networks and their outputs; of those
// that the model refuses it is NaN, or −1.
func (e exportCase) inferred(t *testing.T, m *Model, raw []float32) map[string]map[string][]float64 {
	t.Helper()
	dev, ctx := ref.New[float32](1), context.Background()
	defer dev.Close()
	x, all := dense(raw, exampleRows, m.Inputs), map[string]map[string][]float64{}
	keep := func(network, output string, values []float32, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if all[network] == nil {
			all[network] = map[string][]float64{}
		}
		none := math.NaN()
		if output == onnxLabel {
			none = -1
		}
		width := len(values) / exampleRows
		all[network][output] = append(wideFloats(values), slices.Repeat([]float64{none}, len(e.refused)*width)...)
	}
	array := func(of *Model, ask func(m *Model) (*tensor.Dense, error)) ([]float32, error) {
		return floats(ask(of.On(dev)))
	}
	encode := func(m *Model) (*tensor.Dense, error) { return m.Encode(ctx, x) }
	styles := func(m *Model) (*tensor.Dense, error) {
		z, labels, err := m.Styles(ctx, x)
		y := make([]float32, len(labels))
		for i, label := range labels {
			y[i] = float32(label)
		}
		network := "encoder"
		if m.M1 != nil {
			network = "styles"
		}
		keep(network, onnxLabel, y, err)
		return z, err
	}
	if m.M1 != nil {
		means, err := array(m, encode)
		keep("encoder", onnxMean, means, err)
		logvars, err := array(headsSwapped(m), encode)
		keep("encoder", onnxLogvar, logvars, err)
	}
	if m.M2 != nil {
		network := "encoder"
		if m.M1 != nil {
			network = "styles"
		}
		logvars, err := array(headsSwapped(m, "m2"), styles)
		keep(network, onnxLogvar, logvars, err)
		means, err := array(m, styles)
		keep(network, onnxMean, means, err)
	}
	if m.hasClassifierGraph() {
		p, err := array(m, func(m *Model) (*tensor.Dense, error) { return m.Classify(ctx, x) })
		keep("classifier", onnxProbabilities, p, err)
		in, n, err := m.examples("classify", x)
		if err != nil {
			t.Fatal(err)
		}
		logits, err := m.logits(dev, in, n, m.walk(func() bool { return false }))
		keep("classifier", onnxLogits, logits, err)
	}
	return all
}

// headsSwapped is a model whose mean of q(z1|x), or of M2's q(z|x,y), is the given one's logvar.
func headsSwapped(m *Model, of ...string) *Model {
	swapped, part := *m, strings.Join(of, "")
	swapped.M1Values, swapped.M2Values = slices.Clone(m.M1Values), slices.Clone(m.M2Values)
	for _, p := range swapped.Parts() {
		if p.Name == "m2" && part == "" || p.Name == "m1" && part != "" {
			continue
		}
		for _, kind := range []string{"weight", "bias"} {
			mean, _ := p.Layout.Find(p.Name + ".encoder.mean." + kind)
			logvar, _ := p.Layout.Find(p.Name + ".encoder.logvar." + kind)
			from := m.M1Values
			if p.Name == "m2" {
				from = m.M2Values
			}
			copy((*p.Values)[mean.Offset:][:mean.Len()], from[logvar.Offset:])
		}
	}
	return &swapped
}

// builtCase is a model with what its networks are given and must give.
type builtCase struct {
	model *Model
	given map[string]map[string]fed       // by network and input
	want  map[string]map[string][]float64 // by network and output
}

func (e exportCase) build(t *testing.T) builtCase {
	t.Helper()
	l := lcg(1)
	m := e.model(t, &l)
	raw, given := e.examples(m, &l)
	c := builtCase{m, map[string]map[string]fed{}, e.inferred(t, m, raw)}
	name := onnxValues
	if m.Input.Image() {
		name = onnxBytes
	}
	for network := range c.want {
		c.given[network] = map[string]fed{name: given}
	}
	if m.M1 != nil || m.M2 != nil {
		latents, want := e.latents(t, m, &l)
		output := onnxValues
		if m.Input.Image() {
			output = onnxPixels
		}
		c.given["decoder"], c.want["decoder"] = latents, map[string][]float64{output: want}
	}
	return c
}

// json is what a network is given, for a program that runs it.
func (c builtCase) json(t *testing.T, network string) []byte {
	t.Helper()
	text, err := json.Marshal(c.given[network])
	if err != nil {
		t.Fatal(err)
	}
	return text
}
