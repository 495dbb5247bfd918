package spec

import (
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model/trained/onnx"
)

// parseSupervised is a configuration of the yardstick with one key set.
func parseSupervised(set string) (*configs.Config, error) {
	c, _, err := configs.Parse("test", nil, []string{"model=supervised", "supervised.train.steps=1", set})
	return c, err
}

// TestEveryActivationHasItsWord holds the words of configurations and of exported files to the
// engine's.
func TestEveryActivationHasItsWord(t *testing.T) {
	var words []string
	for _, a := range engine.Activations()[engine.Identity+1:] {
		words = append(words, a.String())
		c, err := parseSupervised("supervised.activation=" + a.String())
		if err != nil {
			t.Fatal(err)
		}
		if found := Supervised(c, 1, 2).Activation; found != a {
			t.Errorf("want %v, found %v", a, found)
		}
		g := onnx.New("test")
		g.Activation(a.String(), "y", g.Input("x", 1))
	}
	_, err := parseSupervised("supervised.activation=none")
	if want := "must be one of " + strings.Join(words, ", "); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("want %s, found %v", want, err)
	}
}

// TestMissingValuesAreOfTheLowestModel: what reads the examples themselves may lack some of their values; M2 on M1's
// features lacks none.
func TestMissingValuesAreOfTheLowestModel(t *testing.T) {
	for _, c := range []struct {
		model, missing     string
		m1, m2, supervised bool
	}{
		{"m1m2", "error", false, false, false},
		{"m1m2", "mean", false, false, false},
		{"m1m2", "mask", true, false, true},
		{"m2", "mask", true, true, true},
	} {
		config, _, err := configs.Parse("test", nil, []string{
			"model=" + c.model, "data.missing=" + c.missing, "m1.train.steps=1", "m2.train.steps=1", "supervised.train.steps=1",
		})
		if err != nil {
			t.Fatal(err)
		}
		m1, m2 := M1(config, 3).Missing, M2(config, 3, 2, true).Missing
		if supervised := Supervised(config, 3, 2).Missing; m1 != c.m1 || m2 != c.m2 || supervised != c.supervised {
			t.Errorf("%+v: found %t, %t and %t", c, m1, m2, supervised)
		}
	}
}
