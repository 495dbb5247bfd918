package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/pictures"
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

func newGenerate() *cobra.Command {
	var d drawCommand
	cmd := &cobra.Command{
		Use:   "generate RUN|FILE",
		Short: "Draw samples of each class, and grids over a 2-D z",
		Long: "Draws samples of each class, one row a class, as samples.png; of an M1 alone, samples of its prior. Where z\n" +
			"has two dimensions it also draws each class over a grid of Gaussian quantiles of z, as grid-0.png and so on,\n" +
			"and all of them as grids.png. How many, and of which noise: --set pictures.samples_per_class=20,\n" +
			"--set pictures.grid=20, --set seed=1. Those of several runs go into folders with their names below --out.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return d.run(cmd, args[0], func(dev engine.Device, m *trained.Model, _, path string) ([]pictures.Picture, error) {
				return pictures.Imagined(dev, m, path)
			})
		},
	}
	d.add(cmd, "pictures.samples_per_class", "pictures.grid", "seed")
	return cmd
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
