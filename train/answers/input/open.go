package input

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"ssdgm/model/trained"
	"ssdgm/train/data"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/formats"
	"ssdgm/train/data/images"
	"ssdgm/train/data/picture"
)

// standardInput is what stands for it in place of a path.
const standardInput = "-"

// Open opens an input for a model: a table of any format that train reads, gzipped or not; a folder of images, or one
// image; - is the standard input. It looks at the first rows, and refuses what is surely a mistake. Its errors, and those
// of the reader, are data.ErrInput or a *configs.Error unless the disk fails.
func Open(m *trained.Model, path string, o Options) (Reader, error) {
	s, err := newSettings(m.Config, o.Sets)
	if err != nil {
		return nil, err
	}
	in := opening{m, s, o}
	if path == standardInput {
		stdin := o.Stdin
		if stdin == nil {
			stdin = os.Stdin
		}
		return in.stream(stdin, "standard input")
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return in.folder(path)
	case err == nil && info.Mode().IsRegular():
		image, err := images.IsFile(path)
		if err != nil {
			return nil, err
		}
		if image {
			return in.images(path)
		}
	case err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0:
		pipe, err := os.Open(path)
		if err != nil {
			return nil, mend(path, err)
		}
		return in.stream(pipe, path)
	case errors.Is(err, fs.ErrNotExist) && slices.Contains(data.Names(), path):
		return nil, data.InputErrorf("open %s: no such file; it is a data set's name, and an input is a file, a folder or -",
			path)
	}
	return in.file(path)
}

// opening is an input on its way.
type opening struct {
	model    *trained.Model
	settings *settings
	options  Options
}

// folder opens a folder: of images, or of Parquet files.
func (in opening) folder(path string) (Reader, error) {
	ofImages, err := images.IsFolder(path)
	if err != nil {
		return nil, err
	}
	if ofImages {
		return in.images(path)
	}
	return in.file(path)
}

// images opens a folder of images, or one image.
func (in opening) images(path string) (Reader, error) {
	from, err := openFolder(path, in.settings, in.options)
	if err != nil {
		return nil, err
	}
	return checked(newPictures(in.model, path, from, in.settings, in.options))
}

// checked is a Reader, or nil where there is an error.
func checked(p *pictures, err error) (Reader, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}

// file opens a file as a table: as the run's table [data] says, or else as the file does.
func (in opening) file(path string) (Reader, error) {
	var first error
	for _, how := range in.settings.frameOptions() {
		opened, err := formats.Open(path, how)
		if err != nil {
			err = named(err)
		} else {
			var r Reader
			if r, err = in.table(path, opened); err == nil {
				return r, nil
			}
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// table makes a reader of a table, which it closes where there is an error.
func (in opening) table(path string, opened frame.Reader) (Reader, error) {
	r, err := in.rows(path, opened)
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return r, nil
}

func (in opening) rows(path string, opened frame.Reader) (Reader, error) {
	if at := imageColumn(opened); at >= 0 && in.model.Input.Image() {
		from, err := newShards(path, opened, at, in.settings, in.options)
		if err != nil {
			return nil, err
		}
		return checked(newPictures(in.model, path, from, in.settings, in.options))
	}
	opened = asOneImage(in.model, opened)
	l, err := newLayout(in.model.Input, opened.Columns(), in.settings, in.options)
	if err != nil {
		return nil, mend(path, turned(err, opened, in.model))
	}
	r, err := in.newTable(path, opened, l)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// turned says more of columns that do not fit, where the rows are as many as a row has values, or a row is an image.
func turned(err error, opened frame.Reader, m *trained.Model) error {
	inputs := m.Inputs
	columns, image := opened.Columns(), m.Input.Image() && m.Height > 1
	switch {
	case opened.Rows() != inputs && image && len(columns) < inputs:
		return fmt.Errorf("%w; pixels come as images, as [n, %d, %d] or as [n, %d]", err, m.Height, m.Width, inputs)
	case opened.Rows() != inputs:
		return err
	case len(columns) == 1:
		return fmt.Errorf("%w, in %d rows; if they are one row, save x.reshape(1, -1)", err, inputs)
	default:
		return fmt.Errorf("%w, in %d rows; if each row is a column here, save x.T", err, inputs)
	}
}

// stream opens what is read once: one image, or a table.
func (in opening) stream(from io.Reader, name string) (Reader, error) {
	stream, begin, err := peeked(from)
	if err != nil {
		return nil, mend(name, err)
	}
	if picture.Begins(begin) {
		return in.picture(stream, name)
	}
	opened, err := formats.OpenStream(stream, name, in.settings.frameOptions()...)
	if err != nil {
		return nil, named(err)
	}
	r, err := in.table(name, opened)
	if peeked, ok := stream.(peekedStream); ok {
		peeked.slow.settle()
	}
	return r, err
}

// peeked is a stream and how it begins, of which nothing is taken. A file, as that of a shell's "<", stays one.
func peeked(from io.Reader) (stream io.ReadCloser, begin []byte, err error) {
	closer, ok := from.(io.Closer)
	if !ok {
		closer = io.NopCloser(from)
	}
	if file, ok := from.(*os.File); ok {
		info, err := file.Stat()
		if err != nil {
			return nil, nil, err
		}
		if info.Mode().IsRegular() {
			begin = make([]byte, picture.MagicBytes)
			n, err := file.ReadAt(begin, 0)
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, nil, err
			}
			return file, begin[:n], nil
		}
	}
	slow := newPatient(from)
	content := bufio.NewReaderSize(slow, streamRoom)
	begin, err = content.Peek(picture.MagicBytes)
	if errors.Is(err, io.EOF) {
		err = nil // What is shorter is no image, and has an error of its own.
	}
	return peekedStream{content, closer, slow}, begin, err
}

// streamRoom is how many bytes are read from a stream at once.
const streamRoom = 1 << 16

// peekedStream is a stream of which the beginning has been looked at.
type peekedStream struct {
	io.Reader
	io.Closer
	slow *patient
}

// picture opens a stream that is one image.
func (in opening) picture(stream io.ReadCloser, name string) (Reader, error) {
	file, _, err := formats.Spool(stream)
	if err = errors.Join(err, stream.Close()); err != nil {
		return nil, mend(name, err)
	}
	from, err := newPage(name, file, in.options)
	if err == nil {
		var p *pictures
		if p, err = newPictures(in.model, name, from, in.settings, in.options); err == nil {
			return p, nil
		}
	}
	return nil, errors.Join(err, file.Close())
}
