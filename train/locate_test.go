package train

import (
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
)

func TestAFolderForDataThatNothingReadsIsRefused(t *testing.T) {
	drawn, read := configs.Data{Name: "glyphs"}, configs.Data{Name: "mnist"}
	w := Whereabouts{Given: "mine"}
	if err := w.Holds(drawn, read); err != nil {
		t.Errorf("one of two reads it: %v", err)
	}
	if err := w.Holds(drawn, drawn); err == nil || !strings.HasPrefix(err.Error(), "--data mine: glyphs is drawn by the program") {
		t.Errorf("found %v", err)
	}
	if err := (Whereabouts{}).Holds(drawn); err != nil {
		t.Errorf("nobody has named a folder: %v", err)
	}
	here, there := configs.Data{Name: "mnist", Dir: "here"}, configs.Data{Name: "mnist", Dir: "there"}
	if err := w.Holds(here, there); err == nil ||
		err.Error() != `--data mine: the runs differ in data.dir ("here", "there"), which it would override; leave --data out` {
		t.Errorf("runs with folders of their own: found %v", err)
	}
	var said []string
	w.Note = func(line string) { said = append(said, line) }
	if err := w.Holds(here, here); err != nil || !slices.Equal(said, []string{`--data mine: taken in place of data.dir = "here"`}) {
		t.Errorf("a folder in place of the configuration's: found %v, and said %q", err, said)
	}
}
