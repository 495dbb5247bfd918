package engine

// ExpandLabels sets H[pair] = activation(Pre[pair]), Pre[pair] = U[example] + Table[label]: the
// first layer on (x, y), with u = x·Wᵀ + b computed once per example.
type ExpandLabels struct {
	H          Floats // [pairs, Width]
	Pre        Floats // [pairs, Width]; absent unless the activation's derivative is taken from it
	U          Floats // [examples, Width]
	Table      Floats // [K, Width]
	Labels     Ints   // [labelled]
	Pairs      Pairs
	Width      int
	Activation Activation
}

// Args implements Step.
func (s ExpandLabels) Args(v Visitor) {
	v(s.H.View(), write("h", s.Pairs.Rows()*s.Width))
	v(s.Pre.View(), write("pre", s.Pairs.Rows()*s.Width).optional())
	v(s.U.View(), read("u", s.Pairs.Examples()*s.Width))
	v(s.Table.View(), read("table", s.Pairs.Labels*s.Width))
	s.Pairs.labels(v, s.Labels)
}

// Cost implements Step.
func (s ExpandLabels) Cost(replicas int) Cost { return moves(s, replicas) }

// ExpandLabelsGrad overwrites DH with δ = DH ∘ activation'(From), and sets
// DU[example] = Σ_pairs δ and DTable[k] = Σ_{pairs with label k} δ.
type ExpandLabelsGrad struct {
	DU         Floats // [examples, Width]
	DTable     Floats // [K, Width]
	DH         Floats // [pairs, Width]
	From       Floats // [pairs, Width]: the output h, or Pre where FromInput; Identity needs none
	Labels     Ints   // [labelled]
	Pairs      Pairs
	Width      int
	Activation Activation
}

// Args implements Step.
func (s ExpandLabelsGrad) Args(v Visitor) {
	v(s.DU.View(), write("du", s.Pairs.Examples()*s.Width))
	v(s.DTable.View(), write("dtable", s.Pairs.Labels*s.Width))
	derive(v, "dh", s.DH, s.From, s.Pairs.Rows()*s.Width, s.Activation)
	s.Pairs.labels(v, s.Labels)
}

// Cost implements Step.
func (s ExpandLabelsGrad) Cost(replicas int) Cost { return moves(s, replicas) }

// AddLabels sets H[row] = activation(Pre[row]), Pre[row] = H[row] + Table[label], for every
// sample row.
type AddLabels struct {
	H          Floats // [sample rows, Width]
	Pre        Floats // [sample rows, Width]; absent unless the activation's derivative is taken from it
	Table      Floats // [K, Width]
	Labels     Ints   // [labelled]
	Pairs      Pairs
	Width      int
	Activation Activation
}

// Args implements Step.
func (s AddLabels) Args(v Visitor) {
	v(s.H.View(), update("h", s.Pairs.SampleRows()*s.Width))
	v(s.Pre.View(), write("pre", s.Pairs.SampleRows()*s.Width).optional())
	v(s.Table.View(), read("table", s.Pairs.Labels*s.Width))
	s.Pairs.labels(v, s.Labels)
}

// Cost implements Step.
func (s AddLabels) Cost(replicas int) Cost { return moves(s, replicas) }

// AddLabelsGrad overwrites DH with δ = DH ∘ activation'(From), and sets
// DTable[k] = Σ_{sample rows with label k} δ.
type AddLabelsGrad struct {
	DTable     Floats // [K, Width]
	DH         Floats // [sample rows, Width]
	From       Floats // [sample rows, Width]: the output h, or Pre where FromInput; Identity needs none
	Labels     Ints   // [labelled]
	Pairs      Pairs
	Width      int
	Activation Activation
}

// Args implements Step.
func (s AddLabelsGrad) Args(v Visitor) {
	v(s.DTable.View(), write("dtable", s.Pairs.Labels*s.Width))
	derive(v, "dh", s.DH, s.From, s.Pairs.SampleRows()*s.Width, s.Activation)
	s.Pairs.labels(v, s.Labels)
}

// Cost implements Step.
func (s AddLabelsGrad) Cost(replicas int) Cost { return moves(s, replicas) }

// LabelWeights sets the gradient of the loss in each pair's cost: ScaleL for
// labelled pairs, ScaleU·q_k with q = softmax(Logits) for unlabelled ones, as
// ∂U/∂L_k = q_k does not depend on the costs.
type LabelWeights struct {
	Weight         Floats // [pairs]
	Logits         Floats // [unlabelled, K]
	ScaleL, ScaleU Doubles
	Pairs          Pairs
}

// Args implements Step.
func (s LabelWeights) Args(v Visitor) {
	v(s.Weight.View(), write("weight", s.Pairs.Rows()))
	v(s.Logits.View(), read("logits", s.Pairs.Unlabelled*s.Pairs.Labels))
	v(s.ScaleL.View(), read("scaleL", 1))
	v(s.ScaleU.View(), read("scaleU", 1))
}

// Cost implements Step.
func (s LabelWeights) Cost(replicas int) Cost { return moves(s, replicas) }

// LabelCosts sets Costs = (1/S)Σ_s nll_s + klWeight·kl − logPrior[label]: L(x,y)
// of equation 6, in nats.
type LabelCosts struct {
	Costs    Floats // [pairs]
	NLL      Floats // [sample rows]
	KL       Floats // [pairs]
	KLWeight Doubles
	LogPrior Floats // [K]
	Labels   Ints   // [labelled]
	Pairs    Pairs
}

// Args implements Step.
func (s LabelCosts) Args(v Visitor) {
	v(s.Costs.View(), write("costs", s.Pairs.Rows()))
	v(s.NLL.View(), read("nll", s.Pairs.SampleRows()))
	v(s.KL.View(), read("kl", s.Pairs.Rows()))
	v(s.KLWeight.View(), read("klWeight", 1))
	v(s.LogPrior.View(), read("logPrior", s.Pairs.Labels))
	s.Pairs.labels(v, s.Labels)
}

// Cost implements Step.
func (s LabelCosts) Cost(replicas int) Cost { return moves(s, replicas) }

// Marginalise sums the label out (equation 7), for every unlabelled example
// with q = softmax(Logits) and L its K costs:
//
//	U = Σ_k q_k·(L_k + log q_k),  dlogits_k = scale·q_k·(L_k + log q_k − u).
type Marginalise struct {
	U        Floats // [Examples]
	DLogits  Floats // [Examples, Labels]; may be absent
	Logits   Floats // [Examples, Labels]
	Costs    Floats // [Examples, Labels]: those of the unlabelled pairs alone
	Scale    Doubles
	Examples int
	Labels   int
}

// Args implements Step.
func (s Marginalise) Args(v Visitor) {
	n := s.Examples * s.Labels
	v(s.U.View(), write("u", s.Examples))
	v(s.DLogits.View(), write("dlogits", n).optional())
	v(s.Logits.View(), read("logits", n))
	v(s.Costs.View(), read("costs", n))
	v(s.Scale.View(), read("scale", 1))
}

// Cost implements Step.
func (s Marginalise) Cost(replicas int) Cost { return moves(s, replicas) }

// CrossEntropy sets CE = −log softmax(Logits)[label] and
// DLogits = scale·(softmax(Logits) − onehot(label)), unless DLogits is absent.
type CrossEntropy struct {
	CE       Floats // [Examples]
	DLogits  Floats // [Examples, Classes]
	Logits   Floats // [Examples, Classes]
	Labels   Ints   // [Examples]
	Scale    Doubles
	Examples int
	Classes  int
}

// Args implements Step.
func (s CrossEntropy) Args(v Visitor) {
	n := s.Examples * s.Classes
	v(s.CE.View(), write("ce", s.Examples))
	v(s.DLogits.View(), write("dlogits", n).optional())
	v(s.Logits.View(), read("logits", n))
	v(s.Labels.View(), read("labels", s.Examples))
	v(s.Scale.View(), read("scale", 1))
}

// Cost implements Step.
func (s CrossEntropy) Cost(replicas int) Cost { return moves(s, replicas) }

// LogSoftmax sets Y = log softmax(Logits), row by row.
type LogSoftmax struct {
	Y, Logits Floats // [Rows, Classes]
	Rows      int
	Classes   int
}

// Args implements Step.
func (s LogSoftmax) Args(v Visitor) {
	v(s.Y.View(), write("y", s.Rows*s.Classes))
	v(s.Logits.View(), read("logits", s.Rows*s.Classes))
}

// Cost implements Step.
func (s LogSoftmax) Cost(replicas int) Cost { return moves(s, replicas) }

// ClassPriorGrad sets DLogits_k = Σ_pairs weight·(π_k − [label = k]), the gradient
// of −Σ weight·log π_label in the logits of the prior π = exp(LogPrior).
type ClassPriorGrad struct {
	DLogits  Floats // [K]
	Weight   Floats // [pairs]
	LogPrior Floats // [K]
	Labels   Ints   // [labelled]
	Pairs    Pairs
}

// Args implements Step.
func (s ClassPriorGrad) Args(v Visitor) {
	v(s.DLogits.View(), write("dlogits", s.Pairs.Labels))
	v(s.Weight.View(), read("weight", s.Pairs.Rows()))
	v(s.LogPrior.View(), read("logPrior", s.Pairs.Labels))
	s.Pairs.labels(v, s.Labels)
}

// Cost implements Step.
func (s ClassPriorGrad) Cost(replicas int) Cost { return moves(s, replicas) }
