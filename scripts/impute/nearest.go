package main

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
)

// nearest fills each row with the means of the nearest training rows, for several numbers of them. Near is by the
// columns that are there, each divided by its standard deviation.
func (e *experiment) nearest(x []float32, ks []int) [][]float32 {
	filled := make([][]float32, len(ks))
	for i := range filled {
		filled[i] = slices.Clone(x)
	}
	n := len(x) / e.d
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				e.fillRow(filled, i, x[i*e.d:][:e.d], ks)
			}
		})
	}
	wait.Wait()
	return filled
}

// distance is that of a training row.
type distance struct {
	row int
	far float32
}

// fillRow fills row i of each array.
func (e *experiment) fillRow(filled [][]float32, i int, x []float32, ks []int) {
	var there []int
	for j, v := range x {
		if v == v {
			there = append(there, j)
		}
	}
	factors := make([]float32, len(there))
	for k, j := range there {
		factors[k] = float32(1 / e.scale[j])
	}
	all := make([]distance, e.fit.n)
	for row := range all {
		values, far := e.fit.x[row*e.d:][:e.d], float32(0)
		for k, j := range there {
			d := (x[j] - values[j]) * factors[k]
			far += d * d
		}
		all[row] = distance{row, far}
	}
	slices.SortStableFunc(all, func(a, b distance) int { return cmp.Compare(a.far, b.far) })
	for j, v := range x {
		if v == v {
			continue
		}
		for which, k := range ks {
			sum := float32(0)
			for _, near := range all[:k] {
				sum += e.fit.x[near.row*e.d+j]
			}
			filled[which][i*e.d+j] = sum / float32(k)
		}
	}
}
