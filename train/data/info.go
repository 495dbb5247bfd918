package data

import (
	"iter"
	"slices"
	"strconv"
)

// Info describes a part of a data set.
type Info struct {
	Name        string   `json:"name"`
	N           int      `json:"n"`
	Height      int      `json:"height"`
	Width       int      `json:"width"`
	Channels    int      `json:"channels"`
	ClassCounts []int    `json:"class_counts"`          // examples of each class
	ClassNames  []string `json:"class_names,omitempty"` // where they are more than numbers
	Unlabelled  int      `json:"unlabelled,omitempty"`
	MeanPixel   *float64 `json:"mean_pixel,omitempty"` // 0 to 255; of pixels
	MeanValue   *float64 `json:"mean_value,omitempty"` // of real values, those that are there
	Missing     int      `json:"missing,omitempty"`    // of the real values
	// MissingMost are the columns in which most values are missing, at most missingTold of them.
	MissingMost []MissingIn `json:"missing_most,omitempty"`
	Digest      string      `json:"digest"` // see Set.Digest
}

// MissingIn is how many values are missing in a column.
type MissingIn struct {
	Column string `json:"column"`
	N      int    `json:"n"`
}

// missingTold is of how many columns it is said how many values are missing in them.
const missingTold = 5

// Counts are how many examples of each class there are among some, by their places, and how many that have no label.
func (s *Set) Counts(places iter.Seq[int32]) (counts []int, unlabelled int) {
	counts = make([]int, s.Classes)
	for i := range places {
		if label := s.Labels[i]; label == Unlabelled {
			unlabelled++
		} else {
			counts[label]++
		}
	}
	return counts, unlabelled
}

// All are the places of all examples.
func (s *Set) All() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i := int32(0); int(i) < s.N && yield(i); i++ {
		}
	}
}

// Missing counts the values that are missing: all, and in the columns of which most are.
func (s *Set) Missing() (all int, most []MissingIn) {
	d := s.D()
	columns := make([]int, d)
	for _, row := range s.Rows() {
		for j, v := range row {
			if v != v {
				columns[j]++
				all++
			}
		}
	}
	for column, n := range columns {
		if n > 0 {
			most = append(most, MissingIn{s.Column(column), n})
		}
	}
	slices.SortStableFunc(most, func(a, b MissingIn) int { return b.N - a.N })
	return all, most[:min(len(most), missingTold)]
}

// Column is what a value of each example is called: its number, where it has no name.
func (s *Set) Column(value int) string {
	if s.Columns == nil {
		return strconv.Itoa(value)
	}
	return s.Columns[value]
}

// Infos reads the parts of a data set, train and test, and describes those that there are.
func Infos(training, test Part, note func(line string)) (map[string]Info, error) {
	infos := map[string]Info{}
	for i, part := range []Part{training, test} {
		if part == nil {
			continue
		}
		set, err := Load(part, note)
		if err != nil {
			return nil, err
		}
		infos[[]string{"train", "test"}[i]] = set.Info()
	}
	return infos, nil
}

// Info counts what is in the set.
func (s *Set) Info() Info {
	info := Info{
		Name: s.Name, N: s.N, Height: s.Height, Width: s.Width, Channels: s.Channels,
		ClassNames: s.ClassNames, Digest: s.Digest(),
	}
	info.ClassCounts, info.Unlabelled = s.Counts(s.All())
	if s.Real() {
		sum := 0.0
		for _, row := range s.Rows() {
			for _, value := range row {
				if value == value {
					sum += float64(value)
				}
			}
		}
		info.Missing, info.MissingMost = s.Missing()
		mean := sum / float64(max(1, s.N*s.D()-info.Missing))
		info.MeanValue = &mean
		return info
	}
	sum := uint64(0)
	for _, value := range s.Images {
		sum += uint64(value)
	}
	mean := float64(sum) / float64(len(s.Images))
	info.MeanPixel = &mean
	return info
}
