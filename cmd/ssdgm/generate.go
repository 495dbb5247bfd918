package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/answers/generate"
	"ssdgm/train/pictures"
	"ssdgm/train/report"
	"ssdgm/train/run"
)

// drawCommand is what the commands that draw have in common.
type drawCommand struct {
	out    string
	device deviceFlags
	data   dataFlags
	config configFlags
}

func (d *drawCommand) add(cmd *cobra.Command, keys ...string) {
	cmd.Flags().StringVar(&d.out, "out", ".", "`folder` for the PNG files")
	d.device.add(cmd)
	d.config.addOnly(cmd, append(keys, "precision", "matmul")...)
}

// generateCommand draws sheets of pictures, or the examples themselves.
type generateCommand struct {
	drawCommand
	generate.Request
}

func newGenerate() *cobra.Command {
	var g generateCommand
	cmd := &cobra.Command{
		Use:   "generate RUN|FILE",
		Short: "Draw examples of each class: sheets of pictures, tables, arrays, images",
		Long: "Without more, draws sheets of pictures into the folder --out: samples of each class, one row a class, as\n" +
			"samples.png; of an M1 alone, samples of its prior. Where z has two dimensions also each class over a grid\n" +
			"of Gaussian quantiles of z, as grid-0.png and so on, and all of them as grids.png (--set pictures.grid=20).\n" +
			"Those of several runs go into folders with their names below --out.\n\n" +
			"--out FILE.csv, .tsv, .jsonl, .parquet or .npy, - with --format, or --singles draw the examples themselves,\n" +
			"as many as wanted, in raw values: a table's columns by their names, words where they were words, the class\n" +
			"last; pixels as bytes. npy has numbers alone, [n, d], or [n, height, width] of images, one class after the\n" +
			"other. An example is a function of the seed, its class and its number alone. It is the mean of p(x|y,z);\n" +
			"--sample draws x from it.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return g.run(cmd, args[0]) },
	}
	g.add(cmd, "pictures.samples_per_class", "pictures.grid", "seed")
	flags := cmd.Flags()
	flags.Lookup("out").Usage = "`folder` for sheets or for --singles, or file of a table; - is stdout"
	flags.IntVarP(&g.N, "n", "n", 0, "examples of each class (default: pictures.samples_per_class)")
	flags.Uint64Var(&g.Seed, "seed", 0, "`seed` of the noise (default: the run's)")
	flags.StringArrayVar(&g.Classes, "class", nil, "`name` of a class to draw; can be given more than once (default: all)")
	flags.BoolVar(&g.Sample, "sample", false, "draw x from p(x|y,z), not its mean")
	flags.StringVar(&g.Format, "format", "", "`csv|tsv|jsonl|npy|parquet` of the table (default: by the name of --out)")
	flags.StringVar(&g.Type, "type", "uint8", "`uint8|float32`: pixels of a table as bytes, or as numbers from 0 to 1")
	flags.BoolVar(&g.Singles, "singles", false, "PNG files of single images, OUT/CLASS/000000.png …, as train reads them")
	return cmd
}

func (g *generateCommand) run(cmd *cobra.Command, path string) error {
	g.Out = g.out
	if err := g.Check(cmd.Flags().Changed); err != nil {
		return err
	}
	if g.Examples() {
		g.config.only = []string{"seed", "precision", "matmul"}
		defer stoppable(cmd)()
		return g.examples(cmd, path)
	}
	return g.drawCommand.run(cmd, path, func(dev engine.Device, m *trained.Model, _, p string) ([]pictures.Picture, error) {
		g.settle(cmd, m)
		m.Config.Pictures.SamplesPerClass = g.N
		return pictures.Imagined(dev, m, p)
	})
}

// settle takes what no flag says from the model's configuration, and has the seed there.
func (g *generateCommand) settle(cmd *cobra.Command, m *trained.Model) {
	if !cmd.Flags().Changed("n") {
		g.N = m.Config.Pictures.SamplesPerClass
	}
	if !cmd.Flags().Changed("seed") {
		g.Seed = m.Config.Seed
	}
	m.Config.Seed = g.Seed
}

// examples draws the examples of one run themselves.
func (g *generateCommand) examples(cmd *cobra.Command, path string) error {
	if runs, err := report.RunsIn(path); err != nil || len(runs) > 0 {
		return cmp.Or(err, usageErrorf("want one run, found %d in %s; give one of them", len(runs), path))
	}
	m, err := openTrained(path, &g.config, note)
	if err != nil {
		return err
	}
	g.settle(cmd, m)
	dev, err := g.device.open(cmd.Context(), arithmeticOf(m.Config))
	if err != nil {
		return err
	}
	defer dev.Close()
	a, err := m.On(dev).Apply()
	if err != nil {
		return err
	}
	defer a.Close()
	line, err := g.Write(cmd.Context(), m, a)
	if err == nil {
		_, err = fmt.Fprint(cmd.OutOrStdout(), line)
	}
	return err
}

func newAnalogy() *cobra.Command {
	var d drawCommand
	cmd := &cobra.Command{
		Use:   "analogy RUN|FILE",
		Short: "Draw test images as every class",
		Long: "Infers z from test images and draws it with every class, as analogies.png: the first column is the test\n" +
			"image, the others are the classes in turn. How many: --set pictures.analogies=20. Those of several runs go into\n" +
			"folders with their names below --out.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return d.run(cmd, args[0], d.analogy)
		},
	}
	d.add(cmd, append([]string{"pictures.analogies", "data.test"}, train.DataKeys...)...)
	d.data.add(cmd)
	return cmd
}

// drawing draws what a command draws of a model, by its name among several and its path.
type drawing func(dev engine.Device, m *trained.Model, name, path string) ([]pictures.Picture, error)

// run draws what draw gives, of a run or of each of several, and prints where it is.
func (d *drawCommand) run(cmd *cobra.Command, path string, draw drawing) error {
	return each(path, func(name, path string) error { return d.one(cmd, name, path, draw) })
}

func (d *drawCommand) one(cmd *cobra.Command, name, path string, draw drawing) error {
	m, err := openTrained(path, &d.config, noteOf(name))
	if err != nil {
		return err
	}
	dev, err := d.device.open(cmd.Context(), arithmeticOf(m.Config))
	if err != nil {
		return err
	}
	defer dev.Close()
	drawn, err := draw(dev, m, name, path)
	if err != nil {
		return err
	}
	if len(drawn) == 0 {
		return usageErrorf("want something to draw, found pictures.samples_per_class = 0; try --set pictures.samples_per_class=10")
	}
	out := filepath.Join(d.out, name)
	if err := os.MkdirAll(out, 0o777); err != nil {
		return run.Unwritable(fmt.Errorf("--out: %w", err))
	}
	return pictures.SaveAll(out, drawn, func(path string) error {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), path)
		return err
	})
}

func (d *drawCommand) analogy(dev engine.Device, t *trained.Model, name, path string) ([]pictures.Picture, error) {
	found, err := d.data.ofModel(path, t.Config, noteOf(name))
	if err != nil {
		return nil, err
	}
	examples, err := train.Judging(t.Config, found.Train, found.Test, noteOf(name))
	if err != nil {
		return nil, err
	}
	sheet, err := pictures.Analogies(dev, t, examples.Set, t.Config.Pictures.Analogies)
	if err != nil {
		return nil, err
	}
	return []pictures.Picture{{Name: "analogies", Sheet: sheet}}, nil
}
