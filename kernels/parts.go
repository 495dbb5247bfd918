package kernels

import "ssdgm/engine"

// Delta is a part of engine.DenseGrad: DY = DY ∘ activation'(From), which is δ.
type Delta struct {
	DY, From   engine.Floats // [N]
	N          int
	Activation engine.Activation
}

// Args implements engine.Step.
func (s Delta) Args(v engine.Visitor) {
	v(s.DY.View(), engine.Arg{Name: "dy", Len: s.N, Access: engine.ReadWrite})
	v(s.From.View(), engine.Arg{Name: "from", Len: s.N, Access: engine.Read})
}

// LabelledDense is a layer of identity and the labels that are added to its output in place.
type LabelledDense struct {
	Dense  engine.Dense
	Labels engine.AddLabels
}

// Args implements engine.Step.
func (s LabelledDense) Args(v engine.Visitor) {
	s.Dense.Args(v)
	s.Labels.Args(v)
}

// Cost implements engine.Step.
func (LabelledDense) Cost(int) engine.Cost { return engine.Cost{} }

// BiasGrad is a part of engine.DenseGrad: Bias = Σ_rows δ.
type BiasGrad struct {
	Bias  engine.Floats // [Out]
	DY    engine.Floats // δ, [Rows, Out]
	Rows  int
	Layer engine.Layer
}

// Args implements engine.Step.
func (s BiasGrad) Args(v engine.Visitor) {
	v(s.Bias.View(), engine.Arg{Name: "bias", Len: s.Layer.Out, Access: engine.Write})
	v(s.DY.View(), engine.Arg{Name: "dy", Len: s.Rows * s.Layer.Out, Access: engine.Read})
}

// WeightGrad is a part of engine.DenseGrad: Grad.Weight = δᵀ·X and, unless it is absent,
// Grad.Bias = Σ_rows δ.
type WeightGrad struct {
	Grad  engine.LayerGrad
	DY    engine.Floats // δ, [Rows, Out]
	X     engine.Floats // [Rows, In]
	Rows  int
	Layer engine.Layer
}

// Args implements engine.Step.
func (s WeightGrad) Args(v engine.Visitor) {
	v(s.Grad.Weight.View(), engine.Arg{Name: "grad.weight", Len: s.Layer.In * s.Layer.Out, Access: engine.Write})
	v(s.Grad.Bias.View(), engine.Arg{Name: "grad.bias", Len: s.Layer.Out, Access: engine.Write, Optional: true})
	v(s.DY.View(), engine.Arg{Name: "dy", Len: s.Rows * s.Layer.Out, Access: engine.Read})
	v(s.X.View(), engine.Arg{Name: "x", Len: s.Rows * s.Layer.In, Access: engine.Read})
}

// InputGrad is a part of engine.DenseGrad: DX = δ·Weight ∘ activation'(Below). The derivative is
// that of the layer below, whose δ is then left in DX; with Identity there is none.
type InputGrad struct {
	DX         engine.Floats // [Rows, In]
	DY         engine.Floats // δ, [Rows, Out]
	Below      engine.Floats // [Rows, In]
	Activation engine.Activation
	Rows       int
	Layer      engine.Layer
}

// Args implements engine.Step.
func (s InputGrad) Args(v engine.Visitor) {
	n := s.Rows * s.Layer.In
	v(s.DX.View(), engine.Arg{Name: "dx", Len: n, Access: engine.Write})
	v(s.DY.View(), engine.Arg{Name: "dy", Len: s.Rows * s.Layer.Out, Access: engine.Read})
	v(s.Below.View(), engine.Arg{Name: "below", Len: n, Access: engine.Read, Optional: true})
	v(s.Layer.Weight.View(), engine.Arg{Name: "weight", Len: s.Layer.In * s.Layer.Out, Access: engine.Read})
}

// Products is both products of engine.DenseGrad at once. Their DY, Rows and Layer are the same.
type Products struct {
	Weights WeightGrad
	Input   InputGrad
}

// Args implements engine.Step.
func (s Products) Args(v engine.Visitor) {
	s.Weights.Args(v)
	s.Input.Args(v)
}

// ExpandDelta is a part of engine.ExpandLabelsGrad: DH = DH ∘ activation'(From), which is δ, and
// DU[example] = Σ_pairs δ.
type ExpandDelta struct{ engine.ExpandLabelsGrad }

// Args implements engine.Step.
func (s ExpandDelta) Args(v engine.Visitor) {
	s.ExpandLabelsGrad.Args(func(a engine.View, arg engine.Arg) {
		if arg.Name != "dtable" && arg.Name != "labels" {
			v(a, arg)
		}
	})
}

// NextClock sets Next = Clock + 1.
type NextClock struct{ Next, Clock engine.Ints }

// Args implements engine.Step.
func (s NextClock) Args(v engine.Visitor) {
	v(s.Next.View(), engine.Arg{Name: "next", Len: 1, Access: engine.Write})
	v(s.Clock.View(), engine.Arg{Name: "clock", Len: 1, Access: engine.Read})
}

// FetchPixels copies the images in an index, which lie on the host, to the card.
type FetchPixels struct {
	Rows   engine.Floats // of bytes, [len(Index), Width]
	Images engine.Bytes
	Index  engine.Ints
	Width  int
}

// Args implements engine.Step.
func (s FetchPixels) Args(v engine.Visitor) {
	v(s.Rows.View(), engine.Arg{Name: "rows", Len: s.Rows.Len, Access: engine.Write})
	v(s.Images.View(), engine.Arg{Name: "images", Len: s.Images.Len, Access: engine.Read})
	v(s.Index.View(), engine.Arg{Name: "index", Len: s.Index.Len, Access: engine.Read})
}

// GatherFetched is engine.GatherPixels where rows have been fetched already: row b is taken from
// there if it is the example wanted, Fetched[b] = Index[b].
type GatherFetched struct {
	engine.GatherPixels
	Rows    engine.Floats // of bytes, [len(Index), Width]
	Fetched engine.Ints   // [len(Index)]
}

// Args implements engine.Step.
func (s GatherFetched) Args(v engine.Visitor) {
	s.GatherPixels.Args(v)
	v(s.Rows.View(), engine.Arg{Name: "rows", Len: s.Rows.Len, Access: engine.Read})
	v(s.Fetched.View(), engine.Arg{Name: "fetched", Len: s.Index.Len, Access: engine.Read})
}

// Cost implements engine.Step. A part has none of its own: it is its step's.
func (Delta) Cost(int) engine.Cost { return engine.Cost{} }

// Cost implements engine.Step.
func (BiasGrad) Cost(int) engine.Cost { return engine.Cost{} }

// Cost implements engine.Step.
func (WeightGrad) Cost(int) engine.Cost { return engine.Cost{} }

// Cost implements engine.Step.
func (InputGrad) Cost(int) engine.Cost { return engine.Cost{} }

// Cost implements engine.Step.
func (Products) Cost(int) engine.Cost { return engine.Cost{} }

// Cost implements engine.Step.
func (NextClock) Cost(int) engine.Cost { return engine.Cost{} }

// Cost implements engine.Step.
func (FetchPixels) Cost(int) engine.Cost { return engine.Cost{} }
