package main

import (
	"fmt"
	"math/rand/v2"

	"ssdgm/train/data"
	"ssdgm/train/data/glyphs"
)

// images are some of one kind, [n, 784].
type images struct {
	name  string
	bytes []uint8
}

func imagesOf(set *data.Set) images { return images{set.Name, set.Images} }

// side is that of MNIST's images.
const side = glyphs.Side

// contents are images of other contents. Each but the last is made of a test image of its own.
func contents(test *data.Set) []images {
	random := rand.New(rand.NewPCG(1, 0))
	shuffled := images{name: "pixels shuffled, each image its own way"}
	inverted := images{name: "black and white exchanged"}
	rotated := images{name: "turned by 90°"}
	noise := images{name: "noise, each pixel uniform"}
	for at := 0; at < len(test.Images); at += side * side {
		image := test.Images[at:][:side*side]
		for _, place := range random.Perm(len(image)) {
			shuffled.bytes = append(shuffled.bytes, image[place])
		}
		for place, v := range image {
			row, column := place/side, place%side
			inverted.bytes = append(inverted.bytes, 255-v)
			rotated.bytes = append(rotated.bytes, image[(side-1-column)*side+row])
			noise.bytes = append(noise.bytes, uint8(random.IntN(256)))
		}
	}
	drawn, _ := glyphs.Draw(0, glyphs.Test, glyphs.DefaultTest)
	return []images{shuffled, inverted, rotated, noise, {"glyphs, the built-in digits", drawn}}
}

// divided are the images of a digit, and those of the others.
func divided(test *data.Set, digit uint8) (own, rest images) {
	own.name, rest.name = fmt.Sprintf("the digit %d", digit), "the others"
	for i, label := range test.Labels {
		image := test.Images[i*side*side:][:side*side]
		if label == digit {
			own.bytes = append(own.bytes, image...)
		} else {
			rest.bytes = append(rest.bytes, image...)
		}
	}
	return own, rest
}
