// Command impute measures how well trained models fill missing values, beside the column's mean and the mean of the
// nearest training rows: it hides values of rows whose values are known.
//
//	go build -o bin/impute ./scripts/impute
//	bin/impute -masks pixels,lower -validation 300 -test 1000 -json mnist.json RUN...
//	bin/impute -masks cells -share 0.3 -held held.csv -test 1000 -json table.json RUN...
//	bin/impute -masks cells -held held.csv RUN...       # validation rows only: what to choose a model by
//
// How many chains there are of which length, and how many nearest rows are taken, are chosen on validation rows, which the
// runs were not trained on (data.validation, or -held); test rows are opened once, after that. SSDGM_DATA is the folder of the data.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"ssdgm/model/trained"
	"ssdgm/scripts/measured"
	"ssdgm/train"
	"ssdgm/train/data"
)

type options struct {
	masks, file      string
	held             string
	validation, test int
	share            float64
}

func main() {
	var o options
	flag.StringVar(&o.masks, "masks", "cells", "`kinds` of masks, with commas between: cells or pixels (at random), lower (half of an image)")
	flag.Float64Var(&o.share, "share", 0.5, "how much cells or pixels hides")
	flag.IntVar(&o.validation, "validation", 1<<30, "validation rows at most")
	flag.IntVar(&o.test, "test", 0, "test rows at most; 0: test rows are not opened")
	flag.StringVar(&o.held, "held", "", "a `file` of validation rows, where the runs have no data.validation")
	flag.StringVar(&o.file, "json", "", "a `file` for all figures")
	flag.Parse()
	if err := o.run(context.Background(), os.Stdout, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "impute:", err)
		os.Exit(1)
	}
}

// record is what the file has.
type record struct {
	measured.About
	Results []result `json:"results"`
}

func (o options) run(ctx context.Context, w io.Writer, runs []string) error {
	r := record{About: measured.Now("impute", os.Args[1:])}
	for _, path := range runs {
		e, err := open(path, o.held)
		if err != nil {
			return err
		}
		r.Device = e.device
		for kind := range strings.SplitSeq(o.masks, ",") {
			found, err := e.measure(ctx, kind, o)
			if err != nil {
				return errors.Join(err, e.Close())
			}
			found.print(w)
			r.Results = append(r.Results, *found)
		}
		if err := e.Close(); err != nil {
			return err
		}
	}
	summarise(w, r.Results)
	if o.file == "" {
		return nil
	}
	return measured.JSON(o.file, r)
}

// experiment is a run with its data.
type experiment struct {
	*trained.Applied
	name, device   string
	seed           uint64
	d              int
	height, width  int // of images; 0: it is a table
	fit, validated rows
	scale          []float64 // of each column: its standard deviation over the training rows; of pixels 1
	means          []float32
	test           func() (rows, error)
}

// rows are complete ones, raw, [n, d].
type rows struct {
	n int
	x []float32
}

func open(path, validation string) (*experiment, error) {
	m, err := measured.Open(path)
	if err != nil {
		return nil, err
	}
	part, test, err := train.Parts(m.Config)
	if err != nil {
		return nil, err
	}
	set, err := part.Load()
	if err != nil {
		return nil, err
	}
	held := m.Config.Data.Validation
	if test == nil || validation == "" && (held < 1 || held >= set.N) {
		return nil, fmt.Errorf("%s: want data.validation of some rows, and a test part, found %d of %d rows", path, held, set.N)
	}
	e := &experiment{name: filepath.Base(path), seed: m.Config.Seed, d: m.Inputs}
	if m.Input.Image() {
		e.height, e.width = m.Height, m.Width
	}
	all := rawOf(set)
	e.fit, e.validated = rows{set.N - held, all[:(set.N-held)*e.d]}, rows{held, all[(set.N-held)*e.d:]}
	if validation != "" {
		if e.validated, err = testRows(path, fmt.Sprintf("data.test_path=%q", validation)); err != nil {
			return nil, err
		}
	}
	e.test = func() (rows, error) { return testRows(path) }
	e.moments()
	if e.Applied, err = m.Apply(); err != nil {
		return nil, err
	}
	e.device = "engine/cpu"
	return e, nil
}

// testRows are those of a run's test part.
func testRows(path string, settings ...string) (rows, error) {
	m, err := measured.Open(path, settings...)
	if err != nil {
		return rows{}, err
	}
	set, err := measured.Test(m)
	if err != nil {
		return rows{}, err
	}
	return rows{set.N, rawOf(set)}, nil
}

// rawOf are a set's values as a model takes them.
func rawOf(set *data.Set) []float32 {
	x := make([]float32, 0, set.N*set.D())
	for _, row := range set.Rows() {
		x = append(x, row...)
	}
	for _, b := range set.Images {
		x = append(x, float32(b)/255)
	}
	return x
}

// hide gives rows with NaN where values are hidden, and tells where. Which ones is a function of the seed alone.
func (e *experiment) hide(kind string, of rows, share float64, stream uint64) (x []float32, hidden []bool, err error) {
	x, hidden = make([]float32, len(of.x)), make([]bool, len(of.x))
	r := rand.New(rand.NewPCG(e.seed, stream))
	for i, v := range of.x {
		switch kind {
		case "cells", "pixels":
			hidden[i] = r.Float64() < share
		case "lower":
			if e.height == 0 {
				return nil, nil, fmt.Errorf("%s: want images for masks of %q", e.name, kind)
			}
			hidden[i] = i%e.d >= e.d/2
		default:
			return nil, nil, fmt.Errorf("want masks of cells, pixels or lower, found %q", kind)
		}
		if x[i] = v; hidden[i] {
			x[i] = nan
		}
	}
	return x, hidden, nil
}
