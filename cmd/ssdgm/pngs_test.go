package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// writePNGs FOLDER N SIDE writes N images, SIDE × SIDE, of each of three classes: the middle shows the class's colour,
// the rest is noise. Names have spaces and letters that are not of ASCII.
func writePNGs(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	side, err := strconv.Atoi(args[2])
	ts.Check(err)
	random := rand.New(rand.NewPCG(13, 0))
	shades := []color.NRGBA{{R: 220, G: 20, B: 60, A: 255}, {R: 34, G: 139, B: 34, A: 255}, {B: 255, A: 255}}
	for i, class := range []string{"crimson", "forest green", "blå"} {
		shade, dir := shades[i], ts.MkAbs(filepath.Join(args[0], class))
		ts.Check(os.MkdirAll(dir, 0o777))
		for i := range n {
			img := image.NewNRGBA(image.Rect(0, 0, side, side))
			for at := range side * side {
				x, y := at%side, at/side
				c := color.NRGBA{uint8(random.IntN(60)), uint8(random.IntN(60)), uint8(random.IntN(60)), 255}
				if x > 0 && y > 0 && x < side-1 && y < side-1 {
					c = shade
				}
				img.SetNRGBA(x, y, c)
			}
			file, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s é %d.png", class, i)))
			ts.Check(err)
			ts.Check(png.Encode(file, img))
			ts.Check(file.Close())
		}
	}
}

// coloured FILE holds that a PNG has colour; with ! that it has none.
func coloured(ts *testscript.TestScript, not bool, args []string) {
	file, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer file.Close()
	img, err := png.Decode(file)
	ts.Check(err)
	found := false
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			found = found || r != g || g != b
		}
	}
	if found == not {
		ts.Fatalf("%s: colour: %v", args[0], found)
	}
}
