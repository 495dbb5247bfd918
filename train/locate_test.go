package train

import (
	"strings"
	"testing"
)

func TestAFolderForDataThatNothingReadsIsRefused(t *testing.T) {
	const drawn, read = "glyphs", "mnist"
	w := Whereabouts{Given: "mine"}
	if err := w.NeedsFiles(drawn, read); err != nil {
		t.Errorf("one of two reads it: %v", err)
	}
	if err := w.NeedsFiles(drawn, drawn); err == nil || !strings.HasPrefix(err.Error(), "--data mine: glyphs is drawn by the program") {
		t.Errorf("found %v", err)
	}
	if err := (Whereabouts{}).NeedsFiles(drawn); err != nil {
		t.Errorf("nobody has named a folder: %v", err)
	}
}
