package parquet

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"ssdgm/train/data/strict"
)

// Extension is how the names of files end, of which a folder is read as one table.
const Extension = ".parquet"

// shardName is how Hugging Face names the files of a table: the part, which one, and of how many.
var shardName = regexp.MustCompile(`^(.*)-(\d+)-of-(\d+)\.parquet$`)

// partName is how the name of a file that is a whole part begins.
var partName = regexp.MustCompile(`(?i)^(train|test|val|valid|validation|dev)(?:[-_.]|$)`)

// Pattern tells whether a path may stand for others.
func Pattern(path string) bool { return strings.ContainsAny(path, "*?[") }

// Shards are the files of a path, in the order of their names: those of a folder, or of the folder data in it; or those
// that a pattern as of filepath.Match stands for. Files of several parts, as of train and test, are an error, and so is a
// part of which a file is missing. Errors are strict.ErrPath.
func Shards(path string) ([]string, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return folder(path)
	}
	found, err := filepath.Glob(path)
	if err != nil {
		return nil, strict.Pathf("open %s: %v", path, err)
	}
	return together(path, found)
}

// folder are the files in a folder.
func folder(path string) ([]string, error) {
	for _, place := range []string{path, filepath.Join(path, "data")} {
		entries, err := os.ReadDir(place)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, strict.Path(err)
		}
		var found []string
		for _, entry := range entries {
			if name := entry.Name(); strings.HasSuffix(name, Extension) && !strings.HasPrefix(name, ".") {
				found = append(found, filepath.Join(place, name))
			}
		}
		if len(found) > 0 {
			return together(path, found)
		}
	}
	return together(path, nil)
}

// together holds that files are those of one part, and all of them.
func together(path string, files []string) ([]string, error) {
	if len(files) == 0 {
		return nil, strict.Pathf("open %s: wanted a file, or a folder of files whose names end in %s, found none of them; "+
			"a folder of images is data.name = \"images\"", path, Extension)
	}
	part, of := "", ""
	for i, file := range files {
		place := shardName.FindStringSubmatch(filepath.Base(file))
		if place == nil {
			place = []string{"", "", "", ""}
			if name := partName.FindStringSubmatch(filepath.Base(file)); name != nil {
				place[1] = strings.ToLower(name[1])
			}
		}
		switch number, err := strconv.Atoi(place[2]); {
		case i > 0 && (place[1] != part || place[3] != of):
			return nil, strict.Pathf("open %s: the files %s and %s are not of one table; give one part, as in %q", path,
				filepath.Base(files[0]), filepath.Base(file), filepath.Join(filepath.Dir(files[0]), example(files[0])))
		case place[2] != "" && (err != nil || number != i):
			return nil, strict.Pathf("open %s: file %05d of part %q is missing before %s; fetch it", path, i, place[1],
				filepath.Base(file))
		}
		part, of = place[1], place[3]
	}
	if n, err := strconv.Atoi(of); err == nil && n != len(files) {
		return nil, strict.Pathf("open %s: wanted the %d files of part %q, found %d", path, n, part, len(files))
	}
	return files, nil
}

// example is a pattern of the files of one part.
func example(file string) string {
	if place := shardName.FindStringSubmatch(filepath.Base(file)); place != nil {
		return place[1] + "-*" + Extension
	}
	return filepath.Base(file)
}
