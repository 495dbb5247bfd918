package trained_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gorgonia.org/tensor"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/train"
)

// stripes is a small M2 that knows images of 4×4, with a bright line from left to right, from top to bottom, or on the
// diagonal. Its file is made anew by
//
//	go test ./model/trained -run TestStripes -update
const stripes = "testdata/stripes.safetensors"

// row is an image of the first class: its second row is bright.
func row() *tensor.Dense {
	pixels := make([]float32, 16)
	for i := 4; i < 8; i++ {
		pixels[i] = 0.9
	}
	return tensor.New(tensor.WithShape(1, 16), tensor.WithBacking(pixels))
}

func Example() {
	ctx := context.Background()
	model, err := trained.Open(stripes)
	if err != nil {
		fmt.Println(err)
		return
	}
	probabilities, err := model.Classify(ctx, row()) // a row of probabilities for each row of pixels
	if err != nil {
		fmt.Println(err)
		return
	}
	for k, p := range probabilities.Data().([]float32) {
		fmt.Printf("class %s: %.2f\n", model.Classes()[k], p)
	}
	styles, err := model.Encode(ctx, row())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("latents:", styles.Shape())
	// Output:
	// class 0: 1.00
	// class 1: 0.00
	// class 2: 0.00
	// latents: (1, 2)
}

func ExampleModel_Generate() {
	ctx := context.Background()
	model, err := trained.Open(stripes)
	if err != nil {
		fmt.Println(err)
		return
	}
	drawn, err := model.Generate(ctx, 1, 5, 7) // five of class 1
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(drawn.Shape())
	probabilities, err := model.Classify(ctx, drawn)
	if err != nil {
		fmt.Println(err)
		return
	}
	best, err := probabilities.Argmax(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("taken for:", best.Data())
	// Output:
	// (5, 16)
	// taken for: [1 1 1 1 1]
}

func ExampleModel_Analogy() {
	model, err := trained.Open(stripes)
	if err != nil {
		fmt.Println(err)
		return
	}
	drawn, err := model.Analogy(context.Background(), row()) // with every class
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(drawn.Shape())
	// Output: (1, 3, 16)
}

// An Applied is for many calls: a stream, or a server. It takes and gives slices, rows one after the other.
func ExampleModel_Apply() {
	ctx := context.Background()
	model, err := trained.Open(stripes)
	if err != nil {
		fmt.Println(err)
		return
	}
	applied, err := model.Apply() // one for each goroutine
	if err != nil {
		fmt.Println(err)
		return
	}
	defer applied.Close()
	for _, rows := range [][]float32{line(1), append(line(0), line(2)...)} {
		p, err := applied.Classify(ctx, rows) // [n, 3]
		if err != nil {
			fmt.Println(err)
			return
		}
		for ; len(p) > 0; p = p[3:] {
			fmt.Printf("%.2f\n", p[:3])
		}
	}
	// Output:
	// [1.00 0.00 0.00]
	// [1.00 0.00 0.00]
	// [0.89 0.07 0.03]
}

// How usual an image is, is told by its bound among those of training images. A model that was trained has them as
// model.Usual; this one is of an earlier version, and is given those of some images.
func ExampleUsual_Percentile() {
	ctx := context.Background()
	model, err := trained.Open(stripes)
	if err != nil {
		fmt.Println(err)
		return
	}
	applied, err := model.Apply()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer applied.Close()
	known, err := applied.Bounds(ctx, lines(300).X.Data().([]float32))
	if err != nil {
		fmt.Println(err)
		return
	}
	usual := model.Usual
	if usual == nil {
		usual = trained.NewUsual(known, make([]int, len(known)), 3, applied.Samples())
	}
	chequered := make([]float32, 16)
	for i := range chequered {
		chequered[i] = float32((i + i/4) % 2)
	}
	bounds, err := applied.Bounds(ctx, append(line(2), chequered...))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, name := range []string{"a line", "a chessboard"} {
		fmt.Printf("%s: unusual %v\n", name, usual.Percentile(-1, bounds[i]) < 1)
	}
	// Output:
	// a line: unusual false
	// a chessboard: unusual true
}

// The right half of a line is not known: NaN.
func ExampleApplied_Impute() {
	model, err := trained.Open(stripes)
	if err != nil {
		fmt.Println(err)
		return
	}
	applied, err := model.Apply()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer applied.Close()
	half := line(2)
	for i := range half {
		if i%4 >= 2 {
			half[i] = float32(math.NaN())
		}
	}
	filled, err := applied.Impute(context.Background(), half, trained.DefaultImputeOptions())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(filled.Missing, "values were missing")
	low, high := filled.Quantiles[0], filled.Quantiles[1] // of 90 %
	fmt.Println("there:", filled.Mean[9], low[9], high[9])
	fmt.Println("missing:", low[10] <= filled.Mean[10] && filled.Mean[10] <= high[10])
	// Output:
	// 8 values were missing
	// there: 0.9 0.9 0.9
	// missing: true
}

// An ensemble's probabilities are the mean of its models'.
func ExampleNewEnsemble() {
	first, err := trained.Open(stripes)
	if err != nil {
		fmt.Println(err)
		return
	}
	second, err := trained.Open(stripes) // another run's
	if err != nil {
		fmt.Println(err)
		return
	}
	ensemble, err := trained.NewEnsemble(trained.Member{Name: "runs/a", Model: first}, trained.Member{Name: "runs/b", Model: second})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ensemble.Close()
	p, err := ensemble.Classify(context.Background(), line(1))
	if err != nil {
		fmt.Println(err)
		return
	}
	for k, name := range ensemble.Classes() {
		fmt.Printf("class %s: %.2f\n", name, p[k])
	}
	// Output:
	// class 0: 1.00
	// class 1: 0.00
	// class 2: 0.00
}

// line is an image of the first class, whose row of that number is bright.
func line(bright int) []float32 {
	pixels := make([]float32, 16)
	for i := 4 * bright; i < 4*bright+4; i++ {
		pixels[i] = 0.9
	}
	return pixels
}

var update = flag.Bool("update", false, "train the model in testdata anew")

// TestStripes holds that the examples' model is there, and writes it where that is asked for.
func TestStripes(t *testing.T) {
	if *update {
		config, _, err := configs.Load("testdata/stripes.toml", nil)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Join(t.TempDir(), "run")
		if _, err := train.Run(t.Context(), config, train.RunOptions{Train: lines(300), Folder: folder}); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(filepath.Join(folder, "model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(stripes, file, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := trained.Open(stripes); err != nil || m.Told != trained.ByArchitecture || m.Inputs != 16 {
		t.Errorf("want a model of 16 inputs that says what it is: %v", err)
	}
}

// lines are n images and their classes, of every place that a line can have and of several degrees of brightness.
func lines(n int) *train.Arrays {
	a := &train.Arrays{Name: "stripes"}
	var pixels []float32
	for i := range n {
		class, at, bright := i%3, i/3%4, 0.7+0.3*float32(i)/float32(n)
		for place := range 16 {
			row, column := place/4, place%4
			on := [3]bool{row == at, column == at, (row+column)%4 == at}[class]
			if p := 0.05 * float32((i+7*place)%5); on {
				pixels = append(pixels, bright-p)
			} else {
				pixels = append(pixels, p)
			}
		}
		a.Labels = append(a.Labels, class)
	}
	a.X = tensor.New(tensor.WithShape(n, 4, 4), tensor.WithBacking(pixels))
	return a
}
