package simd

// UpdateOptions are the constants of one step of a gradient rule. Every rule
// starts from g = Clip·gradient + Prior·p, and ends with
// average += Average·(p − average) where an average is kept.
//
// The assembly knows the order of the fields; see internal/gen/optimiser.go.
type UpdateOptions struct {
	Clip, Prior   float32
	Rate, Epsilon float32 // corrected for the states' start from zero: engine.ScalarStepSize and ScalarEpsilon
	Average       float32 // 1 − the average's decay
	Keep1, Fresh1 float32 // see OptimiserOptions.Blends of package engine
	Keep2, Fresh2 float32
}

// Update applies the gradient rule of a number, which is engine.Rule's; its formula stands there and in
// internal/gen/optimiser.go. A rule with one state leaves the second alone; average may be nil.
func (k *Kernels) Update(rule int, p, grad, s1, s2, average []float32, o *UpdateOptions) {
	n := len(p)
	k.table.rules[rule](n, ptr(p, n), ptr(grad, n), ptr(s1, n), optional(s2, n), optional(average, n), &o.Clip)
}
