package train

import (
	"strings"
	"testing"

	"ssdgm/configs"
)

func TestAFolderForDataThatNothingReadsIsRefused(t *testing.T) {
	drawn, read := configs.Default(), configs.Default()
	drawn.Data.Name, read.Data.Name = "glyphs", "mnist"
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
