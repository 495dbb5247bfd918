// Command pngs writes a table of square grey images, a row each with its class in the last column, as a folder of PNG
// files: what README's section on your own data trains on. Shades go from 0 to 16. Of each class the first 10 images go
// to train/CLASS, the last fifth to test/CLASS, and the others to train/unlabelled.
//
//	go run ./scripts/pngs configs/examples/digits.csv.gz digits
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

// labelled is how many images of each class keep their label, and testShare one part in how many is for the test.
const labelled, testShare, white = 10, 5, 16

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/pngs TABLE.csv.gz FOLDER")
		os.Exit(2)
	}
	n, err := convert(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "pngs:", err)
		os.Exit(1)
	}
	fmt.Printf("%s holds %d images\n", os.Args[2], n)
}

// convert writes the images of a table into a folder, which must not be there yet.
func convert(table, folder string) (n int, err error) {
	rows, err := read(table)
	if err != nil {
		return 0, err
	}
	if err := os.Mkdir(folder, 0o777); err != nil {
		return 0, err
	}
	of, seen := map[string]int{}, map[string]int{}
	for _, row := range rows {
		of[row[len(row)-1]]++
	}
	for i, row := range rows {
		class := row[len(row)-1]
		img, err := shades(row[:len(row)-1])
		if err != nil {
			return i, fmt.Errorf("%s: row %d: %w", table, i+1, err)
		}
		place := filepath.Join("train", "unlabelled")
		switch at := seen[class]; {
		case at >= of[class]-of[class]/testShare:
			place = filepath.Join("test", class)
		case at < labelled:
			place = filepath.Join("train", class)
		}
		seen[class]++
		if err := write(filepath.Join(folder, place), fmt.Sprintf("%04d.png", i), img); err != nil {
			return i, err
		}
	}
	return len(rows), nil
}

// read returns the rows of a gzipped table below its heading.
func read(table string) (rows [][]string, err error) {
	file, err := os.Open(table)
	if err != nil {
		return nil, err
	}
	defer file.Close() // It was only read.
	content, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", table, err)
	}
	rows, err = csv.NewReader(content).ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, errors.Join(err, fmt.Errorf("%s: want a heading and rows below it, found %d lines", table, len(rows)))
	}
	return rows[1:], nil
}

// shades is a square image.
func shades(values []string) (*image.Gray, error) {
	side := int(math.Sqrt(float64(len(values))))
	if side*side != len(values) {
		return nil, fmt.Errorf("want the values of a square, found %d", len(values))
	}
	img := image.NewGray(image.Rect(0, 0, side, side))
	for i, value := range values {
		shade, err := strconv.Atoi(value)
		if err != nil || shade < 0 || shade > white {
			return nil, fmt.Errorf("want shades from 0 to %d, found %q", white, value)
		}
		img.Pix[i] = uint8(shade * 255 / white)
	}
	return img, nil
}

func write(folder, name string, img image.Image) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	return errors.Join((&png.Encoder{CompressionLevel: png.BestCompression}).Encode(io.Writer(file), img), file.Close())
}
