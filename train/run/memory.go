package run

import (
	"path/filepath"
	"strings"
)

// dataFolderName is the file that remembers where a run's data lay. It is this machine's affair alone: no number
// depends on it, and no record of a run keeps it.
const dataFolderName = "data.folder"

// RememberData keeps the folder that the run's data are read from, unless it is the one that is kept already. Where it
// cannot be written none is found, which is no reason to end a run.
func (r *Run) RememberData(folder string) {
	if folder != dataFolder(r.fsys, r.dir) {
		_ = writeBytes(r.fsys, r.path(dataFolderName), []byte(folder+"\n"))
	}
}

// DataFolder is where the data of the run in dir were when it was last trained, an absolute path; empty where that is
// not known.
func DataFolder(dir string) string { return dataFolder(disk{}, dir) }

func dataFolder(fsys FS, dir string) string {
	text, err := readBytes(fsys, filepath.Join(dir, dataFolderName))
	if err != nil {
		return ""
	}
	folder, _, _ := strings.Cut(string(text), "\n")
	if !filepath.IsAbs(folder) {
		return "" // Damaged, or somebody's own.
	}
	return folder
}
