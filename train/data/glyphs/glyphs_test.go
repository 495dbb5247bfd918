package glyphs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// The bytes of the data set are part of every recorded result. They were also
// checked with GOAMD64=v3, where the compiler may fuse products and sums, and the
// code that it makes for arm64 was searched for fused instructions: there are none.
func TestExamplesNeverChange(t *testing.T) {
	for _, golden := range []struct {
		part Part
		want string
	}{
		{Train, "4b065ac533fa7f2ca566cbeecbf6580aa59d2755c31d550c78c49d58f82e59f8"},
		{Test, "c6aa9a1008e6d434e41694d9ee900dea53eb69b50edcbb56b80ad80dc4fa3be7"},
	} {
		images, labels := Draw(0, golden.part, 1000)
		hash := sha256.New()
		hash.Write(images)
		hash.Write(labels)
		if got := hex.EncodeToString(hash.Sum(nil)); got != golden.want {
			t.Errorf("part %d of seed 0 has digest %s, want %s", golden.part, got, golden.want)
		}
	}
}

func TestAnExampleIsTheSameAloneAsInTheSet(t *testing.T) {
	images, labels := Draw(7, Test, 50)
	for i := len(labels) - 1; i >= 0; i-- {
		var image [Pixels]uint8
		if label := Example(&image, 7, Test, i); label != labels[i] || !bytes.Equal(image[:], images[i*Pixels:(i+1)*Pixels]) {
			t.Fatalf("example %d differs when drawn alone", i)
		}
	}
}

func TestSeedsAndPartsShareNoExample(t *testing.T) {
	owner := map[[Pixels]uint8]string{}
	for _, set := range []struct {
		name string
		seed uint64
		part Part
	}{{"seed 0 train", 0, Train}, {"seed 0 test", 0, Test}, {"seed 1 train", 1, Train}, {"seed 1 test", 1, Test}} {
		images, labels := Draw(set.seed, set.part, 500)
		for i := range labels {
			image := [Pixels]uint8(images[i*Pixels:])
			if other, taken := owner[image]; taken {
				t.Fatalf("%s shares an example with %s", set.name, other)
			}
			owner[image] = set.name
		}
	}
}

func TestEveryClassIsAboutATenth(t *testing.T) {
	_, labels := Draw(0, Train, DefaultTrain)
	for class, count := range countLabels(labels) {
		if count < DefaultTrain/Classes*9/10 || count > DefaultTrain/Classes*11/10 {
			t.Errorf("class %d has %d of %d examples", class, count, DefaultTrain)
		}
	}
}

// A digit that runs out of the picture could be taken for another.
func TestDigitsStayInsideThePicture(t *testing.T) {
	const count = 2000
	images, labels := Draw(0, Train, count)
	cut := 0
	for i := range labels {
		image := images[i*Pixels : (i+1)*Pixels]
		for k := range Side {
			if max(image[k], image[Pixels-1-k], image[k*Side], image[k*Side+Side-1]) > 128 {
				cut++
				break
			}
		}
	}
	if cut > count/100 {
		t.Errorf("%d of %d digits reach the border, want at most 1 %%", cut, count)
	}
}

// The data set is made to show what unlabelled examples are worth: the nearest of
// 100 labelled images is often of another class, the nearest of many seldom.
func TestHundredLabelsAreFewAndManyAreEnough(t *testing.T) {
	images, labels := Draw(0, Train, 4000)
	testImages, testLabels := Draw(0, Test, 300)
	errorPercent := func(known int) float64 {
		wrong := 0
		for i, label := range testLabels {
			if nearest(images[:known*Pixels], labels, testImages[i*Pixels:(i+1)*Pixels]) != label {
				wrong++
			}
		}
		return 100 * float64(wrong) / float64(len(testLabels))
	}
	few, many := errorPercent(100), errorPercent(4000)
	t.Logf("nearest neighbour errs on %.1f %% with 100 labels, on %.1f %% with 4000", few, many)
	if few < 10 {
		t.Errorf("with 100 labels nearest neighbour errs on %.1f %%, want at least 10 %%", few)
	}
	if many > 5 {
		t.Errorf("with 4000 labels nearest neighbour errs on %.1f %%, want at most 5 %%", many)
	}
}

func nearest(images, labels, image []uint8) uint8 {
	best, label := int32(1<<31-1), uint8(0)
	for i := 0; i < len(images); i += Pixels {
		distance := int32(0)
		for k, v := range images[i : i+Pixels] {
			d := int32(v) - int32(image[k])
			distance += d * d
		}
		if distance < best {
			best, label = distance, labels[i/Pixels]
		}
	}
	return label
}

func countLabels(labels []uint8) (counts [Classes]int) {
	for _, label := range labels {
		counts[label]++
	}
	return counts
}

func BenchmarkDraw(b *testing.B) {
	for b.Loop() {
		Draw(0, Train, 100)
	}
}
