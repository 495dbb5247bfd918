package train

import (
	"ssdgm/configs"
	"ssdgm/model"
	"ssdgm/train/data"
)

// What of training knows that examples can be real-valued features: see data.Set.

// metaValues says in a model's metadata what its inputs are; without it, pixels.
const (
	metaValues = "values"
	realValues = "real"
)

// takesFloats refuses a configuration of pixels for a set of real values.
func takesFloats(c *configs.Config, set *data.Set) error {
	switch {
	case !set.Real():
		return nil
	case c.Data.Binarise != "none":
		return data.InputErrorf("data.binarise = %q: %s holds real values, and only pixels are binarised; set it to \"none\"",
			c.Data.Binarise, set.Name)
	case c.HasM1() && outputs[c.M1.Output] != model.Gaussian:
		return data.InputErrorf(
			"m1.output = %q: %s holds real values, and only pixels are of that kind; set it to \"gaussian\"",
			c.M1.Output, set.Name)
	}
	return nil
}

// onFloats lays a new model out for real-valued examples: they are Gaussian for an M2 that has no M1 below.
func (t *Trained) onFloats() {
	t.Real = true
	if t.Config.Model == "m2" {
		t.M2 = model.NewM2(gaussian(t.M2.M2Spec))
	}
}

func gaussian(spec model.M2Spec) model.M2Spec {
	spec.Output = model.Gaussian
	return spec
}

// fitsKind makes sure that a set's examples are pixels or real values as those that the model was trained on.
func (t *Trained) fitsKind(set *data.Set) error {
	kind := map[bool]string{false: "pixels", true: "real values"}
	if set.Real() != t.Real {
		return data.InputErrorf("evaluate on %s: want %s, as the model was trained on, found %s; choose another data.name",
			set.Name, kind[t.Real], kind[set.Real()])
	}
	return set.Check()
}
