package arrays

import (
	"errors"
	"fmt"
	"io"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/csvdata"
	"ssdgm/train/data/npy"
	"ssdgm/train/data/strict"
)

// readShape fills in how many images there are, and their shape.
func (f *files) readShape() error {
	return strict.File(f.paths[0], func(r io.Reader, size int64) error {
		array, err := npy.NewReader(r, size)
		if err != nil {
			return err
		}
		f.set.N = array.Shape[0]
		_, err = f.shape(array.Shape)
		return err
	})
}

// readImages fills in a set's images and their shape, and returns how many there are.
func (f *files) readImages(r io.Reader, size int64) (int, error) {
	array, err := npy.NewReader(r, size)
	if err != nil {
		return 0, err
	}
	n, shape := array.Shape[0], array.Shape[1:]
	d, ok := strict.Product(shape, csvdata.MaxWidth)
	if !ok {
		return 0, strict.Errorf("wanted at most %d values in an image, found images of %s",
			csvdata.MaxWidth, strict.Join(shape))
	}
	if array.Text != nil {
		return 0, strict.Errorf("wanted pixels as numbers or truth values, found text")
	}
	planes, err := f.shape(array.Shape)
	if err != nil {
		return 0, err
	}
	f.scaled = array.Type.Fraction() || array.Type.Name == strict.Bool.Name
	var image []uint8
	for i := 0; ; i++ {
		entry, err := array.Next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		if image, err = strict.AppendPixels(image[:0], array.Type, entry); err != nil {
			return 0, fmt.Errorf("image %d: %w", i, err)
		}
		f.set.Images = strict.Grow(f.set.Images, int(d), int64(n)*d)
		if !planes {
			f.set.Images = append(f.set.Images, image...)
			continue
		}
		for pixel := range f.set.Height * f.set.Width {
			for channel := range f.set.Channels {
				f.set.Images = append(f.set.Images, image[channel*f.set.Height*f.set.Width+pixel])
			}
		}
	}
}

// shape fills in the shape of an image, and tells whether its channels come one after the other, as planes, and not side
// by side in every pixel.
func (f *files) shape(all []int) (planes bool, err error) {
	if len(all) == 2 {
		f.set.Height, f.set.Width = data.Sides(all[1])
		return false, nil
	}
	f.set.Height, f.set.Width, f.set.Channels, planes, err = strict.Image(all)
	return planes, err
}

// readLabels reads labels as package classes names them.
func readLabels(path string) (labels []string, err error) {
	err = strict.File(path, func(r io.Reader, size int64) error {
		array, err := npy.NewReader(r, size)
		if err != nil {
			return err
		}
		each, _ := strict.Product(array.Shape[1:], csvdata.MaxWidth)
		if each != 1 && !(array.Shape[0] == 1 && len(array.Shape) == 2) {
			convert := ""
			if len(array.Shape) == 2 {
				convert = "; if each row has a 1 in the place of its class, save argmax(axis=1) of it"
			}
			return strict.Errorf("wanted n labels, found %s elements of type %s%s",
				strict.Join(array.Shape), array.Type.Name, convert)
		}
		for {
			entry, err := array.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			for ; len(entry) > 0; entry = entry[array.Type.Size:] {
				label, err := nameOf(array, entry)
				if err != nil {
					return fmt.Errorf("place %d: %w", len(labels), err)
				}
				labels = append(labels, label)
			}
		}
	})
	return labels, err
}

// nameOf is the label that an element stands for.
func nameOf(array *npy.Reader, element []byte) (string, error) {
	if array.Text == nil {
		value := array.Type.Value(element)
		if label := classes.Number(value); label == classes.None || strict.Whole(value, -1<<53, 1<<53) {
			return label, nil
		}
		return "", strict.Errorf("wanted whole numbers, or text, as labels, found %g", value)
	}
	label := classes.Name(array.Text(element[:array.Type.Size]))
	return label, classes.Check(label)
}
