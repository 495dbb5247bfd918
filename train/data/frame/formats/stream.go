package formats

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/strict"
)

// OpenStream is Open of what can be read once, such as a pipe; name is what errors call it. npy, IDX and text are read as
// they come. Other formats are read from their end or here and there: they are copied to a temporary file first, in the
// folder for such files ($TMPDIR), which is gone at the end; they are opened with the first of the options with which they
// can be. The reader closes the stream.
func OpenStream(r io.ReadCloser, name string, options ...frame.Options) (frame.Reader, error) {
	reader, err := openStream(r, options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, errors.Join(err, r.Close()))
	}
	return &named{reader, name}, nil
}

func openStream(r io.ReadCloser, options []frame.Options) (frame.Reader, error) {
	if file, ok := r.(*os.File); ok {
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		at, err := file.Seek(0, io.SeekCurrent)
		if info.Mode().IsRegular() && err == nil && at == 0 { // as that of a shell's "<"
			f, err := recognised(file)
			if err != nil {
				return nil, err
			}
			return f.openFirst(file, info.Size(), options)
		}
	}
	content, zipped, err := strict.Unzip(r)
	if err != nil {
		return nil, strict.Describe(err)
	}
	f, err := looked(content, zipped)
	if err != nil {
		return nil, err
	}
	if f.stream != nil {
		return f.stream(unzipped{content, r}, options[0])
	}
	file, size, err := Spool(content)
	if err != nil {
		return nil, err
	}
	reader, err := f.openFirst(file, size, options)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return reader, r.Close()
}

// openFirst opens a file with the first of some options with which it can be opened; the error is that of the first.
func (f format) openFirst(file *os.File, size int64, options []frame.Options) (frame.Reader, error) {
	var first error
	for _, o := range options {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		reader, err := f.open(file, size, o)
		if err == nil {
			return reader, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}

// unzipped is the content of a stream.
type unzipped struct {
	io.Reader
	io.Closer
}

// Spool copies a stream to a temporary file that is gone when it is closed, and stands at its beginning.
func Spool(content io.Reader) (file *os.File, size int64, err error) {
	file, err = array.Spool()
	if err != nil {
		return nil, 0, err
	}
	to := &spooled{file: file}
	size, err = io.Copy(to, content)
	if to.err != nil {
		err = fmt.Errorf("a stream of this format is kept in a temporary file, for which %s has room for %d bytes only: %w; "+
			"name the file in place of the stream, or have TMPDIR name a larger folder", os.TempDir(), size, to.err)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, errors.Join(strict.Describe(err), file.Close())
	}
	return file, size, nil
}

// spooled keeps the error of its file, which is not that of the stream.
type spooled struct {
	file *os.File
	err  error
}

func (s *spooled) Write(p []byte) (n int, err error) {
	n, s.err = s.file.Write(p)
	return n, s.err
}
