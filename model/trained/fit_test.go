package trained

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"ssdgm/model/trained/infer"
)

// sureLogits are those of a classifier that is too sure: each fourth example is of the class after the one that it takes
// it for.
func sureLogits() (logits []float32, labels []uint8) {
	for i := range 40 {
		for k := range 3 {
			logits = append(logits, float32((i*7+k*5)%11)/2)
		}
		label := infer.Argmax(logits[3*i:])
		if i%4 == 0 {
			label = (label + 1) % 3
		}
		labels = append(labels, uint8(label))
	}
	return logits, labels
}

// TestTheTemperatureIsThatOfAnotherProgram compares with SciPy 1.17.1: scipy.optimize.brentq of the slope of
// mean(logsumexp(z/T) − z_y/T), to 1e-14.
func TestTheTemperatureIsThatOfAnotherProgram(t *testing.T) {
	const want = 2.2513430526411704
	logits, labels := sureLogits()
	found := temperatureOf(logits, 3, labels)
	if found == nil || math.Abs(found.Value-want) > 1e-10 || found.Examples != 40 {
		t.Errorf("want %v of 40 examples, found %+v", want, found)
	}
}

func TestExamplesThatSettleNoTemperatureGiveNone(t *testing.T) {
	logits, labels := sureLogits()
	for i := range labels {
		labels[i] = uint8(infer.Argmax(logits[3*i:][:3]))
	}
	if found := temperatureOf(logits, 3, labels); found != nil {
		t.Errorf("without a mistake: found %+v", found)
	}
	for i := range labels {
		labels[i] = (labels[i] + 1) % 3
	}
	if found := temperatureOf(logits, 3, labels); found != nil {
		t.Errorf("with mistakes alone: found %+v", found)
	}
	logits[5] = float32(math.NaN())
	if found := temperatureOf(logits, 3, labels); found != nil {
		t.Errorf("with a logit that is no number: found %+v", found)
	}
}

// TestWhatIsFittedIsOfTheModelsOwnAnswers holds that the temperature is of the classifier's raw logits, whatever the
// model has already, and that an example's percentile is where its bound stands among those of all.
func TestWhatIsFittedIsOfTheModelsOwnAnswers(t *testing.T) {
	for _, e := range exported {
		m, set := exportedModel(t, e.sets)
		for i := range set.Labels {
			set.Labels[i] = uint8(i % 3)
		}
		for _, p := range m.Parts() { // so that the bounds of all are finite
			for i := range *p.Values {
				(*p.Values)[i] /= 4
			}
		}
		first, err := m.FitTemperature(t.Context(), set)
		if (err == nil) != m.classifies() {
			t.Fatalf("%s: %v", e.name, err)
		}
		if m.classifies() {
			m.Temperature = &Temperature{Value: 7, Examples: 1}
			if again, _ := m.FitTemperature(t.Context(), set); !reflect.DeepEqual(first, again) {
				t.Errorf("%s: want %+v also beside a temperature, found %+v", e.name, first, again)
			}
		}
		u, err := m.FitUsual(t.Context(), set)
		if (err == nil) != m.HasBound() {
			t.Fatalf("%s: %v", e.name, err)
		}
		if !m.HasBound() {
			continue
		}
		if u == nil {
			t.Fatalf("%s: found none", e.name)
		}
		if u.Examples != 9 || u.Samples != m.Config.Eval.Samples || len(u.Bounds) != 1+len(m.Classes()) {
			t.Errorf("%s: found %+v", e.name, u)
		}
		m.Usual = u
		a, err := m.Apply()
		if err != nil {
			t.Fatal(err)
		}
		bounds, err := a.Bounds(t.Context(), arrayOf(set).Data().([]float32))
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil || u.Bounds[0][0] != slices.Min(bounds) || u.Bounds[0][UsualLevels-1] != slices.Max(bounds) {
			t.Errorf("%s: want bounds from %v to %v, found %v, %v", e.name, slices.Min(bounds), slices.Max(bounds), u.Bounds[0], err)
		}
		taken := 0
		for k, n := range u.Classes {
			taken += n
			if (n == 0) != (u.Bounds[k+1] == nil) {
				t.Errorf("%s: class %d: %d examples, %v", e.name, k, n, u.Bounds[k+1])
			}
		}
		if m.classifies() && taken != 9 {
			t.Errorf("%s: want 9 examples in all classes, found %v", e.name, u.Classes)
		}
	}
}

// TestParametersThatAreTooLargeAreNotUsual holds that no percentile is made of bounds that are no numbers.
func TestParametersThatAreTooLargeAreNotUsual(t *testing.T) {
	m, set := exportedModel(t, []string{"model=m1", "m1.hidden=[7]"})
	for i := range m.M1Values {
		m.M1Values[i] = 1e30
	}
	if u, err := m.FitUsual(t.Context(), set); u != nil || err != nil {
		t.Errorf("found %+v, %v", u, err)
	}
}
