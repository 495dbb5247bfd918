package transform

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// The components of whitened rows are uncorrelated, with a variance of 1, over blocks of rows and what is left of them;
// also where there are fewer rows than values, and columns with one value.
func TestWhitenedComponentsAreUncorrelated(t *testing.T) {
	for _, c := range []struct{ n, d, k, rank int }{
		{600, 70, 70, 70}, {covarianceRows, 70, 3, 70}, {2*covarianceRows + 1, 12, 12, 12}, {40, 90, 39, 39}, {3, 2, 2, 2},
	} {
		random := rand.New(rand.NewPCG(1, uint64(c.n)))
		raw := make([]float32, c.n*(c.d+1))
		for i := range raw {
			if j := i % (c.d + 1); j < c.d {
				raw[i] = float32((random.NormFloat64() + 5) * float64(1+j%7))
			}
		}
		rule := Rule{Scale: None, PCA: c.k, Whiten: true}
		fitted, _ := fit(t, rule, table(raw, c.d+1))
		y := applied(fitted, raw)
		for a := range c.k {
			for b := range a + 1 {
				sum, want := 0.0, 0.0
				for i := range c.n {
					sum += float64(y[i*c.k+a]) * float64(y[i*c.k+b])
				}
				if a == b {
					want = 1
				}
				if found := sum / float64(c.n-1); !(math.Abs(found-want) < 1e-4) {
					t.Fatalf("%v: the covariance of components %d and %d is %g", c, a, b, found)
				}
			}
		}
		rule.PCA = c.rank + 1
		rule.Missing = Refuse
		_, _, err := Fit(rule, table(raw, c.d+1))
		want := fmt.Sprintf("span %d dimensions", c.rank)
		if !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q, found %v", c, want, err)
		}
	}
}

// Components that are known are taken for the rows that they were fitted on, with what a model sees of them, and for no
// others. The wait is told before, where there is one.
func TestKnownComponentsAreNotSoughtAgain(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	raw := make([]float32, 300*9)
	for i := range raw {
		raw[i] = float32(random.NormFloat64() * float64(1+i%9))
	}
	rules := map[string]Rule{
		"none":     {Scale: None, PCA: 4},
		"standard": {Scale: Standard, PCA: 9, Whiten: true, Missing: Mean},
	}
	for name, rule := range rules {
		want, seen := fit(t, rule, table(raw, 9))
		of := table(raw, 9)
		of.Known = want
		of.Wait = func(time.Duration) { t.Errorf("%s: a wait is told where there is none", name) }
		found, again := fit(t, rule, of)
		if found.PCA != want.PCA || found.Digest() != want.Digest() {
			t.Errorf("%s: the components were sought again", name)
		}
		if !slices.Equal(again.Notes, seen.Notes) || again.Outside != seen.Outside ||
			math.Abs(again.Least/seen.Least-1) > 1e-5 || math.Abs(again.Most/seen.Most-1) > 1e-5 {
			t.Errorf("%s: found %+v, want %+v", name, again, seen)
		}
		others := slices.Clone(raw)
		others[7]++
		waits := 0
		of.Wait = func(time.Duration) { waits++ }
		of.Rows = RowsOf(others, 9)
		if found, _ = fit(t, rule, of); found.PCA == want.PCA || waits != 1 {
			t.Errorf("%s: other rows have these components, or no wait", name)
		}
		of.Rows = RowsOf(raw, 9)
		fewer := rule
		fewer.PCA--
		if found, _ = fit(t, fewer, of); found.PCA.Components() != fewer.PCA {
			t.Errorf("%s: want %d components, found %d", name, fewer.PCA, found.PCA.Components())
		}
		fewer = rule
		fewer.Whiten = !rule.Whiten
		if found, _ = fit(t, fewer, of); (found.PCA.Scale != nil) != fewer.Whiten {
			t.Errorf("%s: they are whitened, or not, as those that are known, not as the rule says", name)
		}
	}
}

func TestTheWaitIsAboutTheBenchmarks(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for rows, seconds := range map[int]float64{20_000: 33, 73_257: 90} { // of processor time
		f := fitting{rows: rows, table: Table{Width: 3072}}
		if wait := f.wait(600).Seconds(); !(math.Abs(wait/(seconds/2)-1) < 0.3) {
			t.Errorf("%d rows: want about %g s, found %g", rows, seconds/2, wait)
		}
	}
}

// The last result, in seconds of processor time of an AMD EPYC, at commit 8018100; two threads take half of it:
//
//	20,000 rows: 33, of which the covariance takes 23
//	73,257 rows: 90
func BenchmarkPrincipalComponents(b *testing.B) {
	const d, k, held = 32 * 32 * 3, 600, 4096
	random := rand.New(rand.NewPCG(1, 2))
	raw := make([]float32, held*d)
	for i := range raw {
		raw[i] = random.Float32() * float32(1+i%d%11)
	}
	for _, n := range []int{20_000, 73_257} {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			for b.Loop() {
				of := Table{Name: "table", Width: d, Rows: func(each func(row []float32) error) error {
					for i := range n {
						if err := each(raw[i%held*d:][:d]); err != nil {
							return err
						}
					}
					return nil
				}}
				if _, _, err := Fit(Rule{Scale: None, PCA: k, Whiten: true, Missing: Refuse}, of); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
