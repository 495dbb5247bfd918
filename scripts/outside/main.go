// Outside is a program of another module: it trains a model of its own arrays with package ssdgm/train, and applies it
// with package ssdgm/model/trained. It is built and tested by .ci/run, so that what other programs need stays public.
//
//	go run .             trains a small M1+M2 on points of three kinds of image, and tells how well it does
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gorgonia.org/tensor"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/train"
)

func main() {
	dir, err := os.MkdirTemp("", "outside-")
	if err == nil {
		err = run(context.Background(), os.Stdout, filepath.Join(dir, "run"))
		_ = os.RemoveAll(dir) // The error before it is the one that tells.
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const (
	side    = 6
	classes = 3
)

// images are n bright squares, [n, side·side], in the upper left, in the middle or in the lower right, and which of
// these: of every fifth it is not known.
func images(n int) (x *tensor.Dense, labels []int) {
	pixels := make([]float32, 0, n*side*side)
	for i := range n {
		class := i % classes
		for place := range side * side {
			row, column := place/side, place%side
			first := 2 * class
			p := float32((i*31+place*17)%13) / 60
			if row >= first && row < first+2 && column >= first && column < first+2 {
				p = 1 - p
			}
			pixels = append(pixels, p)
		}
		if i%5 == 4 {
			class = -1
		}
		labels = append(labels, class)
	}
	return tensor.New(tensor.WithShape(n, side*side), tensor.WithBacking(pixels)), labels
}

const settings = `
model = "m1m2"
yardstick = false
data.labels = 30
data.validation = 0
m1.hidden = [24]
m1.latents = 6
m1.keep_above = 0.0
m1.weight_prior = 0.1
m1.train.steps = 400
m1.train.batch_size = 50
m1.train.optimiser.rate = 5e-3
m2.hidden = [20]
m2.classifier_hidden = [20]
m2.latents = 2
m2.alpha = 1.0
m2.weight_prior = 0.1
m2.train.steps = 400
m2.train.labelled_batch = 30
m2.train.unlabelled_batch = 50
m2.train.optimiser.rate = 5e-3
`

// run trains into a folder, opens what is there, and tells w what it is worth.
func run(ctx context.Context, w io.Writer, folder string) error {
	config, _, err := configs.Parse("outside", []byte(settings), nil)
	if err != nil {
		return err
	}
	x, labels := images(300)
	options := train.RunOptions{Train: &train.Arrays{Name: "squares", X: x, Labels: labels}, Folder: folder}
	if _, err := train.Run(ctx, config, options); err != nil {
		return err
	}
	model, err := trained.Open(folder)
	if err != nil {
		return err
	}
	if err := classify(ctx, w, model); err != nil {
		return err
	}
	return draw(ctx, w, model)
}

// classify tells how many of some images are classified right.
func classify(ctx context.Context, w io.Writer, model *trained.Model) error {
	x, labels := images(60)
	probabilities, err := model.Classify(ctx, x)
	if err != nil {
		return err
	}
	best, err := probabilities.Argmax(1)
	if err != nil {
		return err
	}
	right, known := 0, 0
	for i, class := range best.Data().([]int) {
		if labels[i] < 0 {
			continue
		}
		if known++; class == labels[i] {
			right++
		}
	}
	fmt.Fprintf(w, "classified: %d of %d right, classes %v\n", right, known, model.Classes())
	latents, err := model.Encode(ctx, x)
	if err != nil {
		return err
	}
	bounds, err := model.Bound(ctx, x)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "encoded: %v, bounds: %v\n", latents.Shape(), bounds.Shape())
	return nil
}

// draw tells what is generated.
func draw(ctx context.Context, w io.Writer, model *trained.Model) error {
	drawn, err := model.Generate(ctx, 2, 10, 1)
	if err != nil {
		return err
	}
	some, err := drawn.Slice(tensor.S(0, 2))
	if err != nil {
		return err
	}
	analogies, err := model.Analogy(ctx, some.(*tensor.Dense), 0, 1)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "generated: %v, analogies: %v, networks:", drawn.Shape(), analogies.Shape())
	for _, network := range model.ONNX() {
		fmt.Fprintf(w, " %s", network.Name)
	}
	_, err = fmt.Fprintln(w)
	return err
}
