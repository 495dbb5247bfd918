package data

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ssdgm/train/message"
)

// Source is a data set that is chosen by its name. The package's comment says how to add one.
type Source struct {
	Name string
	Kind Kind

	// What an example is, where no file is needed to know it: the number of its values and of the classes.
	// 0: its files say. A Drawn one says both, as its sets have them.
	D, Classes int

	// Open returns the two parts without reading them. Its options have been checked. A Drawn one says itself what 0
	// examples are; its examples are a function of the seed and their number alone.
	Open func(options Options) (train, test Part, err error)

	Uses   []string // which keys of a configuration have an effect on an Own one: ByPath, OfTable, OfImages
	Remote Remote   // what to fetch, of a Fetched one
	Shared string   // the folder of its files, where several sources come in one archive; empty: that of its name
	Files  string   // which files the user puts into its folder, of the others but a Drawn one
	Help   []string // what lies in its folder, in lines for the user; none of a Drawn one
}

// Kind is where a data set's examples come from.
type Kind int

// The kinds, in the order in which the help tells of them.
const (
	Drawn   Kind = iota // the program makes them, in any number
	Fetched             // from files that 'ssdgm data get' brings
	Placed              // from published files that the user brings
	Own                 // from the user's own files
)

// The keys of a configuration that have an effect on some of the user's own data alone: those of files that are named by
// their paths, and of these those of a table and those of images.
const (
	ByPath   = "paths"
	OfTable  = "table"
	OfImages = "images"
)

// Remote is what there is to fetch of a data set, and from where.
type Remote struct {
	Mirrors []string // base URLs, tried in order
	Files   []File
}

// File returns the file of a name.
func (r Remote) File(name string) File {
	at := slices.IndexFunc(r.Files, func(f File) bool { return f.Name == name })
	if at < 0 {
		panic("data: no file is called " + name)
	}
	return r.Files[at]
}

// File is one file of a data set, as it is published.
type File struct {
	Name   string // without .gz
	Size   int64  // as the mirrors have it: of NAME where it is Length, else of NAME.gz
	Length int64  // of the content, decompressed
	SHA256 string // of the content, so that any compression will do; empty where it is not known
	Packed string // of a content whose SHA256 is not known: the SHA-256 of NAME.gz, as it is published
	Other  string // of a content whose SHA256 is not known: that of another set's file, as OtherSet has it
	// OtherSet is the data set whose file is called alike and is as long, so that it is taken for this one.
	OtherSet string
}

// sources are those that were registered, ordered by name.
var sources []Source

// Register adds a source. It is called while the program starts, by the source's package.
func Register(source Source) {
	at, taken := slices.BinarySearchFunc(sources, source.Name, byName)
	switch {
	case taken:
		panic(fmt.Sprintf("data: two sources are called %q", source.Name))
	case source.Name == "" || source.Open == nil:
		panic(fmt.Sprintf("data: source %q: want a name and Open", source.Name))
	case (source.Kind == Fetched) != (len(source.Remote.Files) > 0):
		panic(fmt.Sprintf("data: source %q: want files to fetch exactly where it is fetched", source.Name))
	case (source.Kind == Placed || source.Kind == Own) != (source.Files != ""):
		panic(fmt.Sprintf("data: source %q: want Files exactly where the user brings them", source.Name))
	}
	sources = slices.Insert(sources, at, source)
}

func byName(source Source, name string) int { return strings.Compare(source.Name, name) }

// Lookup returns the source of a name.
func Lookup(name string) (source Source, known bool) {
	at, known := slices.BinarySearchFunc(sources, name, byName)
	if !known {
		return Source{}, false
	}
	return sources[at], true
}

// Names returns the names of all sources, in order.
func Names() []string {
	names := make([]string, len(sources))
	for i, source := range sources {
		names[i] = source.Name
	}
	return names
}

// Of returns the sources of some kinds, kind after kind, each ordered by name.
func Of(kinds ...Kind) []Source {
	var chosen []Source
	for _, kind := range kinds {
		for _, source := range sources {
			if source.Kind == kind {
				chosen = append(chosen, source)
			}
		}
	}
	return chosen
}

// NamesOf returns the names of the sources of some kinds, in order.
func NamesOf(kinds ...Kind) []string {
	var names []string
	for _, source := range Of(kinds...) {
		names = append(names, source.Name)
	}
	slices.Sort(names)
	return names
}

// Folder is where the files of a data set lie, or go.
func Folder(name, dir string) string {
	source, _ := Lookup(name)
	return filepath.Join(dir, cmp.Or(source.Shared, name))
}

// Shape returns the number of values in an example and the number of classes of a data
// set, for which no file is needed.
func Shape(name string) (d, classes int, err error) {
	source, known := Lookup(name)
	switch {
	case !known:
		return 0, 0, unknown(name)
	case source.D == 0:
		return 0, 0, InputErrorf(
			"data set %s has the size that its files say; choose another data.name where no file is read", name)
	}
	return source.D, source.Classes, nil
}

func unknown(name string) error {
	return InputErrorf("data: wanted one of %s, found %q%s", strings.Join(Names(), ", "), name, Meant(name))
}

// ownFiles tells what to do about files of the user's own.
const ownFiles = "'ssdgm data info PATH' describes a file or a folder of your own, and how to train on it"

// Meant is what was surely meant by a name that is no data set's, as an end of a message; empty where it is not known.
func Meant(name string) string {
	if alike := message.Alike(name, Names()); alike != "" {
		return alike
	}
	if _, err := os.Stat(name); err == nil || slices.Contains(formats, strings.ToLower(name)) {
		return "; " + ownFiles
	}
	return ""
}

// formats are what people call data sets of their own.
var formats = []string{"csv", "tsv", "npy", "npz", "numpy", "own", "custom"}

// TryGet names the command that puts sound files of a data set into a folder.
func TryGet(name, dir string) string {
	words := []string{"data", "get", name}
	if clean := filepath.Clean(dir); clean != "data" {
		words = append(words, "--data", dir)
	}
	return "try " + message.Command(words...)
}

// Place says which files of the user's make up a data set that is not fetched, and where they
// go; it is empty for the others.
func Place(name, dir string) string {
	source, known := Lookup(name)
	if !known || source.Files == "" {
		return ""
	}
	if slices.Contains(source.Uses, ByPath) {
		return "data.path names your files, wherever they are; " + ownFiles
	}
	return fmt.Sprintf("put %s into %s", source.Files, filepath.Join(dir, name))
}
