package output

import (
	"cmp"
	"path/filepath"
	"strings"

	"ssdgm/train/data"
)

// format is a way to write a table.
type format struct {
	name    string
	endings []string // of the names of its files
	text    bool     // and so may be packed, and shown by a terminal
	numbers bool     // it holds nothing else
	encode  func(to sink, columns []Column) encoder
}

// kinds are all formats; the first one is that of stdout.
var kinds = []*format{
	{name: "csv", endings: []string{".csv"}, text: true, encode: newCSV},
	{name: "tsv", endings: []string{".tsv", ".tab"}, text: true, encode: newTSV},
	{name: "jsonl", endings: []string{".jsonl", ".ndjson"}, text: true, encode: newJSONL},
	{name: "npy", endings: []string{".npy"}, numbers: true, encode: newNPY},
	{name: "parquet", endings: []string{".parquet", ".pq"}, encode: newParquet},
}

// Formats names the formats.
func Formats() []string {
	var names []string
	for _, f := range kinds {
		names = append(names, f.name)
	}
	return names
}

// IsStdout tells whether a path stands for stdout.
func IsStdout(path string) bool { return path == "" || path == "-" }

const packedEnding = ".gz"

// named is the format that a file of such a name has, and whether it is packed; nil where its name does not tell.
func named(path string) (found *format, packed bool) {
	path, packed = strings.CutSuffix(strings.ToLower(filepath.Base(path)), packedEnding)
	for _, f := range kinds {
		for _, ending := range f.endings {
			if strings.HasSuffix(path, ending) {
				return f, packed
			}
		}
	}
	return nil, packed
}

// formatOf is the format that was asked for or, where none was, the one of the name.
func formatOf(path, asked string) (found *format, packed bool, err error) {
	var wanted, its *format
	for _, f := range kinds {
		if f.name == asked {
			wanted = f
		}
	}
	if asked != "" && wanted == nil {
		return nil, false, data.InputErrorf("--format %s: want one of %s", asked, strings.Join(Formats(), ", "))
	}
	if IsStdout(path) {
		return cmp.Or(wanted, kinds[0]), false, nil
	}
	if its, packed = named(path); its != nil && wanted != nil && its != wanted {
		return nil, false, data.InputErrorf("--format %s: found --out %s, which is a name for %s; change one of them", asked, path, its.name)
	}
	found = cmp.Or(wanted, its)
	switch {
	case found == nil && stream(path):
		return kinds[0], false, nil
	case found == nil:
		return nil, false, data.InputErrorf("--out %s: want a name in .csv, .tsv, .jsonl, .npy or .parquet, which tells the format, or --format", path)
	case packed && !found.text:
		return nil, false, data.InputErrorf("--out %s: want csv, tsv or jsonl to be packed by gzip, found %s; leave %s out", path, found.name, packedEnding)
	}
	return found, packed, nil
}

// FormatOf is the format of the table that Create would write.
func FormatOf(path, asked string) (string, error) {
	found, _, err := formatOf(path, asked)
	if err != nil {
		return "", err
	}
	return found.name, nil
}

// IsTable tells whether a path is one that stands for a table by its name.
func IsTable(path string) bool {
	found, _ := named(path)
	return path == "-" || found != nil
}

// OnlyNumbers tells whether a table of a format at a path has room for numbers alone.
func OnlyNumbers(path, format string) (bool, error) {
	found, _, err := formatOf(path, format)
	return err == nil && found.numbers, err
}

// fits holds that the format has room for the columns.
func (f *format) fits(columns []Column) error {
	for _, c := range columns {
		if f.numbers && c.Kind != Number {
			what := map[Kind]string{Text: "words", Whole: "whole numbers", Truth: "truth values", Double: "numbers in double precision"}[c.Kind]
			return data.InputErrorf("format %s: want numbers alone, found %s in column %s; choose csv, tsv, jsonl or parquet", f.name, what, c.Name)
		}
	}
	return nil
}
