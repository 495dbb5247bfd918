package describe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
)

// patients is a table as people have one: an id, a column of few words, one of notes, one of a single value, an empty one,
// missing values, and the label last, mostly empty.
func patients(rows int) string {
	var text strings.Builder
	text.WriteString("patient_id,age,sex,note,site,void,size,state\n")
	for i := range rows {
		size, state := fmt.Sprint(float64(i*7919%97)/3), ""
		if i%11 == 0 {
			size = "NA"
		}
		if i%4 == 0 {
			state = []string{"ill", "well"}[i/4%2]
		}
		fmt.Fprintf(&text, "%d,%d,%s,note %d of it,7,,%s,%s\n", 90000+17*i*i, 20+i*31%60, []string{"f", "m"}[i*5%7%2], i, size, state)
	}
	return text.String()
}

// described describes a file of some content.
func described(t *testing.T, name, content string, o Options) *Description {
	t.Helper()
	o.Dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(o.Dir, name), []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := Path(name, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestColumnsAreToldApart(t *testing.T) {
	d := described(t, "patients.csv", patients(200), Options{})
	uses := map[string]string{}
	for _, c := range d.Columns {
		uses[c.Name] = c.Use + ": " + c.Why
	}
	for name, want := range map[string]string{
		"patient_id": "none: its name says that it names an example",
		"age":        "value: ",
		"sex":        "one-hot: 2 different words",
		"note":       "none: its words are many",
		"site":       "none: it has one value only",
		"void":       "none: it is empty",
		"size":       "value: ",
		"state":      "label: it has few different words, and is mostly empty",
	} {
		if uses[name] != want {
			t.Errorf("column %s: want %q, found %q", name, want, uses[name])
		}
	}
	classes := []Count{{"ill", 25}, {"well", 25}}
	if d.Rows != 200 || d.Values() != 4 || d.Unlabelled != 150 || !slices.Equal(d.Classes, classes) {
		t.Errorf("want 200 examples of 4 values, 25 of each class, found %d of %d: %v and %d", d.Rows, d.Values(), d.Classes, d.Unlabelled)
	}
	if d.Scale != "standard" || d.Output != "gaussian" || d.missing() != 19 {
		t.Errorf("want standard, gaussian and 19 missing values, found %s, %s and %d", d.Scale, d.Output, d.missing())
	}
	size := d.Columns[6]
	if *size.Least != 0 || *size.Most != 32 || size.Missing != 19 {
		t.Errorf("size: want 19 missing and values from 0 to 32, found %d, %g to %g", size.Missing, *size.Least, *size.Most)
	}
}

// values is a table of two columns that look like nothing, and a third one.
func values(heading, third string, rows int) string {
	var text strings.Builder
	text.WriteString(heading)
	words := strings.Fields(third)
	for i := range rows {
		fmt.Fprintf(&text, "%g,%g,%s\n", float64(i*7919%1009)/8, float64(i*6007%1013)/16, words[i%len(words)])
	}
	return text.String()
}

func TestTheLabelIsFound(t *testing.T) {
	for _, c := range []struct {
		name, content string
		options       Options
		label, why    string
		classes       int
		model         string
	}{
		{"by its usual name", values("label,b,c\n", "0.5 1.5", 90), Options{}, "label", "it is called so", 90, "m2"},
		{"by another usual name", values("a,b,Species\n", "x y", 90), Options{}, "Species", "labels are often called so, and it has " +
			"few different values", 2, "m2"},
		{"the only column of words", values("a,b,c\n", "x y z", 90), Options{}, "c", "it is the only column of words with few " +
			"different ones", 3, "m2"},
		{"the one that is mostly empty", values("a,b,c,d\n", "x,u ,v ,u y,v ,u ,v ,u", 90), Options{}, "c",
			"it has few different words, and is mostly empty", 2, "m2"},
		{"the last column", values("a,b,c\n", "0 1 2", 90), Options{}, "c", "it is the last column, and has few different values", 3, "m2"},
		{"by the user", values("a,b,c\n", "0 1 2", 90), Options{Label: "3"}, "c", "you say so", 3, "m2"},
		{"no fractions", values("a,b,c\n", "0.5 1.5", 90), Options{}, "", "no column is called", 0, "m1"},
		{"none, as the user says", values("a,b,c\n", "x y", 90), Options{Label: "none"}, "", "you say so", 0, "m1"},
		{"one class", values("a,b,label\n", "x", 90), Options{}, "label", "it is called so", 1, "m1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := described(t, "x.csv", c.content, c.options)
			if d.Label != c.label || !strings.HasPrefix(d.LabelWhy, c.why) || len(d.Classes) != c.classes || d.advise().model != c.model {
				t.Errorf("want label %q, because %q, %d classes and %s, found %q, %q, %d and %s", c.label, c.why, c.classes, c.model,
					d.Label, d.LabelWhy, len(d.Classes), d.advise().model)
			}
		})
	}
}

// TestMistakesAreNoted holds that what train says of a table is said of it here.
func TestMistakesAreNoted(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"one class", values("a,b,label\n", "x", 90), `x.csv: column label has one label only, x: `},
		{"an id as the label", values("a,b,label\n", strings.Join(numbers(200), " "), 200), "it looks like an id"},
		{"too many classes", values("a,b,label\n", strings.Join(numbers(300), " "), 900), "more than 255 different labels"},
		{"a copy", "a,b,label\n" + repeated("ROW.5,ROW.5,ODD\n", 30), "the same values stand in two columns in every row (a and b)"},
		{"a number of each row", "a,b,label\n" + repeated("ROW,CHANCE.5,ODD\n", 30), "column a numbers the rows"},
		{"a leak", "a,b,label\n" + repeated("ODD,CHANCE.5,ODD\n", 60), "column a tells the label of every labelled row"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := described(t, "x.csv", c.content, Options{})
			if !strings.Contains(strings.Join(d.Notes, "\n"), c.want) {
				t.Errorf("want %q, found %q", c.want, d.Notes)
			}
		})
	}
}

// numbers are so many words that are numbers.
func numbers(n int) (words []string) {
	for i := range n {
		words = append(words, fmt.Sprint(i))
	}
	return words
}

// repeated is a line for each number below n: itself, whether it is odd, and one that looks like chance.
func repeated(line string, n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(strings.NewReplacer("ROW", fmt.Sprint(i), "ODD", fmt.Sprint(i%2), "CHANCE", fmt.Sprint(i*7919%101)).Replace(line))
	}
	return text.String()
}

// TestTheConfigurationTrains holds that what is printed is a configuration that trains as it is, but for its length.
func TestTheConfigurationTrains(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"patients.csv":           patients(120),
		"few labels.csv":         "a,b,label\n" + repeated("ROW.5,CHANCE,ODD\n", 8) + "1,2,\n3,4,\n",
		"labels.csv":             values("a,b,c\n", "0 1 2", 90),
		"no label.csv":           values("a,b,c\n", "0.5 1.5 2.5", 30),
		"fractions.csv":          "a,b,label\n0.5,0.25,x\n0.1,0.2,y\n0.3,0.7,x\n0.5,0.1,y\n0.9,0.8,\n0.25,0.75,\n",
		`odd "name".csv`:         "\"a \"\"\tb\",b,label\n" + repeated("ROW.5,CHANCE,ODD\n", 40),
		"semicolon.csv":          strings.NewReplacer(",", ";", ".", ",").Replace(values("a,b,label\n", "x y", 60)),
		"no heading.csv":         values("", "x y", 60),
		"one class.csv":          values("a,b,label\n", "x", 60),
		"unequal.csv":            values("a,b,label\n", strings.Repeat("x ", 19)+"y", 60),
		"many missing.csv":       values("a,b,c,d,label\n", "NA,1,x 2,NA,y NA,3,y", 60),
		"an index of pandas.csv": ",a,b,label\n" + repeated("ROW,CHANCE.5,ROW.25,ODD\n", 40),
		"many columns.csv":       wide(60, 24),
	} {
		t.Run(name, func(t *testing.T) {
			trained(t, described(t, name, content, Options{}))
		})
	}
}

// wide is a table of many columns, whose label is in the last one.
func wide(rows, columns int) string {
	var text strings.Builder
	for column := range columns {
		fmt.Fprintf(&text, "c%d,", column)
	}
	text.WriteString("label\n")
	for i := range rows {
		for column := range columns {
			fmt.Fprintf(&text, "%g,", float64((i+3)*(column+7)*7919%1009)/8)
		}
		fmt.Fprintf(&text, "%d\n", i%2)
	}
	return text.String()
}

// TestTheModelFitsTheValues holds that M2 learns from few columns or pixels themselves, else from M1's features.
func TestTheModelFitsTheValues(t *testing.T) {
	for columns, want := range map[int]string{4: "m2", 19: "m2", 20: "m1m2", 40: "m1m2"} {
		if found := described(t, "x.csv", wide(60, columns), Options{}).advise().model; found != want {
			t.Errorf("%d columns: want %s, found %s", columns, want, found)
		}
	}
}

// TestADescriptionDoesNotGrowWithTheRows holds that of a table as long as one likes some numbers are kept for each column.
func TestADescriptionDoesNotGrowWithTheRows(t *testing.T) {
	live := func(rows int) int64 {
		name := filepath.Join(t.TempDir(), "x.csv")
		if err := os.WriteFile(name, []byte(patients(rows)), 0o666); err != nil {
			t.Fatal(err)
		}
		before := datatest.LiveBytes()
		d, err := Path(name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		after := datatest.LiveBytes()
		if d.Rows != rows {
			t.Errorf("want %d rows, found %d", rows, d.Rows)
		}
		return after - before
	}
	const slack = 256 << 10
	if few, many := live(2_000), live(40_000); many > few+slack {
		t.Errorf("2,000 rows keep %d bytes, 40,000 %d", few, many)
	}
}

func TestMistakesOfTheUser(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"words.csv": "a,label\nx y,0\nz w,1\nu v,0\n", "empty.csv": "", "page.csv": "<!DOCTYPE html><html></html>",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		path string
		o    Options
		want string
	}{
		{"none.csv", Options{}, "no such file"},
		{"empty.csv", Options{}, "empty.csv: "},
		{"page.csv", Options{}, "HTML"},
		{"words.csv", Options{Label: "c"}, `wanted a column's heading, or its number from 1, found "c"`},
		{"words.csv", Options{}, "wanted at least one column of values beside the label, found 2 columns and none of values; column a is none: "},
		{"words.csv", Options{Sets: []string{"m1.latents=3"}}, `--set "m1.latents=3": wanted one of the keys of how files are read: `},
		{"words.csv", Options{Sets: []string{"data.decimal=dot"}}, "data.decimal"},
	} {
		c.o.Dir = dir
		_, err := Path(c.path, c.o)
		var wrong *configs.Error
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, data.ErrInput) && !errors.As(err, &wrong) {
			t.Errorf("%s, %v: want a mistake of the user's with %q, found %v", c.path, c.o, c.want, err)
		}
	}
}

func TestADescriptionIsJSON(t *testing.T) {
	d := described(t, "x.csv", values("a,b,c\n", "0 1 2", 90), Options{})
	var back Description
	text, err := json.Marshal(d)
	if err == nil {
		err = json.Unmarshal(text, &back)
	}
	if err != nil || back.Label != "c" || len(back.Columns) != 3 || back.Columns[0].Use != "value" || bytes.Contains(text, []byte("null")) {
		t.Errorf("%v: %s", err, text)
	}
}

// TestColumnsThatCannotBeTakenAreLeftOut holds it of dates in Parquet, and of numbers that single precision has no room for.
func TestColumnsThatCannotBeTakenAreLeftOut(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "huge.csv"), []byte("a,b,label\n1,2,x\n2,-3e300,y\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, path, column, why string }{
		{"../data/frame/testdata/parquet", "pandas.parquet", "day", "it holds dates, times or what else is neither number nor word"},
		{dir, "huge.csv", "b", "it has values that are infinite, or too large for single precision"},
	} {
		d, err := Path(c.path, Options{Dir: c.dir})
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range d.Columns {
			if column.Name == c.column && (column.Use != noUse || column.Why != c.why) {
				t.Errorf("%s: column %s is used for %s: %s", c.path, c.column, column.Use, column.Why)
			}
		}
	}
}
