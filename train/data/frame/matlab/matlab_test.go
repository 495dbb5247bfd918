package matlab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/frametest"
	"ssdgm/train/data/strict"
)

const fixtures = "../testdata/matlab"

// open opens a file, which is closed with the reader.
func open(path string, o frame.Options) (frame.Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	r, err := Open(file, info.Size(), o)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

// places are texts whose digits tell the place of an element, row by row: those of a pattern in which n is the example
// and the letters from a on are the other dimensions, in their order.
func places(n int, labels []string, row func(n int) []string) (all [][]string) {
	for i := range n {
		line := row(i)
		if labels != nil {
			line = append(line, labels[i])
		}
		all = append(all, line)
	}
	return all
}

func TestTheExamplesDimensionIsThatOfTheLabels(t *testing.T) {
	t.Parallel()
	five := []string{"1", "2", "3", "4", "5"}
	number := func(format string, n int) (row []string) {
		for i := range n {
			row = append(row, fmt.Sprintf(format, i))
		}
		return row
	}
	trim := func(row []string) []string {
		for i, text := range row {
			if row[i] = strings.TrimLeft(text, "0"); row[i] == "" || row[i][0] == '.' {
				row[i] = "0" + row[i]
			}
		}
		return row
	}
	half := func(n int) []string { return trim(number(fmt.Sprint(n)+"%d.5", 3)) }
	whole := func(n int) []string { return trim(number(fmt.Sprint(n)+"%d", 3)) }
	pairs := func(n int) []string { return trim(number(fmt.Sprint(n)+"%d", 2)) }
	type table struct {
		shape [3]int
		bytes bool
		rows  [][]string
	}
	for name, want := range map[string]table{
		"rows":       {[3]int{1, 3, 1}, false, places(5, five, half)},
		"rows-plain": {[3]int{1, 3, 1}, false, places(5, five, half)},
		"whole":      {[3]int{1, 3, 1}, false, places(5, five, whole)},
		"workspace":  {[3]int{1, 3, 1}, false, places(5, five, whole)},
		"columns":    {[3]int{1, 3, 1}, false, places(5, five, func(n int) []string { return trim(number("%d"+fmt.Sprint(n), 3)) })},
		"square": {[3]int{1, 4, 1}, false, places(4, []string{"0", "1", "2", "3"}, func(n int) []string {
			return trim(number(fmt.Sprint(n)+"%d", 4))
		})},
		"images": {[3]int{4, 2, 3}, true, places(6, []string{"1", "2", "3", "1", "2", "3"}, func(n int) (row []string) {
			for i := range 4 * 2 * 3 {
				row = append(row, fmt.Sprint((i/6*1000+i/3%2*100+i%3*10+n)%251))
			}
			return row
		})},
		"images-first": {[3]int{4, 2, 1}, false, places(6, []string{"0", "1", "2", "3", "4", "5"}, func(n int) (row []string) {
			for i := range 4 * 2 {
				row = append(row, fmt.Sprint(n*100+i/2*10+i%2))
			}
			return row
		})},
		"cube": {[3]int{2, 3, 1}, false, places(7, nil, func(n int) (row []string) {
			for i := range 2 * 3 {
				row = append(row, fmt.Sprint(i/3*100+i%3*10+n))
			}
			return row
		})},
		"cells":   {[3]int{1, 2, 1}, false, places(4, []string{"ant", "bée", "", "ant"}, pairs)},
		"letters": {[3]int{1, 2, 1}, false, places(4, []string{"ant", "bée", "", "ox"}, pairs)},
	} {
		r, err := open(filepath.Join(fixtures, name+".mat"), frame.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found := table{bytes: r.Bytes()}
		found.shape[0], found.shape[1], found.shape[2] = r.Shape()
		found.rows = frametest.Texts(t, r)
		if diff := cmp.Diff(want, found, cmp.AllowUnexported(table{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSparseMatricesAreRead(t *testing.T) {
	t.Parallel()
	want := [][]string{
		{"0", "2.5", "0", "-1", "1"}, {"0", "0", "0", "0", "2"}, {"3", "0", "4", "0", "3"}, {"0", "0", "0", "7", "4"}, {"1", "0", "0", "0", "5"},
	}
	for _, name := range []string{"sparse", "sparse-turned"} {
		r, err := open(filepath.Join(fixtures, name+".mat"), frame.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Sparse() {
			t.Errorf("%s is not told to be sparse", name)
		}
		if diff := cmp.Diff(want, frametest.Texts(t, r)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestVariablesAreNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file    string
		options frame.Options
		want    string
	}{
		"none":     {"two", frame.Options{}, `wanted one array of examples, found "a" (5×3 of int64), "b" (4×2 of int64); name it with data.variable`},
		"another":  {"two", frame.Options{Variable: "c"}, `data.variable = "c": wanted one of the file's arrays, which are "a" (5×3 of int64), "b" (4×2 of int64)`},
		"text":     {"cells", frame.Options{Variable: "y"}, `array "y": wanted an array of numbers, found text`},
		"no label": {"two", frame.Options{Variable: "a", Label: "b"}, `wanted a label for each of 5 examples, found "b" (4×2 of int64)`},
		"weights":  {"workspace", frame.Options{Variable: "weights", Label: "X"}, `wanted a label for each of 3 examples, found "X" (5×3 of int64)`},
	} {
		_, err := open(filepath.Join(fixtures, c.file+".mat"), c.options)
		if !errors.Is(err, strict.ErrFormat) || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: error = %v, want %s", name, err, c.want)
		}
	}
	r, err := open(filepath.Join(fixtures, "two.mat"), frame.Options{Variable: "b"})
	if err != nil {
		t.Fatal(err)
	}
	if rows := frametest.Texts(t, r); len(rows) != 4 {
		t.Errorf("found %q", rows)
	}
}
