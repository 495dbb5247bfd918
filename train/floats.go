package train

import (
	"ssdgm/configs"
	"ssdgm/model"
	"ssdgm/model/trained/spec"
	"ssdgm/train/data"
)

// What of training knows that examples can be real-valued features: see data.Set.

// takesFloats refuses a configuration of pixels for a set of real values.
func takesFloats(c *configs.Config, set *data.Set) error {
	switch {
	case !set.Real():
		return nil
	case c.Data.Binarise != "none":
		return data.InputErrorf("data.binarise = %q: %s holds real values, and only pixels are binarised; set it to \"none\"",
			c.Data.Binarise, set.Name)
	case c.HasM1() && spec.M1(c, set.D()).Output != model.Gaussian:
		return data.InputErrorf(
			"m1.output = %q: %s holds real values, and only pixels are of that kind; set it to \"gaussian\"",
			c.M1.Output, set.Name)
	}
	return nil
}
