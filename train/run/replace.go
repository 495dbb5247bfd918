package run

import (
	"os"
	"path/filepath"
	"slices"
)

// Replaceable is what the path of a flag --out leads to, which is a file or nothing yet: a file is replaced as a whole,
// which a device or a pipe would not survive. Nor would a run survive it that the file belongs to, or the files in
// sources, which what is written comes from.
func Replaceable(path string, sources ...string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		found := "something else"
		if info.IsDir() {
			found = "a folder"
		}
		return "", userErrorf("--out %s: want a file that may be replaced or is not there yet, found %s", path, found)
	}
	if dir, own := Owner(path); own {
		return "", userErrorf("--out %s: want a file that may be replaced, found one of the run in %s; "+
			"choose another --out", path, dir)
	}
	is := func(source string) bool {
		its, wrong := os.Stat(source)
		return wrong == nil && os.SameFile(info, its)
	}
	if err == nil && slices.ContainsFunc(sources, is) {
		return "", userErrorf("--out %s: want another file than the one that is read; choose another --out", path)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target, nil
	}
	return path, nil
}
