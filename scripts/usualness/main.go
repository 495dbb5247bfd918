// Command usualness measures how well the percentile that classify gives as "usual", and the one among a row's class, tell
// test images of MNIST from images that are none: the area under the ROC curve, with 95 % intervals by DeLong et al.
// 1988. Images with other contents are told from all test images by RUN..., models of MNIST; a digit from the other
// nine by models that have never seen it, which it trains in the folder that -runs names, where they are not there yet.
//
//	go build -o bin/usualness ./scripts/usualness
//	bin/usualness -runs runs -out train/records/usual RUN...
//
// SSDGM_DATA is the folder of the data. It writes usual.json and README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"ssdgm/model/trained"
	"ssdgm/model/trained/infer"
	"ssdgm/scripts/measured"
)

// leftOut are the digits that are left out, one for each seed, and why these. They were chosen before anything was
// measured.
var leftOut = []struct {
	Digit int
	Why   string
}{
	{1, "the least ink, a single stroke"},
	{4, "nearest to one that stays, 9"},
	{0, "the most ink, and the only ring"},
}

func main() {
	o := options{data: os.Getenv("SSDGM_DATA")}
	flag.StringVar(&o.runs, "runs", "runs", "`folder` of the runs that lack a digit")
	flag.StringVar(&o.out, "out", "train/records/usual", "`folder` for the record")
	flag.Parse()
	if err := o.run(context.Background(), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "usualness:", err)
		os.Exit(1)
	}
}

type options struct{ data, runs, out string }

// record is what usual.json has.
type record struct {
	measured.About
	Results []result `json:"results"`
}

// result is how well one model tells test images from others.
type result struct {
	Run     string `json:"run"`
	Seed    uint64 `json:"seed"`
	Digit   *int   `json:"digit_left_out,omitempty"`
	Against string `json:"against"`
	Usual   int    `json:"n_usual"`
	Others  int    `json:"n_others"`
	Overall area   `json:"auroc_usual"`
	InClass area   `json:"auroc_usual_in_class"`
	// Below are the shares, in percent, of usual images and of the others that are below the first percentile.
	Below [2]float64 `json:"percent_below_percentile_1"`
}

func (o *options) run(ctx context.Context, runs []string) error {
	if len(runs) == 0 {
		return errors.New("want at least one finished run of MNIST")
	}
	r := record{About: measured.Now("usualness", runs)}
	for _, path := range runs {
		m, err := measured.Open(path)
		if err != nil {
			return err
		}
		test, err := measured.Test(m)
		if err != nil {
			return err
		}
		r.Device = m.Devices
		if err := r.add(ctx, result{Run: filepath.Base(path)}, m, imagesOf(test), contents(test)); err != nil {
			return err
		}
	}
	for seed, left := range leftOut {
		m, err := o.train(ctx, left.Digit, seed)
		if err != nil {
			return err
		}
		test, err := measured.Test(m)
		if err != nil {
			return err
		}
		digit, rest := divided(test, uint8(left.Digit))
		of := result{Run: fmt.Sprintf("without-%d", left.Digit), Digit: &left.Digit}
		if err := r.add(ctx, of, m, rest, []images{digit}); err != nil {
			return err
		}
	}
	return r.write(o.out)
}

// add measures how well a model tells usual images from each of the others.
func (r *record) add(ctx context.Context, of result, m *trained.Model, usual images, others []images) (err error) {
	if m.Usual == nil {
		return fmt.Errorf("%s: want a model that knows how usual its training examples are", of.Run)
	}
	of.Seed = m.Config.Seed
	a, err := m.Apply()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	all, own, err := percentiles(ctx, a, usual)
	if err != nil {
		return err
	}
	for _, o := range others {
		otherAll, otherOwn, err := percentiles(ctx, a, o)
		if err != nil {
			return err
		}
		of.Against, of.Usual, of.Others = o.name, len(all), len(otherAll)
		of.Overall, of.InClass = areaOf(all, otherAll), areaOf(own, otherOwn)
		of.Below = [2]float64{below(all), below(otherAll)}
		fmt.Printf("%s against %s: %.4f, in class %.4f\n", of.Run, of.Against, of.Overall.Value, of.InClass.Value)
		r.Results = append(r.Results, of)
	}
	return nil
}

// below is how many in a hundred are below the first percentile: what classify --threshold 1 calls unusual.
func below(percentiles []float32) float64 {
	n := 0
	for _, p := range percentiles {
		if p < 1 {
			n++
		}
	}
	return 100 * float64(n) / float64(len(percentiles))
}

// rowsAtATime is how many images are answered in one call.
const rowsAtATime = 1000

// percentiles are how usual images are, among all and in their class.
func percentiles(ctx context.Context, a *trained.Applied, g images) (all, own []float32, err error) {
	for piece := range slices.Chunk(g.bytes, rowsAtATime*a.Inputs()) {
		x := make([]float32, len(piece))
		for i, b := range piece {
			x[i] = float32(b) / 255
		}
		p, err := a.Classify(ctx, x)
		if err != nil {
			return nil, nil, err
		}
		var classes []int
		for row := range slices.Chunk(p, len(a.Classes())) {
			classes = append(classes, infer.Argmax(row))
		}
		some, inClass, err := a.Percentiles(ctx, x, classes)
		if err != nil {
			return nil, nil, err
		}
		all, own = append(all, some...), append(own, inClass...)
	}
	if slices.ContainsFunc(own, func(p float32) bool { return p != p }) {
		return nil, nil, fmt.Errorf("%s: a class has no percentiles: no training image was taken for it", g.name)
	}
	return all, own, nil
}

// write writes the record's two files.
func (r *record) write(out string) error {
	return errors.Join(measured.JSON(filepath.Join(out, "usual.json"), r), measured.Page(out, r.page()))
}
