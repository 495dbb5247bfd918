package images

import (
	"slices"
	"strings"

	"ssdgm/train/data/classes"
)

// example is an image and the name of its class, classes.None where it has none.
type example struct {
	file
	label string
}

// The names of folders that stand for a part, or for examples without a label, in small letters.
var (
	trainNames      = []string{"train", "training"}
	validationNames = []string{"val", "valid", "validation", "dev"}
	testNames       = []string{"test", "testing"}
	unlabelledNames = []string{"unlabelled", "unlabeled", "unsup", "unsupervised"}
)

func among(names []string, dir string) bool { return slices.Contains(names, strings.ToLower(dir)) }

// within returns the names of the folders right below one of a folder's folders; of the folder itself where that is "".
func (f *tree) within(dir string) (dirs []string) {
	for _, name := range f.dirs {
		if rest, found := strings.CutPrefix(name, prefix(dir)); found && !strings.Contains(rest, "/") {
			dirs = append(dirs, rest)
		}
	}
	return dirs
}

// prefix is what the names of files in a folder's folder begin with.
func prefix(dir string) string {
	if dir == "" {
		return ""
	}
	return dir + "/"
}

// examples are the files in one of a folder's folders, each of the class that the folder right below is called after.
// Those in a folder of unlabelled examples, or right in dir, have none.
func (f *tree) examples(dir string) (examples []example) {
	for _, file := range f.files {
		rest, found := strings.CutPrefix(file.name, prefix(dir))
		if !found {
			continue
		}
		label, _, nested := strings.Cut(rest, "/")
		if !nested || among(unlabelledNames, label) {
			label = classes.None
		}
		examples = append(examples, example{file, label})
	}
	return examples
}

// division is which of a folder's folders are its parts; "" where there is none of a part.
type division struct {
	train, validation, test, unlabelled string
	others                              int    // folders beside them
	other                               string // the first of these
}

// divided tells whether a folder has a folder for each part: one for training, and one for another part or no other but
// that of unlabelled examples. Otherwise its folders are classes.
func (f *tree) divided() (d division, divided bool) {
	for _, dir := range f.within("") {
		switch {
		case among(trainNames, dir):
			d.train = dir
		case among(validationNames, dir):
			d.validation = dir
		case among(testNames, dir):
			d.test = dir
		case among(unlabelledNames, dir):
			d.unlabelled = dir
		default:
			if d.others++; d.others == 1 {
				d.other = dir
			}
		}
	}
	return d, d.train != "" && (d.validation != "" || d.test != "" || d.others == 0)
}
