package table

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ssdgm/train/data"
)

// noted tells whether a set has a note that holds some words.
func noted(set *data.Set, words string) bool {
	return slices.ContainsFunc(set.Notes, func(line string) bool { return strings.Contains(line, words) })
}

// TestColumnsThatAreSurelyAMistakeAreNoted holds, on a table with an id, a copy, the label in other words and test rows
// that stand in it twice, that each is named once, in the training part or in the test part.
func TestColumnsThatAreSurelyAMistakeAreNoted(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,size,again,code,flower,kind\n")
	for i := range 60 {
		size := i * i % 53
		fmt.Fprintf(&b, "%d,%d,%d,%d,%s,%s\n", 1000+i, size, size, 7+i%2, []string{"r", "l"}[i%2], []string{"rose", "lily"}[i%2])
	}
	dir := folderOf(t, map[string]string{"a.csv": b.String(), "test.csv": "id,size,again,code,flower,kind\n" +
		"1002,4,4,7,r,rose\n9,4,4,7,r,rose\n1003,9,9,8,l,lily\n"})
	o := data.OwnOptions{LabelColumn: "kind", Classifies: true, OneHot: []string{"flower"}, TestPath: "test.csv"}
	train, test := parts(t, dir, o)
	set := load(t, train)
	for _, words := range []string{
		"a.csv: the same values stand in two columns in every row (size and again); ",
		"a.csv: column id numbers the rows: ",
		"a.csv: column code, flower tells the label of every labelled row: ",
	} {
		if !noted(set, words) {
			t.Errorf("found notes %q, wanted one with %q", set.Notes, words)
		}
	}
	if len(set.Notes) != 4 { // with the counts
		t.Errorf("found notes %q, wanted four", set.Notes)
	}
	if judged := load(t, test); !noted(judged, "test.csv: 2 of 3 test examples stand in the training part too: ") {
		t.Errorf("found notes %q, wanted one on two test examples that are in the training part", judged.Notes)
	}
}

// TestWhatIsLikelyMeantOtherwiseIsNoted holds it of classes that differ in capitals, and of a column of words that is not used.
func TestWhatIsLikelyMeantOtherwiseIsNoted(t *testing.T) {
	dir := folderOf(t, map[string]string{"a.csv": "age,sex,label\n1,f,Yes\n2,m,no\n3,f,yes\n"})
	train, _ := parts(t, dir, data.OwnOptions{Columns: []string{"age"}, OneHot: []string{"sex"}, Classifies: true})
	for _, words := range []string{
		`a.csv: the classes "Yes" and "yes" differ in capitals only: if they are one, write them alike`,
		`a.csv: data.one_hot: column "sex" is not used: data.columns or data.drop_columns says so`,
	} {
		if set := load(t, train); !noted(set, words) {
			t.Errorf("found notes %q, wanted one with %q", set.Notes, words)
		}
	}
}

// TestTestRowsThatTheTrainingPartDoesNotKnowAreNoted holds it of words that are none of its, and of a test part that was
// chosen by.
func TestTestRowsThatTheTrainingPartDoesNotKnowAreNoted(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"a.csv": "age,sex,label\n1,f,a\n2,m,b\n3,f,b\n", "b.csv": "age,label,sex\n1,a,x\n2,b,\n3,a,f\n4,b,w\n",
	})
	_, test := parts(t, dir, data.OwnOptions{OneHot: []string{"sex"}, TestPath: "b.csv", ValidationPath: "b.csv", Classifies: true})
	for _, words := range []string{
		"b.csv: the training part has no example of sex=w, sex=x: there all values of the column are 0",
		"b.csv: these are the validation examples too: what was chosen by them tells less of new ones",
	} {
		if set := load(t, test); !noted(set, words) {
			t.Errorf("found notes %q, wanted one with %q", set.Notes, words)
		}
	}
}

// TestTestRowsThatAreDrawnAreComparedWithTheOthers holds it of a table with every row twice.
func TestTestRowsThatAreDrawnAreComparedWithTheOthers(t *testing.T) {
	dir := folderOf(t, map[string]string{"a.csv": flowers(20)})
	o := data.OwnOptions{LabelColumn: "kind", Classifies: true, TestFraction: 0.25}
	if _, test := parts(t, dir, o); noted(load(t, test), "stand in the training part too") {
		t.Error("rows that stand there once are said to stand there twice")
	}
	rows := flowers(20)
	_, again, _ := strings.Cut(rows, "\n")
	dir = folderOf(t, map[string]string{"a.csv": rows + again})
	if _, test := parts(t, dir, o); !noted(load(t, test), " of 20 test examples stand in the training part too: ") {
		t.Errorf("found notes %q", load(t, test).Notes)
	}
}

// TestLabelsThatLookLikeIDsAreNoted holds it of a label for nearly every row, and that more labels than classes can be are
// an error which says the same.
func TestLabelsThatLookLikeIDsAreNoted(t *testing.T) {
	for n, want := range map[int]string{
		200: "a.csv: column key has 200 different labels in 200 labelled rows: it looks like an id or a real value; " +
			"choose another label column",
		300: "a.csv: wanted at most 255 classes, found 300 different labels: they look like ids or real values; ",
	} {
		var b strings.Builder
		b.WriteString("key,a,b\n")
		for i := range n {
			fmt.Fprintf(&b, "k%d,%d,%d\n", i, i%7, i%11)
		}
		train, _ := parts(t, folderOf(t, map[string]string{"a.csv": b.String()}), data.OwnOptions{LabelColumn: "key", Classifies: true})
		set, err := train.Load()
		if err == nil && !noted(set, want) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d labels: found %v, %v", n, set, err)
		}
	}
}

// TestSmallBytesMayBeNoPixels holds that a table of small whole numbers, which are taken for pixels by their type, says what
// else they can be.
func TestSmallBytesMayBeNoPixels(t *testing.T) {
	train, _ := parts(t, folderOf(t, map[string]string{"a.csv": "a,b,label\n1,2,x\n3,9,y\n"}),
		data.OwnOptions{Scale: "pixels", Classifies: true})
	const want = `multiply by 28.33; if the values are no pixels, choose data.scale = "standard"`
	if set := load(t, train); !noted(set, want) {
		t.Errorf("found notes %q, wanted one with %q", set.Notes, want)
	}
}
