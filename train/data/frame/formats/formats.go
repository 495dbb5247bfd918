// Package formats opens tables of every format that is read as a frame. It knows a file by its content, whatever its
// name.
package formats

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/idxfile"
	"ssdgm/train/data/frame/matlab"
	"ssdgm/train/data/frame/numpy"
	"ssdgm/train/data/frame/parquet"
	"ssdgm/train/data/frame/text"
	"ssdgm/train/data/idx"
	"ssdgm/train/data/mat"
	"ssdgm/train/data/strict"
	"ssdgm/train/looks"
)

// format is one kind of file.
type format struct {
	name string // as a message has it
	// is tells whether a file is of the format, by the beginning of its content.
	is func(beginning) bool
	// open reads the head of a file of so many bytes, and takes the file over, which it closes with the reader, unless it
	// returns an error. An error of the content is strict.ErrFormat, and does not name the file.
	open func(file *os.File, size int64, o frame.Options) (frame.Reader, error)
	// stream is open for what is read once from its beginning to its end, and is not gzipped; nil where the format is not
	// read so.
	stream func(r io.ReadCloser, o frame.Options) (frame.Reader, error)
}

// formatOfShards is that of the files of a folder.
const formatOfShards = "Parquet"

// formats are looked at in this order. Text comes last: it is known by being nothing else.
var formats = []format{
	{"npy", begins(numpy.Magic), numpy.Open, numpy.OpenStream},
	{"npz", isArchive, numpy.OpenArchive, nil},
	{"IDX", func(b beginning) bool { return idx.Begins(b.bytes) }, idxfile.Open, idxfile.OpenStream},
	{formatOfShards, isParquet, parquet.Open, nil},
	{"MAT", func(b beginning) bool { return mat.Begins(b.bytes) }, matlab.Open, nil},
	{"CSV or other text", isText, text.Open, text.OpenStream},
}

// beginning is the first of a file's content.
type beginning struct {
	bytes  []byte
	zipped bool   // it was packed by gzip
	looks  string // as package looks tells it
}

// begins is the test of a format that begins with some bytes.
func begins(with string) func(beginning) bool {
	return func(b beginning) bool { return bytes.HasPrefix(b.bytes, []byte(with)) }
}

// isArchive tells whether a file is a zip archive, which is one that is empty too.
func isArchive(b beginning) bool {
	return !b.zipped && (begins("PK\x03\x04")(b) || begins("PK\x05\x06")(b))
}

// isParquet tells whether a file begins as one in Parquet, which is not packed: it is read from its end.
func isParquet(b beginning) bool { return !b.zipped && begins(parquet.Magic)(b) }

// isText takes what looks like XML, and is no page, for text: a mark of a missing value looks so too.
func isText(b beginning) bool {
	mark := bytes.HasPrefix(bytes.ToLower(b.bytes), []byte("<na>"))
	known := b.looks != "" && b.looks != looks.Text && !mark
	return !known && bytes.IndexByte(b.bytes, 0) < 0
}

// Open opens a table. A folder, or a pattern as of filepath.Match, stands for files in Parquet that are one table. Errors
// of the content are strict.ErrFormat, also frame.ErrNoTable where it is of no format known; those of the path are
// strict.ErrPath. All of them, and those of the reader, name the path.
func Open(path string, o frame.Options) (frame.Reader, error) {
	info, err := os.Stat(path) // first: to open a pipe would wait
	switch {
	case strict.Dangling(path) != nil:
		return nil, strict.Dangling(path)
	case err == nil && info.IsDir(), err != nil && parquet.Pattern(path):
		files, err := parquet.Shards(path)
		if err != nil {
			return nil, err
		}
		return parquet.OpenAll(files, o)
	case err != nil:
		return nil, strict.Path(err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("open %s: %w", path, strict.NoFile(info.Mode()))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, strict.Path(err)
	}
	reader, err := open(file, info.Size(), o)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &named{reader, path}, nil
}

// Name is what the format of a file is called that Open can open.
func Name(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil && parquet.Pattern(path) || err == nil && !info.Mode().IsRegular() {
		return formatOfShards, nil // Open says what else is wrong with it.
	}
	file, err := os.Open(path)
	if err != nil {
		return "", strict.Path(err)
	}
	f, err := recognised(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return f.name, nil
}

// open finds out what a file is.
func open(file *os.File, size int64, o frame.Options) (frame.Reader, error) {
	f, err := recognised(file)
	if err != nil {
		return nil, err
	}
	return f.open(file, size, o)
}

// recognised is the format that a file begins as. It stands at its beginning afterwards.
func recognised(file *os.File) (format, error) {
	content, zipped, err := strict.Unzip(file)
	if err != nil {
		return format{}, strict.Describe(err)
	}
	f, err := looked(content, zipped)
	if err != nil {
		return f, err
	}
	_, err = file.Seek(0, io.SeekStart)
	return f, err
}

// looked is the format of some content, of which nothing is taken.
func looked(content *bufio.Reader, zipped bool) (format, error) {
	begin, err := content.Peek(content.Size())
	if err != nil && !errors.Is(err, io.EOF) {
		return format{}, strict.Describe(err)
	}
	b := beginning{bytes.Clone(begin), zipped, looks.Like(content)}
	var names []string
	for _, f := range formats {
		if f.is(b) {
			return f, nil
		}
		names = append(names, f.name)
	}
	return format{}, &noTable{fmt.Sprintf("wanted a table (%s), found none%s", strings.Join(names, ", "), b.looks)}
}

// noTable is the error of a file of no format known.
type noTable struct{ message string }

func (e *noTable) Error() string { return e.message }

func (e *noTable) Is(target error) bool {
	return target == frame.ErrNoTable || target == strict.ErrFormat
}

// named is a reader whose errors name its file.
type named struct {
	frame.Reader
	path string
}

func (n *named) Next(numbers []float32, texts []string) error {
	return n.name(n.Reader.Next(numbers, texts))
}

// NextRows implements frame.Block.
func (n *named) NextRows(numbers []float32, texts []string, most int) (int, error) {
	rows, err := frame.NextRows(n.Reader, numbers, texts, most)
	return rows, n.name(err)
}

// name names the file in an error.
func (n *named) name(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("%s: %w", n.path, err)
}
