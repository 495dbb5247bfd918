package generate

import (
	"context"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ssdgm/model/trained"
	"ssdgm/train/answers/output"
	"ssdgm/train/data"
)

// model is one of images of 4×4 in three classes, and what draws of it.
func model(t *testing.T) (*trained.Model, *trained.Applied) {
	t.Helper()
	m, err := trained.Open("../../../model/trained/testdata/stripes.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	a, err := m.Apply()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return m, a
}

// kept is a table in memory.
type kept struct {
	numbers []float32
	words   []string
	rows    []int // of each Write
}

func (k *kept) Write(rows int, cells []output.Cells) error {
	k.numbers, k.words = append(k.numbers, cells[0].Numbers...), append(k.words, cells[1].Texts...)
	k.rows = append(k.rows, rows)
	return nil
}
func (k *kept) Close() error { return nil }
func (k *kept) Abort()       {}

// TestATableHasWhatTheModelDraws holds the rows, in pieces, to the model's own method.
func TestATableHasWhatTheModelDraws(t *testing.T) {
	t.Parallel()
	m, a := model(t)
	var w kept
	const n = pieceMost + 5
	o := Options{Classes: []string{"2", "0"}, N: n, Seed: 3, Floats: true}
	if err := Table(t.Context(), m, a, o, &w); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(w.rows, []int{pieceMost, 5, pieceMost, 5}) {
		t.Errorf("want pieces of bounded size, found %v", w.rows)
	}
	for i, class := range []int{2, 0} {
		x, err := m.Generate(t.Context(), class, n, 3)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(x.Data().([]float32), w.numbers[i*n*m.Inputs:][:n*m.Inputs]) || w.words[i*n] != o.Classes[i] {
			t.Errorf("class %d: the table has others than the model draws", class)
		}
	}
}

// TestImagesAreThoseOfTheTable holds the bytes of single images to what the model draws.
func TestImagesAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	m, a := model(t)
	folder := filepath.Join(t.TempDir(), "images")
	n, err := Images(t.Context(), m, a, Options{N: 2, Seed: 3}, folder)
	if err != nil || n != 6 {
		t.Fatalf("want 6 images, found %d, %v", n, err)
	}
	x, err := m.Generate(t.Context(), 1, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(folder, "1", "000001.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range x.Data().([]float32)[16:] {
		if grey, _, _, _ := img.At(i%4, i/4).RGBA(); grey>>8 != uint32(v*255+0.5) {
			t.Errorf("pixel %d: want %g of 255, found %d", i, v*255, grey>>8)
		}
	}
}

// stopping is a drawer that is stopped before its second piece.
type stopping struct {
	Drawer
	stop  func()
	drawn int
}

func (s *stopping) Generate(ctx context.Context, d trained.Drawing) ([]float32, error) {
	if s.drawn++; s.drawn == 2 {
		s.stop()
	}
	return s.Drawer.Generate(ctx, d)
}

// TestAStopLeavesNothing holds that neither a table nor a folder is left half-written.
func TestAStopLeavesNothing(t *testing.T) {
	t.Parallel()
	m, a := model(t)
	for _, r := range []Request{{Out: "drawn.csv"}, {Out: "drawn.npy"}, {Out: "drawn", Singles: true}} {
		dir := t.TempDir()
		r.Out, r.N = filepath.Join(dir, r.Out), 3
		ctx, stop := context.WithCancel(t.Context())
		if _, err := r.Write(ctx, m, &stopping{Drawer: a, stop: stop}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: want it stopped, found %v", r.Out, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: want nothing left, found %v, %v", r.Out, left, err)
		}
	}
}

// TestNamesThatAreNoFoldersAreRefused holds that no class's name leads out of the folder.
func TestNamesThatAreNoFoldersAreRefused(t *testing.T) {
	t.Parallel()
	m, a := model(t)
	for _, name := range []string{"..", "a/b", `a\b`, ".hidden", "a\x00"} {
		m.ClassNames = []string{"a", "b", name}
		_, err := Images(t.Context(), m, a, Options{N: 1}, filepath.Join(t.TempDir(), "images"))
		if !errors.Is(err, data.ErrInput) {
			t.Errorf("%q: want a refusal, found %v", name, err)
		}
	}
}
