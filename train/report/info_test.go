package report

import (
	"strings"
	"testing"

	"ssdgm/train/data"
)

func TestInfoTellsPixelsFromRealValues(t *testing.T) {
	mean := 0.125
	var text strings.Builder
	WriteInfo(&text, "training", data.Info{
		Name: "toy", N: 2000, Height: 1, Width: 12, Channels: 1, ClassCounts: []int{0, 1999, 0}, Unlabelled: 1,
		ClassNames: []string{"cat", "dog", "\x1b[31mowl"}, MeanValue: &mean, Digest: "d1935f",
		Missing: 1300, MissingMost: []data.MissingIn{{Column: "size", N: 1200}, {Column: "a,b", N: 100}},
	})
	const want = `toy, training: 2,000 examples of 12 real values, mean 0.125
  labelled                1,999, of 1 of 3 classes
  without a label         1
  examples of each class  cat: 0, dog: 1,999, "\x1b[31mowl": 0
  missing values          1,300, most of them in size: 1,200, "a,b": 100
  sha256                  d1935f
`
	if text.String() != want {
		t.Errorf("found\n%swant\n%s", text.String(), want)
	}
}
