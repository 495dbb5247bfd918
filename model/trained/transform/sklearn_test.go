package transform

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// golden is what scikit-learn made of a small table, see testdata/sklearn_golden.py.
type golden struct {
	X, Gaps, Standard, Robust, MinMax, Log1p [][]*float64
	GapsMinMax                               [][]*float64 `json:"gaps_minmax"`
	GapsMask                                 [][]*float64 `json:"gaps_mask"`
	PCA, Whitened                            struct {
		Rows, Inverse [][]*float64
		Explained     float64
	}
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	text, err := os.ReadFile("testdata/sklearn.json")
	if err == nil {
		err = json.Unmarshal(text, &g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// flat are rows one after the other, null as NaN.
func flat(rows [][]*float64) (values []float32) {
	for _, row := range rows {
		for _, v := range row {
			if v == nil {
				values = append(values, float32(math.NaN()))
			} else {
				values = append(values, float32(*v))
			}
		}
	}
	return values
}

// table is an array as training rows.
func table(values []float32, width int) Table {
	return Table{Name: "table", Width: width, Rows: RowsOf(values, width)}
}

func fit(t *testing.T, rule Rule, table Table) (*Transformation, *Findings) {
	t.Helper()
	if rule.Missing == "" {
		rule.Missing = Refuse
	}
	fitted, found, err := Fit(rule, table)
	if err != nil {
		t.Fatal(err)
	}
	return fitted, found
}

func applied(t *Transformation, raw []float32) []float32 {
	dst := make([]float32, len(raw)/t.Width*t.Out())
	t.Apply(dst, raw)
	return dst
}

func inverted(t *Transformation, x []float32) []float32 {
	dst := make([]float32, len(x)/t.Out()*t.Width)
	t.Invert(dst, x)
	return dst
}

// requireClose holds that values differ by rounding alone, of numbers as large as scale in their column.
func requireClose(t *testing.T, what string, found, want []float32, scale func(column int) float64, width int) {
	t.Helper()
	if len(found) != len(want) {
		t.Fatalf("%s: want %d values, found %d", what, len(want), len(found))
	}
	for i, v := range found {
		off := math.Abs(float64(v) - float64(want[i]))
		if missing := want[i] != want[i]; missing != (v != v) || !missing && off > 2e-6*scale(i%width) {
			t.Fatalf("%s: row %d, column %d: found %g, want %g", what, i/width, i%width, v, want[i])
		}
	}
}

func TestTransformationsAreScikitLearns(t *testing.T) {
	g := readGolden(t)
	x, gaps := flat(g.X), flat(g.Gaps)
	const d = 5
	// Shift and scale are rounded to single precision: the second column lies 500 of its deviations from 0, whose last
	// bit is 2e-5 of one.
	rounding := func(column int) float64 { return []float64{2, 30, 2, 1, 2}[column] }
	for _, c := range []struct {
		rule Rule
		raw  []float32
		want [][]*float64
	}{
		{Rule{Scale: Standard}, x, g.Standard},
		{Rule{Scale: Auto}, x, g.Standard},
		{Rule{Scale: Robust}, x, g.Robust},
		{Rule{Scale: MinMax}, x, g.MinMax},
		{Rule{Scale: Log1p}, x, g.Log1p},
		{Rule{Scale: None}, x, g.X},
		{Rule{Scale: MinMax, Missing: Mean}, gaps, g.GapsMinMax},
		{Rule{Scale: Standard, Missing: Mask}, gaps, g.GapsMask},
	} {
		fitted, _ := fit(t, c.rule, table(c.raw, d))
		requireClose(t, c.rule.Scale+" "+c.rule.Missing, applied(fitted, c.raw), flat(c.want), rounding, d)
	}
}

func TestPrincipalComponentsAreScikitLearns(t *testing.T) {
	g := readGolden(t)
	x := flat(g.X)
	for _, c := range []struct {
		rule    Rule
		rows    [][]*float64
		inverse [][]*float64
		share   float64
	}{
		{Rule{Scale: None, PCA: 3}, g.PCA.Rows, g.PCA.Inverse, g.PCA.Explained},
		{Rule{Scale: Standard, PCA: 4, Whiten: true}, g.Whitened.Rows, nil, g.Whitened.Explained},
	} {
		fitted, _ := fit(t, c.rule, table(x, 5))
		y, want, k := applied(fitted, x), flat(c.rows), c.rule.PCA
		for j := range k { // scikit-learn chooses another sign
			dot := 0.0
			for i := j; i < len(y); i += k {
				dot += float64(y[i]) * float64(want[i])
			}
			for i := j; i < len(y) && dot < 0; i += k {
				want[i] = -want[i]
			}
		}
		requireClose(t, fitted.String(), y, want, func(int) float64 { return 200 }, k)
		if math.Abs(fitted.PCA.Explained-c.share) > 1e-9 {
			t.Errorf("%s explains %g, want %g", fitted, fitted.PCA.Explained, c.share)
		}
		if c.inverse != nil {
			requireClose(t, "inverse", inverted(fitted, y), flat(c.inverse), func(int) float64 { return 500 }, 5)
		}
	}
}
