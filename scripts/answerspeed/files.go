//go:build linux

package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/answers/output"
)

// The files that are classified.
const (
	rowsNPY     = "rows.npy"
	rowsParquet = "rows.parquet"
	testParquet = "test.parquet" // the test images once, with their labels
)

// write writes them: the images that the run is judged by, again and again.
func write(o options, model string) error {
	settings := []string{}
	if dir := os.Getenv("SSDGM_DATA"); dir != "" {
		settings = append(settings, fmt.Sprintf("data.dir=%q", dir))
	}
	m, err := trained.Open(model, trained.Settings(settings...))
	if err != nil {
		return err
	}
	training, test, err := train.Parts(m.Config)
	if err != nil {
		return err
	}
	judges, err := train.Judging(m.Config, training, test, func(string) {})
	if err != nil {
		return err
	}
	set := train.ExamplesOf(judges.Set, judges.Split)
	if set.Bytes == nil {
		return errors.New("want a run on images")
	}
	pixels := output.Column{Name: "pixel", Width: set.Inputs, Byte: true}
	for _, name := range []string{rowsNPY, rowsParquet} {
		if err := repeat(set, nil, filepath.Join(o.write, name), o.rows, pixels); err != nil {
			return err
		}
	}
	return repeat(set, m.Classes(), filepath.Join(o.write, testParquet), set.N, output.Column{Name: "label", Kind: output.Text}, pixels)
}

// rowsAtOnce is how many rows are written at once.
const rowsAtOnce = 1000

// repeat writes so many rows of a set. Of two columns the first has the names of their classes.
func repeat(set *trained.Set, classes []string, path string, rows int, columns ...output.Column) error {
	to, err := output.Create(path, "", columns)
	if err != nil {
		return err
	}
	defer to.Abort()
	x := make([]float32, rowsAtOnce*set.Inputs)
	labels := make([]string, rowsAtOnce)
	for at := 0; at < rows; at += rowsAtOnce {
		n := min(rowsAtOnce, rows-at)
		for i := range n {
			from := (at + i) % set.N
			if classes != nil {
				labels[i] = classes[set.Labels[from]]
			}
			for j, b := range set.Bytes[from*set.Inputs:][:set.Inputs] {
				x[i*set.Inputs+j] = float32(b)
			}
		}
		cells := []output.Cells{{Texts: labels[:n]}, {Numbers: x[:n*set.Inputs]}}
		if err := to.Write(n, cells[len(cells)-len(columns):]); err != nil {
			return err
		}
	}
	return to.Close()
}

// mistaken counts the answers in a table that has labels, and those that are another class.
func mistaken(path string) (rows, wrong int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	table := csv.NewReader(file)
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			return rows - 1, wrong, nil // without the heading
		}
		if err != nil {
			return 0, 0, err
		}
		if rows++; rows > 1 && row[0] != row[1] {
			wrong++
		}
	}
}

// equal holds that two files have the same lines.
func equal(a, b string) error {
	return together(a, b, func(line int, x, y string) error {
		if x != y {
			return fmt.Errorf("line %d of the answers differs: %q, %q", line, x, y)
		}
		return nil
	})
}

// extends holds that each line of a file begins with that of another one.
func extends(short, long string) error {
	return together(short, long, func(line int, x, y string) error {
		if !strings.HasPrefix(y, x+",") {
			return fmt.Errorf("line %d of the answers differs from that with how usual it is: %q, %q", line, x, y)
		}
		return nil
	})
}

// together reads two files line by line.
func together(a, b string, see func(line int, x, y string) error) error {
	var files [2]*bufio.Scanner
	for i, path := range []string{a, b} {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		files[i] = bufio.NewScanner(file)
	}
	for line := 1; ; line++ {
		x, y := files[0].Scan(), files[1].Scan()
		if err := errors.Join(files[0].Err(), files[1].Err()); err != nil {
			return err
		}
		if x != y {
			return fmt.Errorf("%s and %s: one has %d lines, and the other more", a, b, line-1)
		}
		if !x {
			return nil
		}
		if err := see(line, files[0].Text(), files[1].Text()); err != nil {
			return err
		}
	}
}

// mostMemory is the largest resident size of a process that has ended, in bytes.
func mostMemory(s *os.ProcessState) int64 {
	return s.SysUsage().(*syscall.Rusage).Maxrss << 10 // Linux counts kilobytes
}
