package transform

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// numbers draws an array, [n, d], whose columns have scales of their own.
func numbers(t *rapid.T, n, d int) []float32 {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	values := make([]float32, n*d)
	for i := range values {
		j := i % d
		values[i] = float32(math.Abs(random.NormFloat64()*math.Pow(10, float64(j%5-2)) + float64(j%3)))
	}
	return values
}

// rules draws one that any values from 0 on can be fitted by.
func rules(t *rapid.T, d int) Rule {
	r := Rule{
		Scale:   rapid.SampledFrom([]string{Auto, None, Standard, Robust, Log1p, MinMax}).Draw(t, "scale"),
		Missing: rapid.SampledFrom([]string{Refuse, Mean}).Draw(t, "missing"),
	}
	if rapid.Bool().Draw(t, "components") {
		r.PCA, r.Whiten = d, rapid.Bool().Draw(t, "whiten")
	}
	return r
}

func TestInvertUndoesApply(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 12).Draw(t, "d")
		raw := numbers(t, rapid.IntRange(4*d, 6*d).Draw(t, "n"), d)
		fitted, _, err := Fit(rules(t, d), table(raw, d))
		if err != nil {
			t.Fatal(err)
		}
		back := inverted(fitted, applied(fitted, raw))
		largest := make([]float64, d) // rounding is relative to a column's largest value, with components to all
		for i, v := range raw {
			largest[i%d] = max(largest[i%d], float64(v))
		}
		most := slices.Max(largest)
		for i, v := range back {
			size := largest[i%d]
			if fitted.PCA != nil && fitted.Scale == nil {
				size = most
			}
			if off := math.Abs(float64(v) - float64(raw[i])); !(off <= 1e-5*math.Max(1e-3, size)*(1+math.Abs(math.Log(size)))) {
				t.Fatalf("%s: column %d: %g came back as %g", fitted, i%d, raw[i], v)
			}
		}
	})
}

// A row's bits depend neither on the rows beside it nor on the threads.
func TestRowsAreTheSameOneByOneAndAllAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 90).Draw(t, "d")
		n := rapid.SampledFrom([]int{d + 2, 64, 65, 257}).Draw(t, "n")
		raw := numbers(t, max(n, d+2), d)
		rule := rules(t, d)
		fitted, _, err := Fit(rule, table(raw, d))
		if err != nil {
			t.Fatal(err)
		}
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
		all := applied(fitted, raw)
		again, _, err := Fit(rule, table(raw, d))
		if err != nil {
			t.Fatal(err)
		}
		if again.Digest() != fitted.Digest() {
			t.Fatal("another number of threads fits other numbers")
		}
		for i := range len(raw) / d {
			one := applied(fitted, raw[i*d:][:d])
			if !slices.Equal(one, all[i*fitted.Out():][:fitted.Out()]) {
				t.Fatalf("%s: row %d has other bits alone", fitted, i)
			}
			if back := inverted(fitted, one); !slices.Equal(back, inverted(fitted, all)[i*d:][:d]) {
				t.Fatalf("%s: row %d comes back with other bits alone", fitted, i)
			}
		}
	})
}

// stored puts a transformation through its file's form, which change may damage.
func stored(t *Transformation, change func(text string, tensors map[string]Tensor) string) (*Transformation, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	tensors := map[string]Tensor{}
	for _, tensor := range t.Tensors() {
		tensors[tensor.Name] = tensor
	}
	return Read(change(string(text), tensors), t.Width, func(name string) (Tensor, bool) {
		tensor, ok := tensors[name]
		return tensor, ok
	})
}

func unchanged(text string, _ map[string]Tensor) string { return text }

func TestWhatIsStoredIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(2, 9).Draw(t, "d")
		raw := numbers(t, 4*d, d)
		of := table(raw, d)
		if rapid.Bool().Draw(t, "named") {
			of.Features = []Feature{{Name: "colour", Categories: make([]string, d-1)}, {Name: "size"}}
		}
		of.Image = rapid.Bool().Draw(t, "image")
		fitted, _, err := Fit(rules(t, d), of)
		if err != nil {
			t.Fatal(err)
		}
		back, err := stored(fitted, unchanged)
		if err != nil {
			t.Fatal(err)
		}
		if back.Digest() != fitted.Digest() || !slices.Equal(applied(back, raw), applied(fitted, raw)) ||
			back.Image() != fitted.Image() || back.Real() != fitted.Real() || !slices.Equal(back.Columns(), fitted.Columns()) {
			t.Fatalf("%s came back as %s", fitted, back)
		}
	})
}

// Files of earlier versions know two kinds, and are written as ever.
func TestPixelsAndRealValuesAreStoredAsEver(t *testing.T) {
	for want, of := range map[string]*Transformation{
		`{"kind":"pixels","divisor":255}`: OfPixels(4), `{"kind":"none","divisor":1}`: Identity(4),
	} {
		text, err := json.Marshal(of)
		if err != nil || string(text) != want || of.Tensors() != nil {
			t.Errorf("want %s alone, found %s with %d tensors", want, text, len(of.Tensors()))
		}
		back, err := stored(of, unchanged)
		if err != nil || back.Digest() != of.Digest() {
			t.Errorf("%s: read as %v: %v", want, back, err)
		}
	}
}

func TestDamagedTransformationsAreRefused(t *testing.T) {
	raw := flat(readGolden(t).Gaps)
	fitted, _ := fit(t, Rule{Scale: Standard, PCA: 2, Whiten: true, Missing: Mean}, table(raw, 5))
	tensor := func(name string, change func(t *Tensor)) func(string, map[string]Tensor) string {
		return func(text string, tensors map[string]Tensor) string {
			of := tensors[name]
			of.Data = slices.Clone(of.Data.([]float32))
			change(&of)
			tensors[name] = of
			return text
		}
	}
	words := func(old, word string) func(string, map[string]Tensor) string {
		return func(text string, _ map[string]Tensor) string { return strings.Replace(text, old, word, 1) }
	}
	for want, change := range map[string]func(string, map[string]Tensor) string{
		"want the tensor input.fill of the transformation, found none": func(text string, tensors map[string]Tensor) string {
			delete(tensors, fillName)
			return text
		},
		`tensor "input.scale": want numbers above 0, found 0 at place 1`: tensor(scaleName, func(t *Tensor) {
			t.Data.([]float32)[1] = 0
		}),
		`tensor "input.shift": want finite numbers, found +Inf at place 2`: tensor(shiftName, func(t *Tensor) {
			t.Data.([]float32)[2] = float32(math.Inf(1))
		}),
		`tensor "input.pca.components": want float32 of shape [2 5], found float32 of shape [5 2]`: tensor(
			pcaComponentsName, func(t *Tensor) { t.Shape = []int{5, 2} }),
		`tensor "input.pca.scale": want float32 of shape [2], found []int64 of shape [2]`: tensor(
			pcaScaleName, func(t *Tensor) { t.Data = []int64{1, 2} }),
		"want from 1 to 5 principal components, found 9":                             words(`"components":2`, `"components":9`),
		`want a transformation of kind "pixels", with a divisor, "none" or "fitted"`: words(`"scale":"standard"`, `"scale":"cube"`),
		"want features of 5 values in the transformation, found 1":                   words(`"pca"`, `"features":[{"name":"a"}],"pca"`),
	} {
		if _, err := stored(fitted, change); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s\nfound %v", want, err)
		}
	}
}

func TestRowsThatCannotBeTakenAreNamed(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	named := []Feature{{Name: "age"}, {Name: "sex", Categories: []string{"f", "m"}}}
	for _, c := range []struct {
		rule Rule
		rows []float32
		want string
	}{
		{Rule{Scale: Auto}, []float32{1, 0, 1, nan, 1, 0, nan, 1, nan},
			`table: values are missing in column "age" (2), "sex=m" (1) of 3 rows, which data.missing = "error" refuses; ` +
				`give them, or train with data.missing = "mean" or "mask", or without the column (data.drop_columns)`},
		{Rule{Scale: Auto, Missing: Mask}, []float32{1, nan, 1, 2, nan, 0},
			`table: column "sex=f" has no value in any training row; leave it out (data.drop_columns)`},
		{Rule{Scale: Standard}, []float32{1, 0, inf, 2, 1, 0},
			`table: want finite numbers, found infinite ones in column "sex=m"; mend them or leave the ` +
				`column out (data.drop_columns)`},
		{Rule{Scale: Log1p}, []float32{1, 0, 1, -2.5, 1, 0},
			`table: data.scale = "log1p" wants values from 0 on, found -2.5 in column "age"; train with "standard" or "robust"`},
		{Rule{Scale: Pixels}, []float32{1, 0, 1},
			`data.scale = "pixels": table holds real values, and only bytes from 0 to 255 are pixels; ` +
				`set it to "minmax" or "standard"`},
		{Rule{Scale: None, PCA: 4}, []float32{1, 0, 1},
			"data.pca = 4: want at most 3, as many as an example of table has values"},
		{Rule{Scale: None, PCA: 2}, []float32{1, 2, 3, 2, 4, 6, 3, 6, 9},
			"data.pca = 2: the training rows of table span 1 dimensions; lower it to that"},
		{Rule{Scale: None, PCA: 2, Missing: Mask}, []float32{1, 2, 3},
			`data.missing = "mask": principal components want every value of an example; set it to "mean", or data.pca to 0`},
		{Rule{Scale: Auto, Missing: Mean}, []float32{1, nan, 0, 1, 2, 0, 1, 2, nan},
			"table: wanted columns whose values differ, found the same in all 3 training rows; take in others (data.columns)"},
		{Rule{Scale: Auto}, nil, "table: want at least one training row, found none"},
	} {
		of := table(c.rows, 3)
		of.Features = named
		if c.rule.Missing == "" {
			c.rule.Missing = Refuse
		}
		if _, _, err := Fit(c.rule, of); !errors.Is(err, ErrInput) || err.Error() != c.want {
			t.Errorf("found %v\nwant  %s", err, c.want)
		}
	}
	of := table([]float32{1, 0, 1, 2, 1, 0}, 3)
	of.Features = named
	fitted, _ := fit(t, Rule{Scale: Log1p}, of)
	for want, rows := range map[string][]float32{
		`test: values are missing in column "age" (1) of 1 rows, which data.missing = "error" refuses`: {nan, 0, 1},
		`test: want finite numbers, found -Inf in row 1, column "sex=f"`:                               {1, 0, 1, 1, inf, 0},
		`test: data.scale = "log1p" wants values from 0 on, found -1 in column "age"`:                  {-1, 0, 1},
	} {
		if err := fitted.Check("test", RowsOf(rows, 3)); !errors.Is(err, ErrInput) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("found %v\nwant  %s…", err, want)
		}
	}
}

func TestFindingsTellWhatTheValuesAreLike(t *testing.T) {
	for _, c := range []struct {
		rule    Rule
		rows    []float32
		kind    string
		outside string
		notes   []string
	}{
		{Rule{Scale: Auto}, []float32{0, 0.5, 1, 0.25}, None, "",
			[]string{`data.scale = "auto": the values of table lie from 0 to 1, so they are taken as they are ("none")`}},
		{Rule{Scale: Auto}, []float32{0, 7, 200, 7}, Standard, "column 1 from -1 to 1", []string{
			`data.scale = "auto": the values of table lie from 0 to 200, so each column is brought to a mean of 0 and a ` +
				`standard deviation of 1 ("standard")`,
			"table: column 2 has one value in all training rows: it tells nothing; leave it out (data.drop_columns)",
		}},
		{Rule{Scale: None}, []float32{0, -3, 1, 4}, None, "column 2 from -3 to 4", nil},
		{Rule{Scale: MinMax}, []float32{-3, 0.1, 4, 0.3, 0, 0.7}, MinMax, "", nil},
		{Rule{Scale: Robust}, []float32{0, 1, 0, 2, 0, 3, 0, 4, 9, 5}, Robust, "column 1 from 0 to 2.5", []string{
			"table: half of column 1 is one value, so its interquartile range is 0: it is divided by its standard deviation"}},
	} {
		fitted, found := fit(t, c.rule, table(c.rows, 2))
		if fitted.Kind != c.kind || found.Outside != c.outside || !slices.Equal(found.Notes, c.notes) {
			t.Errorf("%v: %s, outside %q, notes %q", c.rule, fitted.Kind, found.Outside, found.Notes)
		}
	}
	_, found := fit(t, Rule{Scale: None}, table([]float32{1e-6, 5, 0, 3e-6, 5, 4000}, 3))
	if !(math.Abs(found.Least-1e-6) < 1e-12) || found.Most != 2000 {
		t.Errorf("want deviations from 1e-6 to 2000, found %g to %g", found.Least, found.Most)
	}
}

func TestBytesOfImages(t *testing.T) {
	of := table([]float32{0, 0.5, 1, 0.25, 0.75, 1}, 2)
	of.Image = true
	pixels, _ := fit(t, Rule{Scale: Auto}, of)
	if !pixels.Image() || pixels.Real() || !pixels.Plain() {
		t.Errorf("want pixels as ever, found %s", pixels)
	}
	components, _ := fit(t, Rule{Scale: Auto, PCA: 2}, of)
	if !components.Image() || !components.Real() || components.Plain() || components.Out() != 2 {
		t.Errorf("want components of images, found %s", components)
	}
}
