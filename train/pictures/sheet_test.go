package pictures

import (
	"bytes"
	"errors"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssdgm/model/trained"
	"ssdgm/train/data"
)

func TestLevelsKeepEveryByteAndCutOff(t *testing.T) {
	for v := range 256 {
		if got := level(float32(v) / 255); int(got) != v {
			t.Errorf("level of %d/255 is %d", v, got)
		}
	}
	for v, want := range map[float32]uint8{-3: 0, 1.001: 255, float32(math.Inf(1)): 255, float32(math.Inf(-1)): 0} {
		if got := level(v); got != want {
			t.Errorf("level of %g is %d, want %d", v, got, want)
		}
	}
	if got := level(float32(math.NaN())); got != 0 {
		t.Errorf("level of NaN is %d, want 0", got)
	}
}

func TestCellsLieApartOnPaper(t *testing.T) {
	s := newColumnSheet(shape{2, 3, 1}, 2, 3, nil)
	s.putRows(0, make([]float32, 36))
	if got, want := s.Image().Bounds().Max, s.Cell(1, 2).Max; got.X != want.X+imageGap || got.Y != want.Y+imageGap {
		t.Errorf("the sheet ends at %v, its last image at %v", got, want)
	}
	if got := s.Cell(0, 1).Min.X - s.Cell(0, 0).Max.X; got != columnGap {
		t.Errorf("%d pixels after the first column, want %d", got, columnGap)
	}
	ink := 0
	for i := range s.Image().Bounds().Max.Y {
		for j := range s.Image().Bounds().Max.X {
			if s.Image().At(j, i) != paper {
				ink++
			}
		}
	}
	if ink != 36 {
		t.Errorf("%d pixels are drawn, want the 36 of the images: images overlap or leave their cells", ink)
	}
}

func TestThreeChannelsAreColours(t *testing.T) {
	s := newSheet(shape{1, 2, 3}, 1, 1)
	s.put(0, 0, []float32{1, 0, 0, 0, 0.2, 2})
	at := s.Cell(0, 0).Min
	for x, want := range []color.RGBA{{R: 255, A: 255}, {G: 51, B: 255, A: 255}} {
		if got := s.Image().At(at.X+x, at.Y); got != want {
			t.Errorf("pixel %d is %v, want %v", x, got, want)
		}
	}
}

func TestShapeFollowsFromTheModel(t *testing.T) {
	for _, c := range []struct {
		model trained.Model
		want  shape
	}{
		{trained.Model{Inputs: 784, Height: 28, Width: 28}, shape{28, 28, 1}},
		{trained.Model{Inputs: 3072, Height: 32, Width: 32}, shape{32, 32, 3}},
		{trained.Model{Inputs: 12, Height: 3, Width: 4}, shape{3, 4, 1}},
		{trained.Model{Inputs: 784}, shape{28, 28, 1}},
	} {
		if got, err := shapeOf(&c.model); err != nil || got != c.want {
			t.Errorf("%d inputs of %d×%d: %v and error %v, want %v", c.model.Inputs, c.model.Height, c.model.Width, got, err, c.want)
		}
	}
}

func TestSaveWritesOnlyAWholeFile(t *testing.T) {
	s := newSheet(shape{2, 2, 1}, 1, 1)
	folder := t.TempDir()
	path := filepath.Join(folder, "a.png")
	must(t, os.WriteFile(path, []byte("an older picture that is longer than the new one"), 0o600))
	must(t, s.Save(path))
	b, err := os.ReadFile(path)
	must(t, err)
	if m, err := png.Decode(bytes.NewReader(b)); err != nil || m.Bounds() != s.Image().Bounds() {
		t.Errorf("read back: %v", err)
	}
	err = s.Save(filepath.Join(folder, "none", "a.png"))
	if !errors.Is(err, data.ErrInput) || !strings.Contains(err.Error(), "none/a.png: no such file or directory") {
		t.Errorf("a missing directory gives %v", err)
	}
	if err = s.Save(folder); err == nil {
		t.Error("a directory was overwritten")
	}
	if names, _ := filepath.Glob(filepath.Join(filepath.Dir(folder), "*")); len(names) != 1 {
		t.Errorf("temporary files are left: %v", names)
	}
	if names, _ := filepath.Glob(filepath.Join(folder, ".*")); len(names) != 0 {
		t.Errorf("temporary files are left: %v", names)
	}
}
