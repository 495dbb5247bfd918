package main

import (
	"math"
	"slices"
	"sort"
)

// area is one under the ROC curve, and its interval.
type area struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"` // 95 %
	High  float64 `json:"high"`
}

// areaOf is the share of pairs of a usual and another example in which the usual one has the higher score; a tie counts
// half. Its interval is by DeLong, DeLong and Clarke-Pearson 1988, equations 3 to 6, kept within 0 and 1: it has no width
// where every pair is in order.
func areaOf(usual, others []float32) area {
	above, under := shares(usual, others), shares(others, usual)
	value := mean(above)
	variance := spread(above, value)/float64(len(above)) + spread(under, 1-value)/float64(len(under))
	half := 1.96 * math.Sqrt(variance)
	return area{Value: value, Low: max(0, value-half), High: min(1, value+half)}
}

// shares are of each score how many of the others are below it, as a share; those that are equal count half.
func shares(scores, others []float32) []float64 {
	sorted := slices.Sorted(slices.Values(others))
	all := make([]float64, len(scores))
	for i, score := range scores {
		low := sort.Search(len(sorted), func(at int) bool { return sorted[at] >= score })
		high := sort.Search(len(sorted), func(at int) bool { return sorted[at] > score })
		all[i] = float64(low+high) / 2 / float64(len(sorted))
	}
	return all
}

func mean(x []float64) (m float64) {
	for _, v := range x {
		m += v / float64(len(x))
	}
	return m
}

// spread is the variance about a mean.
func spread(x []float64, mean float64) (sum float64) {
	for _, v := range x {
		sum += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return sum
}
