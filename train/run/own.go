package run

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The names of a run's own files and folders: what lies in such a folder is the run's too.
var (
	ownFiles = []string{
		configName, metricsName, timingName, summaryName, ModelName, lockName, ownerName, heartbeatName, dataFolderName,
		extensionsName, rowsName,
	}
	ownFolders = []string{checkpointsName, picturesName}
)

// Owner tells the run folder that a file belongs to, or would belong to if it were there, however its path is spelt;
// false where it is no run's own. Other files in a run folder are their writers'.
func Owner(path string) (dir string, own bool) {
	resolved := resolve(path)
	dir, name := filepath.Split(resolved)
	dir = filepath.Clean(dir)
	within := func(names []string, name string) bool {
		// Not all file systems tell names in capitals from others.
		return slices.ContainsFunc(names, func(own string) bool { return strings.EqualFold(own, name) })
	}
	if within(ownFiles, name) && IsRun(dir) {
		return dir, true
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if around := filepath.Dir(dir); within(ownFolders, filepath.Base(dir)) && IsRun(around) {
			return around, true
		}
	}
	return "", false
}

// IsRun tells whether a folder is a run's: one with a configuration alone may be anybody's.
func IsRun(dir string) bool {
	for _, name := range []string{configName, checkpointsName} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// resolve is a path without links and dots, also where its last parts are not there yet.
func resolve(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	rest := ""
	for at := path; ; at = filepath.Dir(at) {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		if at == filepath.Dir(at) {
			return path
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}
