package text

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/frametest"
	"ssdgm/train/data/strict"
)

func openText(text string, o frame.Options) (frame.Reader, error) {
	return open(io.NopCloser(strings.NewReader(text)), o)
}

func mustOpen(t *testing.T, text string, o frame.Options) frame.Reader {
	t.Helper()
	r, err := openText(text, o)
	if err != nil {
		t.Fatalf("%.60q: %v", text, err)
	}
	return r
}

// joined joins lines.
func joined(all ...string) string { return strings.Join(all, "\n") + "\n" }

func TestAHeadingIsFound(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{joined("a,b", "1,2"), []string{"a", "b"}},
		{joined(`"mean radius (cm)","mean, of all",class`, "17.99,10.38,0"),
			[]string{"mean radius (cm)", "mean, of all", "class"}},
		{joined("mean radius (cm)\tfeature 2", "1.5\t2"), []string{"mean radius (cm)", "feature 2"}},
		{joined("species,mass", "cat,4", "dog,20"), []string{"species", "mass"}},
		{joined("species,colour", "cat,red", "dog,red"), []string{"species", "colour"}},
		{joined("label", "3", "4"), []string{"label"}},
		{joined("kind", "cat", "cat", "dog", "dog"), []string{"kind"}},
		{joined("Label", "cat", "dog"), []string{"Label"}},
		{joined(",a,b", "0,1,2", "1,3,4"), []string{"", "a", "b"}},
		{joined("Unnamed: 0,a,b", "7,1,2", "5,3,4"), []string{"Unnamed: 0", "a", "b"}},
		{joined(",0,1", "0,0.5,7", "1,3,4"), []string{"", "0", "1"}},
		{joined("digit,0,1,2,3", "cat,4,5,6,9"), []string{"digit", "0", "1", "2", "3"}},
		{joined("0,1,2", "5.1,3.5,1.4", "4.9,3.0,1.4"), []string{"0", "1", "2"}},
		{joined("0,1,2,3,4,5,6,7", "5,3,5,1,4,9,3,1"), []string{"0", "1", "2", "3", "4", "5", "6", "7"}},
		{joined("name,mass,note", "a,?,NA", "b,1,"), []string{"name", "mass", "note"}},
		{joined("# of 2026", "a,b", "1,2"), []string{"a", "b"}},
		{"\ufeffa;b\r\n1;2\r\n", []string{"a", "b"}},
		// R's, whose rows' names have no heading, and one that ends with a delimiter alone.
		{joined(`"a" "b"`, `"1" 3 4`, `"2" 5 6`), []string{"", "a", "b"}},
		{joined(`"id","a",`, "8,3", "9,5"), []string{"id", "a"}},
		// None of these has one.
		{joined("1,2", "3,4"), []string{"", ""}},
		{joined("5.1,3.5,setosa", "4.9,3.0,setosa"), []string{"", "", ""}},
		{joined("cat,1,2", "dog,3,4"), []string{"", "", ""}},
		{joined("p,x,y,n", "e,x,y,t"), []string{"", "", "", ""}},
		{joined("cat", "dog", "cat"), []string{""}},
		{joined("5.1,-,1.4,0.2", "4.9,3.0,1.4,0.2"), []string{"", "", "", ""}},
		{joined("1,2,3,4", "4,1,1,2"), []string{"", "", "", ""}},
		{joined("0,1,2,3,4,5,6,7", "8,9,10,11,12,13,14,15"), []string{"", "", "", "", "", "", "", ""}},
		{joined(",7,8", "0,1,2"), []string{"", "", ""}},
	} {
		if found := frametest.Names(mustOpen(t, c.text, frame.Options{})); !cmp.Equal(found, c.want) {
			t.Errorf("%q: found %q, want %q", c.text, found, c.want)
		}
	}
}

// TestAColumnThatNumbersTheRowsIsToldFromValues holds that it is kept, and told by Index.
func TestAColumnThatNumbersTheRowsIsToldFromValues(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{joined(",a", "0,5", "1,5", "2,5"), true},
		{joined("Unnamed: 0,a", "17,5", "3,5", "8,5"), true}, // shuffled before it was written
		{joined("id,a", "0,5", "1,5", "2,5"), false},
		{joined(",a", "0,5", "0,5", "2,5"), false},
		{joined(",a", "0.5,5", "1,5", "2,5"), false},
		{joined("0,5", "1,5", "2,5"), false},
	} {
		r := mustOpen(t, c.text, frame.Options{})
		if found := r.Columns()[0].Index; found != c.want || len(r.Columns()) != 2 || r.Columns()[1].Index {
			t.Errorf("%q: found %+v, want %v", c.text, r.Columns(), c.want)
		}
	}
}

func TestCellsOfEveryDialectAreTheSame(t *testing.T) {
	f := func(v float32) *float32 { return &v }
	numbers := [][]*float32{{f(0.5), f(2), f(1)}, {nil, f(-3), f(0)}, {f(1e6), f(7), nil}}
	texts := [][]string{{"0.5", "2", "True"}, {"", "-3", "False"}, {"1000000", "7", ""}}
	for name, text := range map[string]string{
		"commas":      joined("a,b,c", "0.5,2,True", ",-3.0,False", "1e6,07,NA"),
		"no heading":  joined("0.5,2,True", "?,-3,False", "1e6,7,null"),
		"semicolons":  joined("a;b;c", "0.5;2;True", "nan;-3;False", "1e6;7;<NA>"),
		"commas in ;": joined("a;b;c", "0,5;2,0;True", "N/A;-3;False", "1e6;7,00;"),
		"tabs":        joined("a\tb\tc", "0.5\t2\tTrue", "\t-3\tFalse", "1e6\t7\t"),
		"bars":        joined("a|b|c", "0.5|2|True", "None| -3 |False", "1e6|7|n/a"),
		"spaces":      joined("a b c", "0.5   2 True", "NaN -3 False", " 1e6 7  NA "),
		"quotes":      joined(`"a","b","c"`, `"0.5","2","True"`, `"","-3","False"`, `"1e6","7",""`),
		"Windows":     "\ufeffa,b,c\r\n0.5,2,True\r\n,-3,False\r\n1e6,7,\r\n",
		"a wide gap":  "a,b,c\n\n0.5,2,True\n\n\n,-3,False\n1e6,7,\n\n",
	} {
		if found := frametest.Numbers(t, mustOpen(t, text, frame.Options{}), []int{0, 1, 2}); !cmp.Equal(found, numbers) {
			t.Errorf("%s: numbers: %s", name, cmp.Diff(numbers, found))
		}
		if found := frametest.Texts(t, mustOpen(t, text, frame.Options{})); !cmp.Equal(found, texts) {
			t.Errorf("%s: texts: %s", name, cmp.Diff(texts, found))
		}
	}
}

// TestDelimitersAndDecimalsCanBeNamed holds that what is named wins over what is found out.
func TestDelimitersAndDecimalsCanBeNamed(t *testing.T) {
	for _, c := range []struct {
		text string
		o    frame.Options
		want [][]string
	}{
		{joined("a b,1", "c d,1"), frame.Options{Delimiter: ","}, [][]string{{"a b", "1"}, {"c d", "1"}}},
		{joined("a b,1", "a d,1"), frame.Options{Delimiter: "space"}, [][]string{{"a", "b,1"}, {"a", "d,1"}}},
		{joined("1:2", "3:4"), frame.Options{Delimiter: ":"}, [][]string{{"1", "2"}, {"3", "4"}}},
		{joined("1\t2", "3\t4"), frame.Options{Delimiter: `\t`}, [][]string{{"1", "2"}, {"3", "4"}}},
		{joined(`"1,5",2`, `"2,5",4`), frame.Options{Decimal: "comma"}, [][]string{{"1.5", "2"}, {"2.5", "4"}}},
		{joined("1,5;2", "2,5;4"), frame.Options{Decimal: "point"}, [][]string{{"1,5", "2"}, {"2,5", "4"}}},
		{joined("-1,x", "-1.0,-9"), frame.Options{Missing: []string{"-1", "X"}}, [][]string{{"", ""}, {"", "-9"}}},
		{joined("NA,1", "x,2"), frame.Options{Missing: []string{}}, [][]string{{"NA", "1"}, {"x", "2"}}},
	} {
		if found := frametest.Texts(t, mustOpen(t, c.text, c.o)); !cmp.Equal(found, c.want) {
			t.Errorf("%q, %+v: %s", c.text, c.o, cmp.Diff(c.want, found))
		}
	}
}

func TestAnEmptyLineIsARowOfOneColumn(t *testing.T) {
	for text, want := range map[string][][]string{
		"label\ncat\n\n\ndog\n":       {{"cat"}, {""}, {""}, {"dog"}},
		"label\ncat\n\n\ndog":         {{"cat"}, {""}, {""}, {"dog"}},
		"label\ncat\n\n\ndog\n\n":     {{"cat"}, {""}, {""}, {"dog"}, {""}},
		"label\ncat\ndog\n\n":         {{"cat"}, {"dog"}},
		"label\r\ncat\r\n\r\n\r\n":    {{"cat"}, {""}, {""}},
		"\ncat\n\ncat\n":              {{""}, {"cat"}, {""}, {"cat"}},
		"# by hand\ncat\r\n\r\ncat\n": {{"cat"}, {""}, {"cat"}},
		"\"a\n\nb\"\n\"a\n\nb\"\n":    {{"a\n\nb"}, {"a\n\nb"}},
	} {
		if found := frametest.Texts(t, mustOpen(t, text, frame.Options{})); !cmp.Equal(found, want) {
			t.Errorf("%q: %s", text, cmp.Diff(want, found))
		}
	}
}

func TestNumbersBeyondFloatsAreInfinite(t *testing.T) {
	r := mustOpen(t, joined("inf,-Infinity,1e999,1e39"), frame.Options{})
	found := frametest.Numbers(t, r, []int{0, 1, 2, 3})[0]
	inf, less := float32(math.Inf(1)), float32(math.Inf(-1))
	if want := []*float32{&inf, &less, &inf, &inf}; !cmp.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}

// TestLongNumbersAreNamesOfTheirOwn holds that two that differ in the last digit stay two.
func TestLongNumbersAreNamesOfTheirOwn(t *testing.T) {
	want := [][]string{{"90071992547409931"}, {"90071992547409932"}}
	if found := frametest.Texts(t, mustOpen(t, joined(want[0][0], want[1][0]), frame.Options{})); !cmp.Equal(found, want) {
		t.Errorf("found %v", found)
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	far := strings.Repeat("1,2\n", 5000)
	const utf8 = "wanted text in UTF-8, found the byte 0xe2; save the table as UTF-8"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "wanted a table, found no line"},
		{"a heading alone", "a,label\n", "line 1: wanted rows below the heading, found none"},
		{"ragged", "a,b\n1,2\n1,2,3\n", "line 3: wanted 2 fields, as on the lines before, found 3"},
		{"ragged far below", far + "1\n", "line 5001: wanted 2 fields, as on the lines before, found 1"},
		{"a delimiter at the ends of rows alone", "a,b\n1,2,\n", "line 2: wanted 2 fields, as on the lines before, found 3"},
		{"a quote", "1,\"2\n", `line 1, byte 6: extraneous or missing " in quoted-field`},
		{"headed alike", "a,b,a\n1,2,3\n", `line 1: the columns 1 and 3 are both headed "a"; give one another name`},
		{"Latin-1", "a,b\n1,m\xe2le\n", "line 2, byte 4: " + utf8},
		{"Latin-1 behind a mark", "\ufeffm\xe2le,b\n", "line 1, byte 5: " + utf8},
		{"Latin-1 far below", far + "1,\ufffdm\xe2le\n", "line 5001, byte 7: " + utf8},
		{"a character cut", "a,b\n1,\xe2\x82", "line 2, byte 3: " + utf8},
		{"a comma and a point", "a;b\n1,5;2\n1;2.5\n",
			"line 2, field 1 has a comma in a number, but line 3, field 2 a point: " +
				"wanted one of them before fractions; say which is, with data.decimal"},
		{"an endless line", strings.Repeat("1,", maxLine), "a line of more than 4194304 bytes"},
	} {
		r, err := openText(c.text, frame.Options{})
		if err == nil {
			err = frametest.Fault(r)
		}
		if err == nil || err.Error() != c.want || !errors.Is(err, strict.ErrFormat) {
			t.Errorf("%s: error = %v\nwant %s", c.name, err, c.want)
		}
	}
	if _, err := openText("1", frame.Options{Delimiter: "ab"}); err == nil ||
		err.Error() != `delimiter "ab": wanted one sign, such as ",", ";" or "\t"` {
		t.Errorf("error = %v", err)
	}
}

func TestAWordWhereANumberIsWantedIsTold(t *testing.T) {
	comma := frame.Options{Decimal: "comma"}
	for _, c := range []struct {
		text string
		o    frame.Options
		want frame.WordError
	}{
		{joined("a,b", "1,2", "3,four"), frame.Options{}, frame.WordError{Where: "line 3, field 2", Column: 1, Word: "four"}},
		{joined("a,b", "1,\"2,5\""), frame.Options{}, frame.WordError{Where: "line 2, field 2", Column: 1, Word: "2,5"}},
		{joined("a;b", "1;1.234"), comma, frame.WordError{Where: "line 2, field 2", Column: 1, Word: "1.234"}},
	} {
		err := frametest.Fault(mustOpen(t, c.text, c.o))
		var word *frame.WordError
		if !errors.As(err, &word) || *word != c.want {
			t.Errorf("%q: found %+v, want %+v", c.text, err, c.want)
		}
	}
}

// endless is a table of so many rows that stands nowhere.
type endless struct {
	left int
	rest string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.left == 0 {
			return 0, io.EOF
		}
		e.left--
		e.rest = "7," + strings.Repeat("0.123456789,", 19) + "1\n"
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func (e *endless) Close() error { return nil }

// TestMemoryIsFlat reads 24 MB of text.
func TestMemoryIsFlat(t *testing.T) {
	const rows = 100_000
	r, most, err := frametest.Live(func() (frame.Reader, error) { return open(&endless{left: rows}, frame.Options{}) })
	if err != nil || r != rows || most > 1<<20 {
		t.Errorf("%d rows, at most %d live bytes, %v; want %d rows and at most 1 MiB", r, most, err, rows)
	}
}
