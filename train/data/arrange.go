package data

import (
	"cmp"
	"slices"

	"ssdgm/train/data/rng"
)

// arrangeKey keeps the streams of arrangements apart from those of splits.
const arrangeKey = 0x617272616e6765 // "arrange"

// Arranged returns a set whose order says nothing in the one that a split wants: the validation examples last, and first
// the training ones where these are not all (train > 0). Both are drawn so that each class has its share of them, and are
// the same for every seed of a run. It is a copy, or the set itself where nothing is to be moved or its order counts.
func (s *Set) Arranged(validation, train int) (*Set, error) {
	if !s.Unsplit || validation < 0 || validation >= s.N || validation == 0 && train == 0 || s.Held > 0 && train == 0 {
		return s, nil // NewSplit says what is wrong.
	}
	members, unknown := byClass(s.Labels, s.Classes)
	if s.Classes == 0 { // Nothing is judged by labels.
		members, unknown = [][]int32{unknown}, nil
	}
	if labelled := s.N - len(unknown); validation > labelled {
		return nil, InputErrorf("split: wanted %d validation examples with a label, found %d labelled examples; "+
			"lower data.validation", validation, labelled)
	}
	held := s.held(members, validation)
	rest := Others(held, s.N)
	if train > 0 && train < len(rest) {
		left := make([]uint8, len(rest))
		for i, place := range rest {
			left[i] = s.Labels[place]
		}
		members, unknown := byClass(left, s.Classes)
		first := s.stratified(append(members, unknown), train, 1)
		var sorted []int32
		for _, at := range slices.Concat(first, Others(first, len(rest))) {
			sorted = append(sorted, rest[at])
		}
		rest = sorted
	}
	return s.Picked(slices.Concat(rest, held)), nil
}

// held draws validation examples, or takes those that are given.
func (s *Set) held(members [][]int32, validation int) []int32 {
	if s.Held == 0 {
		return s.stratified(members, validation, 0)
	}
	held := make([]int32, validation)
	for i := range held {
		held[i] = int32(s.N - validation + i)
	}
	return held
}

// stratified is Stratified by the set's seed.
func (s *Set) stratified(members [][]int32, n int, stream uint64) []int32 {
	return Stratified(members, n, s.SplitSeed, stream)
}

// Share returns the places of n of the set's examples, in order, each class with its share of them.
func (s *Set) Share(n int) []int32 {
	members, unknown := byClass(s.Labels, s.Classes)
	return s.stratified(append(members, unknown), n, 2)
}

// streams is how many streams there are of each seed.
const streams = 4

// Stratified draws n of the members of classes, and returns them in order. A class gets its share, rounded down, and
// those whose shares lost most by it, the first first, one more. Streams, below 4, are independent of each other.
func Stratified(members [][]int32, n int, seed, stream uint64) []int32 {
	total := 0
	for _, class := range members {
		total += len(class)
	}
	order := make([]int, len(members))
	drawn := []int32{}
	counts := make([]int, len(members))
	left := n
	for k, class := range members {
		order[k] = k
		counts[k] = n * len(class) / max(1, total)
		left -= counts[k]
	}
	lost := func(k int) int { return n * len(members[k]) % max(1, total) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lost(b), lost(a)) })
	for _, k := range order[:left] {
		counts[k]++
	}
	for k, class := range members {
		random := rng.New(arrangeKey, streams*seed+stream, uint64(k))
		drawn = append(drawn, draw(slices.Clone(class), counts[k], &random)...)
	}
	slices.Sort(drawn)
	return drawn
}

// draw puts n of some places first, as a Fisher-Yates shuffle would, and returns them.
func draw(places []int32, n int, random *rng.Stream) []int32 {
	for i := range n {
		j := i + int(random.Below(uint64(len(places)-i)))
		places[i], places[j] = places[j], places[i]
	}
	return places[:n]
}

// Others are the places below n that are not among some, which are in order.
func Others(places []int32, n int) []int32 {
	rest := make([]int32, 0, n-len(places))
	for i := range int32(n) {
		if len(places) > 0 && places[0] == i {
			places = places[1:]
			continue
		}
		rest = append(rest, i)
	}
	return rest
}

// Picked returns some of a set's examples, in the order of their places. Of what is in memory it is a copy.
func (s *Set) Picked(places []int32) *Set {
	picked, d := *s, s.D()
	picked.N, picked.Images, picked.Floats, picked.Order, picked.Labels, picked.Places = len(places), nil, nil, nil, nil, nil
	switch {
	case s.Spooled != nil:
		picked.Order = make([]int32, 0, len(places))
	case s.Real():
		picked.Floats = make([]float32, 0, len(places)*d)
	default:
		picked.Images = make([]uint8, 0, len(places)*d)
	}
	for _, place := range places {
		switch {
		case s.Order != nil:
			picked.Order = append(picked.Order, s.Order[place])
		case s.Spooled != nil:
			picked.Order = append(picked.Order, place)
		case s.Real():
			picked.Floats = append(picked.Floats, s.Floats[int(place)*d:][:d]...)
		default:
			picked.Images = append(picked.Images, s.Images[int(place)*d:][:d]...)
		}
		picked.Labels = append(picked.Labels, s.Labels[place])
		picked.Places = append(picked.Places, s.Place(int(place)))
	}
	return &picked
}

// Last are the last n examples. Of what is in memory it is a copy.
func (s *Set) Last(n int) *Set { return s.Picked(sequence(s.N)[s.N-n:]) }

// Place is where an example stands in the files that it comes from.
func (s *Set) Place(example int) int32 {
	if s.Places == nil {
		return int32(example)
	}
	return s.Places[example]
}

// Absent are the classes of which none of some examples is.
func (s *Set) Absent(examples []int32) (classes []int) {
	seen := make([]bool, s.Classes)
	for _, i := range examples {
		seen[s.Labels[i]] = true
	}
	for class, found := range seen {
		if !found {
			classes = append(classes, class)
		}
	}
	return classes
}
