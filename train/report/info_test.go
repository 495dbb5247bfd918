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
		Name: "toy", N: 2000, Height: 1, Width: 12, Channels: 1, ClassCounts: []int{1, 1999},
		ClassNames: []string{"cat", "dog"}, MeanValue: &mean, Digest: "d1935f",
	})
	const want = `toy, training: 2,000 examples of 12 real values, mean 0.125
  classes                 cat, dog
  examples of each class  [1 1999]
  sha256                  d1935f
`
	if text.String() != want {
		t.Errorf("found\n%swant\n%s", text.String(), want)
	}
}
