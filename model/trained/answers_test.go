package trained

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sure is a row of logits of two classes, of which class has probability p.
func sure(class int, p float64) []float32 {
	row := []float32{0, 0}
	row[class] = float32(math.Log(p / (1 - p)))
	return row
}

// TestBinsAreThoseByHand holds the bins, their errors and the losses of five answers, by hand: 0.75 right and 0.75 wrong,
// 0.9 right, and 0.55 wrong and right; then by a temperature of 2, by which odds of 3, 9 and 11/9 are their roots.
func TestBinsAreThoseByHand(t *testing.T) {
	var logits []float32
	for _, row := range [][]float32{sure(0, 0.75), sure(1, 0.75), sure(1, 0.9), sure(0, 0.55), sure(1, 0.55)} {
		logits = append(logits, row...)
	}
	labels := []uint8{0, 0, 1, 1, 1}
	near := cmpopts.EquateApprox(0, 1e-6)

	plain := assess(logits, labels, 2, 1)
	want := make([]Bin, CalibrationBins)
	for i := range want {
		want[i].From, want[i].To = float64(i)/10, float64(i+1)/10
	}
	bare := append([]Bin(nil), want...)
	want[5].N, want[5].Confidence, want[5].Accuracy = 2, 0.55, 0.5
	want[7].N, want[7].Confidence, want[7].Accuracy = 2, 0.75, 0.5
	want[9].N, want[9].Confidence, want[9].Accuracy = 1, 0.9, 1
	found := plain.table()
	// The logarithm's rounding decides whether 0.9 is in the last bin or in the one before: that is no matter here.
	if found[8].N == 1 {
		found[8].N, found[9].N = 0, 1
		found[9].Confidence, found[9].Accuracy, found[8].Confidence, found[8].Accuracy = found[8].Confidence, found[8].Accuracy, 0, 0
	}
	if diff := cmp.Diff(want, found, near); diff != "" {
		t.Error(diff)
	}
	// (2·|0.5−0.55| + 2·|0.5−0.75| + |1−0.9|)/5
	if got := plain.calibrationError(); math.Abs(got-14) > 1e-4 {
		t.Errorf("calibration error %g %%, want 14", got)
	}
	wantNLL := -(math.Log(0.75) + math.Log(0.25) + math.Log(0.9) + math.Log(0.45) + math.Log(0.55)) / 5
	if got := plain.meanNLL(); math.Abs(got-wantNLL) > 1e-6 {
		t.Errorf("loss %g, want %g", got, wantNLL)
	}
	if plain.wrong != 2 {
		t.Errorf("%d wrong, want 2", plain.wrong)
	}

	// √3/(1+√3) = 0.634, √9/(1+√9) = 0.75, √(11/9)/(1+√(11/9)) = 0.525
	three, near50 := math.Sqrt(3)/(1+math.Sqrt(3)), math.Sqrt(11.0/9)/(1+math.Sqrt(11.0/9))
	want = bare
	want[5].N, want[5].Confidence, want[5].Accuracy = 2, near50, 0.5
	want[6].N, want[6].Confidence, want[6].Accuracy = 2, three, 0.5
	want[7].N, want[7].Confidence, want[7].Accuracy = 1, 0.75, 1
	tempered := assess(logits, labels, 2, 2)
	if diff := cmp.Diff(want, tempered.table(), near); diff != "" {
		t.Error(diff)
	}
	wantError := 100 * (2*(near50-0.5) + 2*(three-0.5) + 0.25) / 5
	if got := tempered.calibrationError(); math.Abs(got-wantError) > 1e-4 {
		t.Errorf("calibration error %g %%, want %g", got, wantError)
	}
	if tempered.wrong != plain.wrong {
		t.Errorf("a temperature changes %d mistakes to %d", plain.wrong, tempered.wrong)
	}
}

// TestMistakesComeByTheirProbability holds their order, their rows and what they are called; the temperature is in their
// probability.
func TestMistakesComeByTheirProbability(t *testing.T) {
	var logits []float32
	for _, row := range [][]float32{sure(0, 0.6), sure(1, 0.9), sure(1, 0.9), sure(0, 0.8)} {
		logits = append(logits, row...)
	}
	m := &Model{K: 2, ClassNames: []string{"cat", "dog"}}
	set := &Set{Labels: []uint8{1, 0, 1, 1}, Places: []int32{40, 30, 20, 10}}
	want := []Mistake{
		{Row: 31, Class: "cat", TakenFor: "dog", Probability: 0.75},
		{Row: 11, Class: "dog", TakenFor: "cat", Probability: 2.0 / 3},
		{Row: 41, Class: "dog", TakenFor: "cat", Probability: math.Sqrt(1.5) / (1 + math.Sqrt(1.5))},
	}
	if diff := cmp.Diff(want, m.mistakes(logits, set, 2), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Error(diff)
	}
	set.Places = nil
	if found := m.mistakes(logits, set, 1); found[0].Row != 2 {
		t.Errorf("row %d, want the second, 2", found[0].Row)
	}
}

// TestPairsAreThoseThatAreConfused holds what was taken for what, and which pair comes first.
func TestPairsAreThoseThatAreConfused(t *testing.T) {
	labels := []uint8{0, 0, 0, 1, 1, 2}
	taken := []int{0, 1, 1, 2, 1, 2}
	logits := make([]float32, len(labels)*3)
	for i, class := range taken {
		logits[i*3+class] = 1
	}
	c := Confusion{Classes: []string{"a", "b", "c"}, Counts: confusion(logits, labels, 3)}
	if diff := cmp.Diff([][]int{{1, 2, 0}, {0, 1, 1}, {0, 0, 1}}, c.Counts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Confused{{"a", "b", 2}, {"b", "c", 1}}, c.Pairs()); diff != "" {
		t.Error(diff)
	}
}
