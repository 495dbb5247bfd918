package simd

import "ssdgm/engine/cpu/pool"

// Together is products of which none reads what another writes, and a job that writes nothing that they read, as one job
// of a pool or two: threads then meet less often, and what one leaves over another takes. The bits are those of each alone.
type Together struct {
	Products []MatMul
	Spaces   []*Workspace // one for each product, that nothing else uses meanwhile
	Other    pool.Job     // nil: none
	Parts    int          // of it

	counts []int // the parts of each product under way, and the other's
}

// Together carries out products together. It allocates nothing once t has been used.
func (k *Kernels) Together(p *pool.Pool, t *Together) {
	n, threads := len(t.Products), p.Threads()
	if t.counts == nil {
		t.counts = make([]int, n+1)
	}
	alone := threads == 1
	for i := range t.Products {
		m := &t.Products[i]
		m.check()
		alone = alone || m.M == 0 || m.N == 0 || m.K > k.gemm.depth
	}
	if alone {
		if t.Other != nil {
			p.Do(t.Parts, t.Other)
		}
		for i := range t.Products {
			k.MatMul(p, t.Spaces[i], &t.Products[i])
		}
		return
	}
	for i := range t.Products {
		q := &t.Spaces[i].product
		q.begin(threads, k, &t.Products[i])
		t.counts[i] = q.packing(threads)
	}
	t.counts[n] = 0
	t.do(p)
	for i := range t.Products {
		t.counts[i] = t.Spaces[i].product.multiplying(threads)
	}
	if t.Other != nil {
		t.counts[n] = t.Parts
	}
	t.do(p)
	for i := range t.Products {
		t.Spaces[i].product.MatMul = MatMul{}
	}
}

// do runs all parts.
func (t *Together) do(p *pool.Pool) {
	all := 0
	for _, parts := range t.counts {
		all += parts
	}
	if all > 0 {
		p.Do(all, t)
	}
}

// Run implements pool.Job.
func (t *Together) Run(part int) {
	for i, parts := range t.counts {
		if part >= parts {
			part -= parts
			continue
		}
		if i < len(t.Products) {
			t.Spaces[i].product.Run(part)
		} else {
			t.Other.Run(part)
		}
		return
	}
}
