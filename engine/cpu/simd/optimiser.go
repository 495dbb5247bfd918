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

// Update applies the gradient rule of a number, which is engine.Rule's. A rule with one state leaves
// the second alone; average may be nil.
//
//	0  SGD      v = Keep1·v + g;                            p −= Rate·v
//	1  AdaGrad  v += g²;                                    p −= Rate·g/(√v + Epsilon)
//	2  RMSprop  v = Keep2·v + Fresh2·g²;                    p −= Rate·g/(√v + Epsilon)
//	3  Adam     m = Keep1·m + Fresh1·g, v as RMSprop's;     p −= Rate·m/(√v + Epsilon)
func (k *Kernels) Update(rule int, p, grad, s1, s2, average []float32, o *UpdateOptions) {
	n := len(p)
	k.table.rules[rule](n, ptr(p, n), ptr(grad, n), ptr(s1, n), optional(s2, n), optional(average, n), &o.Clip)
}
