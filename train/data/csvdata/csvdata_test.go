package csvdata

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ssdgm/train/allocated"
	"ssdgm/train/data/strict"
)

// examples compares tables by what they hold, however it was arranged.
var examples = cmpopts.IgnoreFields(Table{}, "Layout", "Notes")

func TestReadReturnsWhatWasWritten(t *testing.T) {
	want := &Table{N: 3, Width: 2, Values: []uint8{0, 255, 7, 8, 9, 10}, Labels: []string{"3", "", ""}}
	for name, text := range map[string]string{
		"plain":               "3,0,255\n-1,7,8\n,9,10\n",
		"a heading":           "label,pixel0,pixel1\n3,0,255\n-1,7,8\n,9,10",
		"spreadsheets":        "\ufeffLabel,a,b\r\n\"3\",0,255\r\n-1,7,\"8\"\r\n\"\",9,10\r\n",
		"a mark, no heading":  "\ufeff3,0,255\n-1,7,8\n,9,10\n",
		"spaces":              "3, 0 , 255\n\n-1, 7, 8\n , 9, 10\n",
		"semicolons":          "3;0;255\n?;7;8\n;9;10\n",
		"semicolons, headed":  "label;a,b;c,d\n3;0;255\n?;7;8\n;9;10\n",
		"tabs":                "3\t0\t255\n-1\t7\t8\n\t9\t10\n",
		"bars":                "3|0|255\nNA|7|8\n|9|10\n",
		"decimal commas":      "3,0;0,0;255,0\n-1,0;7,0;8,0\nnan;9;10\n",
		"labels of pandas":    "label,a,b\n3.0,0,255\n,7,8\nNaN,9.0,1.0e1\n",
		"labels of NumPy":     "# label, a, b\n3.0e+00,0.0e+00,2.55e+02\nnan,7,8\nnan,9,10\n",
		"a label in the end":  "a,b,class\n0,255,3\n7,8,\n9,10,?\n",
		"lines with a number": ",a,label,b\n0,0,3,255\n1,7,,8\n2,9,-1,10\n",
		"y alone is it":       "a,b,y\n0,255,3\n7,8,\n9,10,?\n",
		"spaces between":      "3 0 255\n-1   7 8\nnan 9 10\n",
		"spaces behind":       "3 0 255 \n-1 7 8 \nnan 9 10 \n",
		"comments above":      "# of 2026\n# by hand\n3,0,255\n-1,7,8\n,9,10\n",
		"words above":         "digit,one,two\n3,0,255\n-1,7,8\n,9,10\n",
	} {
		got, err := Read(strings.NewReader(text), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got, examples); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestColumnsMayHaveTheirNumbersForHeadings holds that pandas' headings are none of an example's values.
func TestColumnsMayHaveTheirNumbersForHeadings(t *testing.T) {
	want := &Table{N: 1, Width: 4, Values: []uint8{4, 5, 6, 7}, Labels: []string{"3"}}
	for _, text := range []string{"digit,0,1,2,3\n3,4,5,6,7\n", "digit,1,2,3,4\n3,4,5,6,7\n"} {
		got, err := Read(strings.NewReader(text), Options{})
		if diff := cmp.Diff(want, got, examples); err != nil || diff != "" {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	}
}

// TestTheLabelsColumnCanBeNamed holds every way to name it, and that a column of words alone is it.
func TestTheLabelsColumnCanBeNamed(t *testing.T) {
	for _, c := range []struct{ text, label string }{
		{"0,255,cat\n7,8,dog\n", ""}, {"a,b,kind\n0,255,cat\n7,8,dog\n", ""}, {"0,255,cat\n7,8,dog\n", "last"},
		{"x,y,kind\n0,255,cat\n7,8,dog\n", ""},
		{"cat,0,255\ndog,7,8\n", "first"}, {"0,cat,255\n7,dog,8\n", "2"}, {"label,Kind,b\n0,cat,255\n7,dog,8\n", "kind"},
		{"first,last,b\n0,cat,255\n7,dog,8\n", "last"},
	} {
		got, err := Read(strings.NewReader(c.text), Options{Label: c.label})
		want := &Table{N: 2, Width: 2, Values: []uint8{0, 255, 7, 8}, Labels: []string{"cat", "dog"}}
		if diff := cmp.Diff(want, got, examples); err != nil || diff != "" {
			t.Errorf("%q by %q: %v %s", c.text, c.label, err, diff)
		}
	}
	for text, want := range map[string]string{
		"label,a,\"b\x1b[31m\"\n1,2,3\n": `label column "c": wanted a column, first or last, found the headings "label", "a", "b\x1b[31m"`,
		"1,2,3\n":                        `label column "c": wanted a column, first or last, found 3 columns without a heading; name it by its number from 1`,
	} {
		if _, err := Read(strings.NewReader(text), Options{Label: "c"}); err == nil || err.Error() != want {
			t.Errorf("error = %v\nwant %s", err, want)
		}
	}
}

// TestALabelMayBeginLikeAComment holds that no example is lost by it.
func TestALabelMayBeginLikeAComment(t *testing.T) {
	want := &Table{N: 3, Width: 2, Values: []uint8{0, 255, 7, 8, 9, 10}, Labels: []string{"#1", "x", "#2"}}
	for _, text := range []string{"#1,0,255\nx,7,8\n#2,9,10\n", "label,a,b\n#1,0,255\nx,7,8\n#2,9,10\n"} {
		got, err := Read(strings.NewReader(text), Options{})
		if diff := cmp.Diff(want, got, examples); err != nil || diff != "" {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	}
}

// TestFractionsAreNotRounded holds that numbers from 0 to 1 are taken as they are, behind a point or a comma.
func TestFractionsAreNotRounded(t *testing.T) {
	want := &Table{N: 2, Width: 2, Fractions: []float32{0, 0.5, 1, 0.25}, Labels: []string{"1", "2"}}
	for _, text := range []string{"1,0,0.5\n2,1.0,2.5e-1\n", "1;0;0,5\n2;1,0;2,5e-1\n"} {
		got, err := Read(strings.NewReader(text), Options{})
		if diff := cmp.Diff(want, got, examples); err != nil || diff != "" {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	}
}

// numbered is a table whose second column counts the lines, from 0.
func numbered(lines int) string {
	var text strings.Builder
	for i := range lines {
		fmt.Fprintf(&text, "%d,%d,7\n", i%2, i)
	}
	return text.String()
}

// TestColumnsThatAreSurelyNoValuesAreTold holds which notes a table has, and that one without a doubt has none.
func TestColumnsThatAreSurelyNoValuesAreTold(t *testing.T) {
	for text, want := range map[string]string{
		"1,2,3\n0,4,5\n":                          "",
		"a,b,y\n1,2,3\n":                          "",
		"label,a\n1,2\n":                          "",
		"a,b,kind\n1,2,cat\n":                     "",
		"y0,y1,a\n1,0,9\n":                        `no column is headed label, class, target or y: the first one, "y0", is taken for the label; data.label_column names another`,
		"label,Class,a\n1,0,9\n":                  `the column "Class" is taken for a value, beside "label", which is the label: leave it out if it tells the class`,
		numbered(7):                               "",
		numbered(8):                               "column 2 counts the lines, and is taken for a value: leave it out, unless it is one",
		"label,id,a\n" + numbered(9):              `the column "id" counts the lines, and is taken for a value: leave it out, unless it is one`,
		",label,id,a\n" + rows(numbered(9), "5,"): `the column "id" counts the lines, and is taken for a value: leave it out, unless it is one`,
	} {
		table, err := Read(strings.NewReader(text), Options{})
		if err != nil || strings.Join(table.Notes, "\n") != want {
			t.Errorf("%q: %v, %q, want %q", text, err, table.Notes, want)
		}
	}
}

// rows puts a text before every line.
func rows(text, before string) string {
	return before + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+before)
}

// TestTheTestPartsColumnsAreTheTrainingParts holds what is refused, and that headings that differ in the label's alone
// are not.
func TestTheTestPartsColumnsAreTheTrainingParts(t *testing.T) {
	for _, c := range []struct{ training, test, want string }{
		{"label,a,b\n1,2,3\n", "A,b,class\n2,3,1\n", ""},
		{"1,2,3\n", "label,a,b\n1,2,3\n", ""},
		{"label,a,b\n1,2,3\n", "label,b,a\n1,2,3\n",
			`wanted the training part's columns of values in their order, found "b" where that has "a"`},
		{"label,a,b\n1,2,3\n", "a,b\n1,2\n", `wanted a column of labels, as "label" in the training part, found none: ` +
			`"a", which would be taken for it, is a value there`},
		{"1,2,3\n", "1,2\n", "wanted 2 values and a label on each line, as in the training part, found 1 values"},
		{"a,b,label\n1,2,3\n", "1,2,3\n",
			"wanted the label in column 3, as in the training part, found column 1 taken for it: give both parts a heading"},
	} {
		var layouts [2]Layout
		for i, text := range []string{c.training, c.test} {
			table, err := Read(strings.NewReader(text), Options{})
			if err != nil {
				t.Fatal(err)
			}
			layouts[i] = table.Layout
		}
		found := ""
		if err := layouts[1].Same(layouts[0]); err != nil {
			found = err.Error()
		}
		if found != c.want {
			t.Errorf("%q and %q: %s\nwant %s", c.training, c.test, found, c.want)
		}
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	const wanted = "wanted a whole number from 0 to 255, or a fraction from 0 to 1, found "
	const other = "; if this is the label, name its column with data.label_column, else leave out the column"
	const missing = "; put a number in its place, or leave out its line or its column"
	for _, fault := range []struct{ name, text, want string }{
		{"empty", "", "wanted at least one line with a label and values, found none"},
		{"a heading alone", "label,a\n", "wanted at least one line with a label and values, found none"},
		{"a label alone", "1\n", "line 1: wanted a label and 1 to 65536 values between commas, semicolons, tabs, bars or spaces, found 1 field"},
		{"a word", "1,2\n1,two\n", `line 2, field 2: ` + wanted + `"two"` + other},
		{"no value", "1,2,3\n1,,3\n", `line 2, field 2: ` + wanted + `""` + missing},
		{"a negative", "1,-0.5\n", `line 1, field 2: ` + wanted + `"-0.5"; scale each column to 0 to 1`},
		{"too large", "1,256\n", `line 1, field 2: ` + wanted + `"256"; scale each column to 0 to 1`},
		{"the lines' numbers", numbered(300), `line 257, field 2: ` + wanted + `"256"; this column counts the lines: leave it out`},
		{"no number", "1,2\n1,NaN\n", `line 2, field 2: ` + wanted + `"NaN"` + missing},
		{"ends of lines of another time", "label,a\r1,2\r", `wanted lines that end with a line feed, found a carriage return alone behind "label,a"; ` +
			"save the table again with ends of lines as Unix or Windows has them"},
		{"Latin-1", "m\xe2le,1\n", `line 1: wanted a label as text in UTF-8, found "m\xe2le"; save it as UTF-8`},
		{"sparse", "1 3:0.5 4:1\n", `line 1, field 2: ` + wanted + `"3:0.5"; write the values of all columns, not pairs of a place and a value, as LIBSVM has them`},
		{"not finite", "1,inf\n", `line 1, field 2: ` + wanted + `"inf"` + missing},
		{"words and numbers", "1,two\n1,2\n", `line 2, field 2: wanted a word for a label, as on the first line, found "2"; ` +
			"if the label is in another column, name it with data.label_column"},
		{"a comma in commas", "1,2\n1,\"0,5\"\n", `line 2, field 2: ` + wanted + `"0,5"` + other},
		{"a fraction, then 2", "1,0.5\n1,2\n", "line 1, field 2 has a fraction, but line 2, field 2 a number above 1: " +
			"wanted either whole numbers from 0 to 255 or numbers from 0 to 1"},
		{"2, then a fraction", "1,2\n1,0.5\n", "line 2, field 2 has a fraction, but line 1, field 2 a number above 1: " +
			"wanted either whole numbers from 0 to 255 or numbers from 0 to 1"},
		{"a long label", strings.Repeat("x", 257) + ",1\n", `line 1: wanted a label of at most 256 bytes, found "xxxxxxxxxxxxxxxxxxxx"…`},
		{"ragged", "1,2\n1,2,3\n", "line 2: wanted 2 fields, as on the lines before, found 3"},
		{"a quote", "1,\"2\n", `line 1, byte 6: extraneous or missing " in quoted-field`},
		{"a page", "<html><body>404</body></html>\n", "line 1: wanted a label and 1 to 65536 values between commas, semicolons, tabs, bars or spaces, " +
			"found 1 field; it looks like an HTML page, such as a server sends instead of a file"},
		{"UTF-16", "\xff\xfe1\x00,\x002\x00", "wanted a table of text, found bytes that are none; it looks like text in UTF-16; save it as UTF-8"},
		{"an archive", "PK\x03\x04\x00", "wanted a table of text, found bytes that are none; it looks like a zip archive, as .npz of NumPy, .pt of PyTorch and .xlsx of Excel are; unpack it, or save it in the format wanted"},
		{"an endless line", strings.Repeat("1,", maxRecord), "a line of more than 524288 bytes"},
		{"an endless field", "1,\"" + strings.Repeat("1\n", maxRecord), "a line of more than 524288 bytes"},
	} {
		_, err := Read(strings.NewReader(fault.text), Options{})
		if err == nil || err.Error() != fault.want {
			t.Errorf("%s: error = %v\nwant %s", fault.name, err, fault.want)
		}
		if !errors.Is(err, strict.ErrFormat) {
			t.Errorf("%s: %v is not an ErrFormat", fault.name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("3,0,255\n-1,7,8\n,9,10\n")
	f.Add("label,a\n1,2")
	f.Add("1,\"2\n")
	f.Add("\x1f\x8b")
	f.Add(",a,label\n0,0.5,cat\n")
	f.Add("1;0,5\n2;1\n")
	f.Fuzz(func(t *testing.T, text string) {
		used := allocated.Bytes(func() {
			table, err := Read(strings.NewReader(text), Options{})
			if err == nil && (len(table.Labels) != table.N || len(table.Values)+len(table.Fractions) != table.N*table.Width) {
				t.Errorf("%d labels and %d values of %d×%d", len(table.Labels), len(table.Values), table.N, table.Width)
			}
			if err != nil && !errors.Is(err, strict.ErrFormat) {
				t.Errorf("error = %v, want an ErrFormat", err)
			}
		})
		// The reader of lines takes about 40 bytes for a field, in lists that double.
		if most := uint64(1<<20 + 128*strict.Limit(int64(len(text)), strings.HasPrefix(text, "\x1f\x8b"))); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(text), used, most)
		}
	})
}
