package simd

// UpdateOptions are the constants of one step of a gradient rule. Every rule
// starts from g = Clip·gradient + Prior·p, and ends with
// average += Average·(p − average) where an average is kept.
//
// The assembly knows the order of the fields; see internal/gen/optimiser.go.
type UpdateOptions struct {
	Clip, Prior   float32
	Rate, Epsilon float32 // Adam: rate·√(1−β₂ᵗ)/(1−β₁ᵗ) and ε·√(1−β₂ᵗ), which makes it the bias-corrected one
	Average       float32 // 1 − the average's decay
	Keep1, Fresh1 float32 // Adam: β₁ and 1−β₁; SGD: the momentum, and nothing
	Keep2, Fresh2 float32 // Adam: β₂ and 1−β₂; RMSprop: ρ and 1−ρ
}

// SGD sets v = Keep1·v + g and p −= Rate·v.
func (k *Kernels) SGD(p, grad, v, average []float32, o *UpdateOptions) {
	n := len(p)
	k.table.sgd(n, ptr(p, n), ptr(grad, n), ptr(v, n), optional(average, n), &o.Clip)
}

// AdaGrad sets v += g² and p −= Rate·g/(√v + Epsilon).
func (k *Kernels) AdaGrad(p, grad, v, average []float32, o *UpdateOptions) {
	n := len(p)
	k.table.adagrad(n, ptr(p, n), ptr(grad, n), ptr(v, n), optional(average, n), &o.Clip)
}

// RMSprop sets v = Keep2·v + Fresh2·g² and p −= Rate·g/(√v + Epsilon).
func (k *Kernels) RMSprop(p, grad, v, average []float32, o *UpdateOptions) {
	n := len(p)
	k.table.rmsprop(n, ptr(p, n), ptr(grad, n), ptr(v, n), optional(average, n), &o.Clip)
}

// Adam sets m = Keep1·m + Fresh1·g, v = Keep2·v + Fresh2·g² and
// p −= Rate·m/(√v + Epsilon) (Kingma and Ba 2015).
func (k *Kernels) Adam(p, grad, m, v, average []float32, o *UpdateOptions) {
	n := len(p)
	k.table.adam(n, ptr(p, n), ptr(grad, n), ptr(m, n), ptr(v, n), optional(average, n), &o.Clip)
}
