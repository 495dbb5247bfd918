package model

import "ssdgm/engine"

// Values may be missing where a specification says so: NaN in X is one that its example lacks. With x_o what is there
// of x, a bound is then one on log p(x_o), or on log p(x_o, y): p(x|z) is a product over the values, so the missing
// ones integrate to 1, and
//
//	E_q[log p(x_o|z)] − KL(q(z|x_o) ‖ p(z)) ≤ log p(x_o),  log p(x_o|z) = Σ_{j in o} log p(x_j|z)
//
// for whatever q. What is missing contributes nothing to the likelihood or to its gradient. The networks that read x,
// q(z|x) and q(y|x), read 0 in its place, which of standardised values is the mean (Nazábal et al. 2020, "Handling
// incomplete heterogeneous data using VAEs"; Mattei and Frellsen 2019, "MIWAE"). Without a missing value the bound and
// its gradients are to the bit those of a model that knows of none.

// seenOf is where the networks read x: x itself, or where values may be missing memory for what observe makes of it.
func seenOf(dev engine.Device, x engine.Floats, missing bool) engine.Floats {
	if !missing {
		return x
	}
	return dev.NewFloats(x.Len)
}

// observe writes what the networks read of x.
func observe(l *engine.List, seen, x engine.Floats) {
	if seen != x {
		l.Add(engine.ZeroMissing{Dst: seen, X: x, N: x.Len})
	}
}
