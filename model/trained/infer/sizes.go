package infer

import (
	"slices"

	"ssdgm/engine"
)

// Sizes are those of minibatches, ascending: rows are cut into the largest, and what is left into small ones, so that
// one row costs little and many run at the speed of products.
type Sizes []int

// SizesUpTo are the sizes up to the largest, which is at least 1.
func SizesUpTo(largest int) Sizes {
	sizes := Sizes{max(1, largest)}
	for _, size := range []int{64, 8, 1} {
		if size < sizes[0] {
			sizes = slices.Insert(sizes, 0, size)
		}
	}
	return sizes
}

// next is the place of the minibatch that takes the first of the rows that are left: of the smallest that holds all of
// them, or where most of it would be empty of the largest that they fill.
func (s Sizes) next(left int) (place int) {
	place, _ = slices.BinarySearch(s, left)
	if place == len(s) || place > 0 && 2*left < s[place] {
		place--
	}
	return place
}

// bySize is what is made for each size of minibatches when that is first wanted.
type bySize[T any] struct {
	sizes Sizes
	made  map[int]T
	make  func(size int) T
}

func newBySize[T any](sizes Sizes, make func(size int) T) *bySize[T] {
	return &bySize[T]{sizes, map[int]T{}, make}
}

// each calls f for minibatches of n rows, each with how many of its rows count from the first on, until stopped.
func (b *bySize[T]) each(n int, stopped func() bool, f func(batch T, first, count int)) {
	for first := 0; first < n && !stopped(); {
		size := b.sizes[b.sizes.next(n-first)]
		batch, ok := b.made[size]
		if !ok {
			batch = b.make(size)
			b.made[size] = batch
		}
		count := min(size, n-first)
		f(batch, first, count)
		first += count
	}
}

// feed writes the first rows of a minibatch to the device. What is left of it stays as it was: no row's results hang on
// another's.
func feed(dev engine.Device, dst engine.Floats, rows []float32) {
	dev.WriteFloats(dst.Slice(0, len(rows)), 0, rows)
}

// fetch reads the first n values of an array from the device.
func fetch(dev engine.Device, buffer *[]float32, src engine.Floats, n int) []float32 {
	values := resized(buffer, n)
	dev.ReadFloats(values, src.Slice(0, n), 0)
	return values
}

// resized makes a buffer n values long.
func resized(buffer *[]float32, n int) []float32 {
	*buffer = slices.Grow((*buffer)[:0], n)[:n]
	return *buffer
}
