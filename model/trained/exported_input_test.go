package trained

import "ssdgm/model/trained/transform"

// tableWidth is how many values a row of a table has.
const tableWidth = 5

// fitted is a transformation of a table, as if it had been fitted.
func fitted(kind string) func(l *lcg) *transform.Transformation {
	return func(l *lcg) *transform.Transformation {
		t := transform.Identity(tableWidth)
		t.Kind = kind
		t.Features = []transform.Feature{
			{Name: "age"}, {Name: "site", Categories: []string{"left", "right", "both"}}, {Name: "income"},
		}
		if kind != transform.None && kind != transform.Pixels {
			t.Shift, t.Scale = l.floats(t.Width, same), l.floats(t.Width, positive)
		}
		return t
	}
}

// small is ln(1+x) of values next to 0, where 1+x has lost their digits.
func small(l *lcg) *transform.Transformation {
	t := fitted(transform.Log1p)(l)
	for i := range t.Shift {
		t.Shift[i], t.Scale[i] = 0, 1e-12*t.Scale[i]
	}
	return t
}

func filled(kind string) func(l *lcg) *transform.Transformation {
	return func(l *lcg) *transform.Transformation {
		t := fitted(kind)(l)
		t.Missing, t.Fill = transform.Mean, l.floats(t.Width, positive)
		return t
	}
}

func masked(kind string) func(l *lcg) *transform.Transformation {
	return func(l *lcg) *transform.Transformation {
		t := fitted(kind)(l)
		t.Missing = transform.Mask
		return t
	}
}

// components are three of a table, of values whose gaps are filled where they are whitened.
func components(kind string, whiten bool) func(l *lcg) *transform.Transformation {
	return func(l *lcg) *transform.Transformation {
		t := fitted(kind)(l)
		if whiten {
			t = filled(kind)(l)
		}
		t.PCA = &transform.PCA{Mean: l.floats(t.Width, same), Matrix: l.floats(3*t.Width, same), Explained: 0.75}
		if whiten {
			t.PCA.Scale = l.floats(3, positive)
		}
		return t
	}
}

// asImages makes a transformation of a table one of images that have as many values: 1×5 of one channel.
func asImages(of func(l *lcg) *transform.Transformation) func(l *lcg) *transform.Transformation {
	return func(l *lcg) *transform.Transformation {
		t := of(l)
		t.Divisor, t.Features, t.Missing, t.Fill = 255, nil, transform.Refuse, nil
		return t
	}
}
