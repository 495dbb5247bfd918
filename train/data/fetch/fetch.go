// Package fetch brings the files of a data set from public mirrors, or from a
// folder, and verifies them. Nothing stands under a file's own name before its
// checksum was found to be right.
package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ssdgm/train/data"
	"ssdgm/train/data/idx"
	"ssdgm/train/data/strict"
)

// Options say where files come from and who watches.
type Options struct {
	Mirrors  []string // base URLs or local folders, tried in order; none: the public mirrors
	Progress Progress // may be nil
}

// Progress is told what happens. Its methods are called from one goroutine.
type Progress interface {
	// Begin starts a file of which done of total bytes are here already. It is
	// called again when another mirror goes on with the file.
	Begin(file string, done, total int64)
	// Advance counts bytes that have arrived.
	Advance(bytes int64)
	// End tells that the file is verified and in its place.
	End(file string)
	// Note tells of a fault that was worked round.
	Note(message string)
}

// file is one file of a data set.
type file data.File

// remote is the file's name on the mirrors.
func (f file) remote() string {
	if f.Size == f.Length {
		return f.Name
	}
	return f.Name + ".gz"
}

const (
	stallLimit = 30 * time.Second // for which a mirror may send nothing
	roundPause = 2 * time.Second  // after which mirrors are asked again
)

// Get brings the files of a data set to its folder, DIR/NAME for most. A file that is there and sound is
// left alone, and a part of one, from an earlier call that was stopped, is gone on with.
func Get(ctx context.Context, name, dir string, options Options) error {
	wanted, err := find(name, dir)
	if err != nil {
		return err
	}
	mirrors := wanted.Mirrors
	if len(options.Mirrors) > 0 {
		mirrors = options.Mirrors
	}
	for _, mirror := range mirrors {
		if err := checkMirror(mirror); err != nil {
			return err
		}
	}
	if options.Progress == nil {
		options.Progress = silent{}
	}
	folder := data.Folder(name, dir)
	missing := slices.DeleteFunc([]string{folder, filepath.Clean(dir)}, exists)
	err = strict.Dangling(folder)
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err != nil {
		return data.InputErrorf("%w; give another folder with --data", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = stallLimit
	defer transport.CloseIdleConnections()
	g := &getter{
		client:   &http.Client{Transport: transport},
		mirrors:  mirrors,
		folder:   folder,
		progress: options.Progress,
		stall:    stallLimit,
		pause:    roundPause,
	}
	files := filesOf(wanted)
	if err = g.all(ctx, files); err != nil {
		g.tidy(files, missing)
	}
	return err
}

// checkMirror holds that a mirror is one that can be asked.
func checkMirror(mirror string) error {
	scheme, _, isURL := strings.Cut(mirror, "://")
	if isURL && scheme != "http" && scheme != "https" {
		return data.InputErrorf("mirror %s: want an address that begins with http:// or https://, or a folder, found %s://", mirror, scheme)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// getter brings files to one folder.
type getter struct {
	client   *http.Client
	mirrors  []string
	folder   string
	progress Progress
	stall    time.Duration
	pause    time.Duration
}

func (g *getter) all(ctx context.Context, files []file) error {
	for _, f := range files {
		if err := g.file(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// tidy takes away what a failed call has left and what is of no use to the next one:
// parts without a byte, and the folders that were made, as far as they are empty.
func (g *getter) tidy(files []file, made []string) {
	for _, f := range files {
		if info, err := os.Stat(g.part(f)); err == nil && info.Size() == 0 {
			_ = os.Remove(g.part(f)) // What stays does no harm.
		}
	}
	for _, folder := range made {
		_ = os.Remove(folder)
	}
}

// part is where a file's bytes are gathered.
func (g *getter) part(f file) string { return filepath.Join(g.folder, f.Name+".part") }

// rounds is how often the list of mirrors is gone through: a mirror that cut the
// connection may give the rest the next time.
const rounds = 3

// file brings one file, unless it is there and sound.
func (g *getter) file(ctx context.Context, f file) error {
	there, err := g.sound(f)
	if there || err != nil {
		return err
	}
	mirrors := g.mirrors
	// A fault is noted once another mirror is asked: the last one is the error.
	var before error
	for round := range rounds {
		if round > 0 && len(mirrors) > 0 {
			wait(ctx, g.pause)
		}
		var again []string
		for _, mirror := range mirrors {
			var lasting *lastingError
			var local *localError
			if before != nil {
				g.progress.Note(before.Error())
			}
			err = g.fromMirror(ctx, mirror, f)
			switch {
			case err == nil:
				g.progress.End(f.Name)
				return nil
			case ctx.Err() != nil:
				return fmt.Errorf("get %s: stopped; what has arrived is kept: %w", f.Name, ctx.Err())
			case errors.As(err, &local):
				return err
			case !errors.As(err, &lasting):
				again = append(again, mirror)
			}
			before = err
		}
		mirrors = again
	}
	return fmt.Errorf("get %s: none of %d mirrors gave it; the last error: %w", f.Name, len(g.mirrors), err)
}

// wait returns after a pause, or when the context ends.
func wait(ctx context.Context, pause time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(pause):
	}
}

// sound reports whether the file is in the folder already, as it should be. One
// that is damaged is replaced, but only one that this package may have put there.
func (g *getter) sound(f file) (bool, error) {
	path, err := idx.Find(g.folder, f.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = f.verify(path)
	switch {
	case err == nil:
		return true, nil
	case path == filepath.Join(g.folder, f.remote()):
		g.progress.Note(err.Error() + "; it is replaced")
		return false, nil
	}
	return false, data.InputErrorf("%w; remove it and try again", err)
}

// fromMirror brings one file from one mirror and puts it into its place.
func (g *getter) fromMirror(ctx context.Context, mirror string, f file) error {
	part := g.part(f)
	if !strings.Contains(mirror, "://") {
		if err := g.copy(mirror, f, part); err != nil {
			return err
		}
		return f.install(part, g.folder)
	}
	address := strings.TrimSuffix(mirror, "/") + "/" + f.remote()
	resumed, err := g.download(ctx, address, f, part)
	if err != nil {
		return err
	}
	err = f.install(part, g.folder)
	if resumed && errors.Is(err, errChecksum) {
		// The fault may be in what had arrived before: from the beginning, then.
		if _, err = g.download(ctx, address, f, part); err != nil {
			return err
		}
		err = f.install(part, g.folder)
	}
	if errors.Is(err, errChecksum) {
		return &lastingError{fmt.Errorf("%s: %w", address, err)}
	}
	return err
}

// find returns what there is to fetch under a name into a folder.
func find(name, dir string) (data.Remote, error) {
	source, known := data.Lookup(name)
	switch {
	case !known:
		return data.Remote{}, data.InputErrorf("wanted a data set that can be fetched (%s), found %q%s",
			strings.Join(data.NamesOf(data.Fetched), ", "), name, data.Meant(name))
	case source.Kind == data.Drawn:
		return data.Remote{}, data.InputErrorf(
			"data set %s is drawn by this program: there is nothing to fetch or verify", name)
	case source.Kind != data.Fetched:
		return data.Remote{}, data.InputErrorf("data set %s is not fetched by this program: %s", name, data.Place(name, dir))
	}
	return source.Remote, nil
}

func filesOf(wanted data.Remote) []file {
	files := make([]file, len(wanted.Files))
	for i, f := range wanted.Files {
		files[i] = file(f)
	}
	return files
}

// Status is what Verify found of one file.
type Status struct {
	Path    string // where the file is, or the folder where it should be
	Bytes   int64  // its size on the disk
	Verdict string // what it is, of one of which nothing is wrong
	Err     error  // why it is not sound; ErrInput unless the disk failed
}

// Describe tells in a line whether the files of a data set are there and sound: how many, or what is wrong with the
// first that is not.
func Describe(options data.Options) string {
	statuses, err := Verify(options)
	for _, s := range statuses {
		err = cmp.Or(err, s.Err)
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d files in %s, sound", len(statuses), options.Dir)
}

// Verify reads every file of a data set in its folder and compares checksums, or, of one that
// is not fetched, holds that it is of sound format. Its error is about the name alone: what is
// wrong with a file is in its Status.
func Verify(options data.Options) ([]Status, error) {
	name, dir := options.Name, options.Dir
	if data.Place(name, dir) != "" {
		return verifyPlaced(options), nil
	}
	wanted, err := find(name, dir)
	if err != nil {
		return nil, err
	}
	folder := data.Folder(name, dir)
	if unpacked(options, folder, wanted) {
		return verifyPlaced(options), nil
	}
	var statuses []Status
	for _, f := range filesOf(wanted) {
		path, err := idx.Find(folder, f.Name)
		if err != nil {
			statuses = append(statuses, Status{Path: folder, Err: data.InputErrorf("%w; %s", err, data.TryGet(name, dir))})
			continue
		}
		status := f.status(path)
		if errors.Is(status.Err, errChecksum) {
			status.Err = data.InputErrorf("%w; %s", status.Err, data.TryGet(name, dir))
		}
		statuses = append(statuses, status)
	}
	return statuses, nil
}

// unpacked tells whether a data set that comes in an archive is used without it: none of the files that are published is
// there, and all that it is read from are.
func unpacked(options data.Options, folder string, wanted data.Remote) bool {
	for _, f := range wanted.Files {
		if _, err := idx.Find(folder, f.Name); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
	training, test, err := data.Open(options)
	return err == nil && data.Find(training) == nil && data.Find(test) == nil
}

// sound is the verdict on a file that is as it should be.
const sound = "sound"

// status compares the file at path with the published one.
func (f file) status(path string) Status {
	zipped, err := f.check(path)
	status := Status{Path: path, Bytes: sizeOf(path), Verdict: sound, Err: err}
	if err == nil && !zipped && f.SHA256 == "" {
		status.Verdict = fmt.Sprintf("of the published length (the published checksum is that of %s)", f.remote())
	}
	return status
}

// sizeOf is the size of a file on the disk, as far as it is known.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// verifyPlaced loads both parts of a data set whose files are the user's.
func verifyPlaced(options data.Options) (statuses []Status) {
	dir := options.Dir
	training, test, err := data.Open(options)
	if err != nil {
		return []Status{{Path: dir, Err: err}}
	}
	for _, part := range []data.Part{training, test} {
		if part == nil {
			continue
		}
		paths, err := data.Files(part)
		if err == nil {
			_, err = part.Load()
		}
		if err != nil {
			// A fault of the training labels is one of both parts, and is told once.
			told := func(s Status) bool { return s.Err != nil && s.Err.Error() == err.Error() }
			if !slices.ContainsFunc(statuses, told) {
				statuses = append(statuses, Status{Path: dir, Err: err})
			}
			continue
		}
		for _, path := range paths {
			statuses = append(statuses, Status{Path: path, Bytes: sizeOf(path), Verdict: sound})
		}
	}
	return statuses
}

// lastingError is of a mirror that is not worth another try.
type lastingError struct{ error }

func (e *lastingError) Unwrap() error { return e.error }

// localError is of this machine's disk: no other mirror would help.
type localError struct{ error }

func (e *localError) Unwrap() error { return e.error }

// silent is a Progress that tells nobody.
type silent struct{}

func (silent) Begin(string, int64, int64) {}
func (silent) Advance(int64)              {}
func (silent) End(string)                 {}
func (silent) Note(string)                {}
