package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// recordNames are the files of a record, sorted.
var recordNames = []string{configName, metricsName, summaryName, timingName}

// recordTime is that of every file in a zip, the earliest that zips know: packing a run again gives the same bytes.
var recordTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// isZip tells a record from a run folder by its name.
func isZip(path string) bool { return filepath.Ext(path) == ".zip" }

// readFile reads a file of a run folder or of a record. Errors name the whole path.
func readFile(path, name string) ([]byte, error) {
	if !isZip(path) {
		return os.ReadFile(filepath.Join(path, name))
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer archive.Close()
	text, err := fs.ReadFile(archive, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(path, name), err)
	}
	return text, nil
}

// Record keeps a finished run as ROW/seedN.zip below a folder, and gives the zip's path and where the run's M1 came
// from: empty where it trained its own. The run may be a record already. What names a place on this machine is
// refused, before anything is written.
func Record(run, root, row string) (path, m1 string, err error) {
	e, err := readEntry(filepath.Split(filepath.Clean(run)))
	switch {
	case err != nil:
		return "", "", err
	case e == nil || !e.Finished:
		return "", "", fmt.Errorf("read %s: want a finished run, found no %s; go on with 'ssdgm train --out %[1]s'",
			run, summaryName)
	}
	var packed bytes.Buffer
	if err := pack(&packed, e); err != nil {
		return "", "", err
	}
	path = filepath.Join(root, row, fmt.Sprintf("seed%d.zip", e.Config.Seed))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", "", err
	}
	return path, e.Config.M1.From, os.WriteFile(path, packed.Bytes(), 0o666)
}

// pack writes an entry's files as a zip: the same files give the same bytes, whenever and wherever they are packed.
func pack(w io.Writer, e *Entry) error {
	archive := zip.NewWriter(w)
	for _, name := range recordNames {
		text, err := e.read(name)
		if err != nil {
			return err
		}
		if place := machinePlace.Find(text); place != nil {
			return fmt.Errorf("read %s: want no place on a machine in a record, found %q; train with relative paths",
				filepath.Join(e.Path(), name), place)
		}
		file, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: recordTime})
		if err != nil {
			return err
		}
		if _, err := file.Write(text); err != nil {
			return err
		}
	}
	return archive.Close()
}

// machinePlace finds what names a place on a machine, or the machine: an absolute path of Unix or Windows, one in a
// home folder, a URL, a user at a host, a host of a private network.
var machinePlace = regexp.MustCompile(`(^|[\s"'=:,(\[])(/[\w.~-]+|~[\w.-]*/|\\\\+[\w.-]+|[A-Za-z]:[\\/])[^\s"']*` +
	`|\w+://\S+|[\w.-]+@[\w-]+\.?[\w.-]*|[\w-]+\.(local|localdomain|internal|lan|home|corp|intra)\b`)
