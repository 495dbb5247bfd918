// Command calibration measures how far the probabilities of finished runs are right on their test images, before and by
// the temperature that was fitted on validation labels when training was over, and those of the mean of all runs beside
// the single ones.
//
//	go build -o bin/calibration ./scripts/calibration
//	bin/calibration -out train/records/calibration RUN...
//
// The runs differ in their seeds alone. SSDGM_DATA is the folder of the data. It writes calibration.json and README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ssdgm/model/trained"
	"ssdgm/scripts/measured"
	"ssdgm/train"
)

func main() {
	out := flag.String("out", "train/records/calibration", "`folder` for the record")
	flag.Parse()
	if err := run(context.Background(), *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "calibration:", err)
		os.Exit(1)
	}
}

// record is what calibration.json has.
type record struct {
	measured.About
	Single []single `json:"runs"`
	// Means are of q(y|x) of all runs: as training left each, and each by its own temperature, as classify gives it.
	Means          figures `json:"mean_of_runs"`
	MeansTempered  figures `json:"mean_of_runs_at_temperatures"`
	TestImages     int     `json:"n_test"`
	Configuration  string  `json:"configuration"` // of the first run
	ValidationUsed int     `json:"validation_labels_used"`
}

// single is one run.
type single struct {
	Run         string  `json:"run"`
	Seed        uint64  `json:"seed"`
	Temperature float64 `json:"temperature"`
	Before      figures `json:"before"`
	After       figures `json:"after"`
}

// figures are on test images.
type figures struct {
	Error       float64 `json:"error_percent"`
	NLL         float64 `json:"nll_nats"`
	Calibration float64 `json:"calibration_error_percent"`
}

func run(ctx context.Context, out string, paths []string) error {
	if len(paths) < 2 {
		return errors.New("want at least two finished runs")
	}
	r := record{About: measured.Now("calibration", paths)}
	var plain, tempered []trained.Member
	var test *trained.Set
	for _, path := range paths {
		m, err := measured.Open(path)
		if err != nil {
			return err
		}
		name := filepath.Base(path)
		if m.Temperature == nil {
			return fmt.Errorf("%s: want a run with a temperature; train with validation labels", name)
		}
		if test == nil {
			set, err := measured.Test(m)
			if err != nil {
				return err
			}
			test = train.ExamplesOf(set, train.TestSplit)
			r.Device, r.Configuration, r.ValidationUsed = m.Devices, lengths(m), m.Temperature.Examples
		}
		e, err := m.Evaluate(ctx, test)
		if err != nil {
			return err
		}
		r.Single = append(r.Single, single{
			Run: name, Seed: m.Config.Seed, Temperature: m.Temperature.Value,
			Before: figures{*e.ErrorPercent, *e.NLL, *e.Calibration}, After: figures{*e.ErrorPercent, *e.TemperedNLL, *e.TemperedCalibration},
		})
		without := *m
		without.Temperature = nil
		plain, tempered = append(plain, trained.Member{Name: name, Model: &without}), append(tempered, trained.Member{Name: name, Model: m})
	}
	var err error
	if r.Means, err = means(ctx, test, plain); err != nil {
		return err
	}
	if r.MeansTempered, err = means(ctx, test, tempered); err != nil {
		return err
	}
	r.TestImages = test.N
	return r.write(out)
}

// means are the figures of the mean of q(y|x).
func means(ctx context.Context, test *trained.Set, members []trained.Member) (f figures, err error) {
	all, err := trained.NewEnsemble(members...)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, all.Close()) }()
	e, err := all.Evaluate(ctx, test)
	if err != nil {
		return f, err
	}
	return figures{*e.ErrorPercent, *e.NLL, *e.Calibration}, nil
}

// lengths says how long a run was trained, and with how many labels.
func lengths(m *trained.Model) string {
	c := m.Config
	return fmt.Sprintf("%s with %d labels: M1 of %d epochs, M2 of %d steps, then %d joint steps",
		c.Data.Name, c.Data.Labels, c.M1.Train.Epochs, c.M2.Train.Steps, c.Joint.Steps)
}

// write writes the record's two files.
func (r *record) write(out string) error {
	page := r.page()
	fmt.Print(page[strings.Index(page, "\n|"):])
	return errors.Join(measured.JSON(filepath.Join(out, "calibration.json"), r), measured.Page(out, page))
}
