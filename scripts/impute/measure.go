package main

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"ssdgm/model/trained"
)

var nan = float32(math.NaN())

// What is tried on validation rows: how many chains of which length, as of 'ssdgm impute', those of less work first, and
// the number of nearest rows.
var (
	lengths = []length{
		{1, 1}, {1, 3}, {1, 6}, {1, 12}, {1, 30}, {1, 60}, {1, 120}, {4, 30}, {1, 240}, {4, 60}, {1, 480}, {4, 120},
	}
	neighbours = []int{1, 2, 3, 5, 10, 20, 50}
)

// length is of some chains.
type length struct {
	Chains int `json:"chains"`
	Steps  int `json:"steps"`
}

// near is how much worse than the best chains may be that are taken for their less work.
const near = 1.01

// figures are of a way to fill, over all hidden values: in units of columns' standard deviations, or of pixels from 0 to
// 1.
type figures struct {
	RMSE     float64 `json:"rmse"`
	Error    float64 `json:"rmse_standard_error"` // by bootstrap over rows
	MAE      float64 `json:"mean_absolute_error"`
	Coverage float64 `json:"coverage_90,omitempty"` // how many lie in the 90 % interval
	Width    float64 `json:"width_90,omitempty"`    // its mean width
	Seconds  float64 `json:"seconds,omitempty"`

	squares, counts []float64 // of each row
}

// tried is what a choice does on validation rows.
type tried[T any] struct {
	Value T `json:"value"`
	figures
}

// least is the one of the smallest error.
func least[T any](all []tried[T]) tried[T] {
	return slices.MinFunc(all, func(a, b tried[T]) int { return cmp.Compare(a.RMSE, b.RMSE) })
}

// result is of a run and a kind of mask.
type result struct {
	Run        string          `json:"run"`
	Seed       uint64          `json:"seed"`
	Mask       string          `json:"mask"`
	Share      float64         `json:"hidden_share"`
	Validation int             `json:"validation_rows"`
	Lengths    []tried[length] `json:"validation_by_length"`
	Neighbours []tried[int]    `json:"validation_by_neighbours"`
	Chosen     struct {
		Length     length `json:"length"`
		Neighbours int    `json:"neighbours"`
	} `json:"chosen"`
	Test  int                `json:"test_rows"`
	Ways  map[string]figures `json:"test,omitempty"` // chain, default, knn, mean
	Ahead []interval         `json:"test_rmse_differences,omitempty"`
}

// interval is how much larger the RMSE of a way is than the chain's, over the same rows, with a 95 % interval by
// bootstrap over rows.
type interval struct {
	Way  string  `json:"way"`
	Mean float64 `json:"difference"`
	Low  float64 `json:"low_95"`
	High float64 `json:"high_95"`
}

// moments are those of the training rows.
func (e *experiment) moments() {
	e.means, e.scale = make([]float32, e.d), make([]float64, e.d)
	sums := make([]float64, e.d)
	for i, v := range e.fit.x {
		sums[i%e.d] += float64(v)
	}
	for j, sum := range sums {
		e.means[j] = float32(sum / float64(e.fit.n))
	}
	for i, v := range e.fit.x {
		d := float64(v - e.means[i%e.d])
		e.scale[i%e.d] += d * d
	}
	for j, sum := range e.scale {
		if e.scale[j] = math.Sqrt(sum / float64(e.fit.n)); e.height > 0 || e.scale[j] == 0 {
			e.scale[j] = 1
		}
	}
}

// measure chooses on validation rows, and tells what comes of it on test rows.
func (e *experiment) measure(ctx context.Context, kind string, o options) (*result, error) {
	r := &result{Run: e.name, Seed: e.seed, Mask: kind, Share: o.share}
	if kind == "lower" {
		r.Share = 0.5
	}
	rows := e.validated.first(o.validation, e.d)
	r.Validation = rows.n
	x, hidden, err := e.hide(kind, rows, o.share, 1)
	if err != nil {
		return nil, err
	}
	for _, l := range lengths {
		f, err := e.chain(ctx, rows, x, hidden, l)
		if err != nil {
			return nil, err
		}
		r.Lengths = append(r.Lengths, tried[length]{l, f})
	}
	ks := slices.DeleteFunc(slices.Clone(neighbours), func(k int) bool { return k > e.fit.n })
	for i, filled := range e.nearest(x, ks) {
		r.Neighbours = append(r.Neighbours, tried[int]{ks[i], e.compare(rows.x, filled, hidden)})
	}
	best := least(r.Lengths).RMSE
	at := slices.IndexFunc(r.Lengths, func(t tried[length]) bool { return t.RMSE <= near*best })
	r.Chosen.Length, r.Chosen.Neighbours = r.Lengths[at].Value, least(r.Neighbours).Value
	if o.test == 0 {
		return r, nil
	}
	return r, e.judge(ctx, r, kind, o)
}

// judge opens the test rows.
func (e *experiment) judge(ctx context.Context, r *result, kind string, o options) error {
	all, err := e.test()
	if err != nil {
		return err
	}
	rows := all.first(o.test, e.d)
	r.Test = rows.n
	x, hidden, err := e.hide(kind, rows, o.share, 2)
	if err != nil {
		return err
	}
	chain, err := e.chain(ctx, rows, x, hidden, r.Chosen.Length)
	if err != nil {
		return err
	}
	usually := trained.DefaultImputeOptions()
	usual, err := e.chain(ctx, rows, x, hidden, length{usually.Chains, usually.Steps})
	if err != nil {
		return err
	}
	mean := slices.Clone(x)
	for i := range mean {
		if hidden[i] {
			mean[i] = e.means[i%e.d]
		}
	}
	begun := time.Now()
	knn := e.compare(rows.x, e.nearest(x, []int{r.Chosen.Neighbours})[0], hidden)
	knn.Seconds = time.Since(begun).Seconds()
	r.Ways = map[string]figures{"chain": chain, "default": usual, "knn": knn, "mean": e.compare(rows.x, mean, hidden)}
	for _, way := range []string{"knn", "mean"} {
		r.Ahead = append(r.Ahead, difference(way, chain, r.Ways[way]))
	}
	return nil
}

// first are the first n rows.
func (r rows) first(n, d int) rows {
	n = min(n, r.n)
	return rows{n, r.x[:n*d]}
}

// chain fills by the model.
func (e *experiment) chain(ctx context.Context, of rows, x []float32, hidden []bool, l length) (figures, error) {
	o := trained.ImputeOptions{Chains: l.Chains, Steps: l.Steps, Burn: l.Steps / 6, Quantiles: []float64{0.05, 0.95}, Seed: e.seed}
	o.Samples = o.Steps - o.Burn
	begun := time.Now()
	found, err := e.Impute(ctx, x, o)
	if err != nil {
		return figures{}, err
	}
	seconds := time.Since(begun).Seconds()
	f := e.compare(of.x, found.Mean, hidden)
	f.Seconds = seconds
	inside, width, n := 0.0, 0.0, 0.0
	for i, is := range hidden {
		if !is {
			continue
		}
		low, high := found.Quantiles[0][i], found.Quantiles[1][i]
		if n++; low <= of.x[i] && of.x[i] <= high {
			inside++
		}
		width += float64(high-low) / e.scale[i%e.d]
	}
	f.Coverage, f.Width = inside/n, width/n
	return f, nil
}

// compare gives the errors of what was filled.
func (e *experiment) compare(want, found []float32, hidden []bool) (f figures) {
	f.squares, f.counts = make([]float64, len(want)/e.d), make([]float64, len(want)/e.d)
	absolute, n := 0.0, 0.0
	for i, is := range hidden {
		if is {
			d := float64(found[i]-want[i]) / e.scale[i%e.d]
			f.squares[i/e.d] += d * d
			f.counts[i/e.d]++
			absolute += math.Abs(d)
			n++
		}
	}
	f.RMSE, f.MAE = rootMean(f, identity(len(f.counts))), absolute/n
	var sums, squares float64
	for _, sample := range bootstrap(len(f.counts)) {
		v := rootMean(f, sample)
		sums, squares = sums+v, squares+v*v
	}
	mean := sums / resamples
	f.Error = math.Sqrt(max(0, squares/resamples-mean*mean))
	return f
}

const resamples = 1000

// bootstrap draws rows, always the same ones.
func bootstrap(n int) [][]int {
	r := rand.New(rand.NewPCG(uint64(n), 3))
	all := make([][]int, resamples)
	for i := range all {
		all[i] = make([]int, n)
		for k := range all[i] {
			all[i][k] = r.IntN(n)
		}
	}
	return all
}

func identity(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// rootMean is the RMSE over some rows.
func rootMean(f figures, sample []int) float64 {
	squares, n := 0.0, 0.0
	for _, i := range sample {
		squares, n = squares+f.squares[i], n+f.counts[i]
	}
	return math.Sqrt(squares / max(1, n))
}

// difference is how much larger a way's error is than the chain's.
func difference(way string, chain, other figures) interval {
	var all []float64
	for _, sample := range bootstrap(len(chain.counts)) {
		all = append(all, rootMean(other, sample)-rootMean(chain, sample))
	}
	slices.Sort(all)
	return interval{way, other.RMSE - chain.RMSE, all[resamples*25/1000], all[resamples*975/1000]}
}
