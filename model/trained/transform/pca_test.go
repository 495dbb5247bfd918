package transform

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
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
		if want := fmt.Sprintf("span %d dimensions", c.rank); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q, found %v", c, want, err)
		}
	}
}

// The last result, in seconds of processor time of an AMD EPYC, at the commit that made this; two threads take half as long:
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
