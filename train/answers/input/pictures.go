package input

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"ssdgm/model/trained"
	"ssdgm/model/trained/match"
	"ssdgm/train/answers"
	"ssdgm/train/data"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/images"
	"ssdgm/train/data/own"
	"ssdgm/train/data/picture"
)

// decodedRows is how many images are decoded before they are handed on, so that their files do not fill the memory.
const decodedRows = 64

// pictures reads images. They come to the model's shape by the rule by which those of its training came to it.
type pictures struct {
	path    string // as messages have it
	from    album
	decoder images.Decoder
	divisor float32
	colour  bool // it is told where colour becomes grey
	note    func(line string)
	told    [3]bool
	bytes   []uint8
	row     int // images that have been handed on
}

// album gives images one after the other, with their labels and what is kept of them.
type album interface {
	// next gives up to so many, or io.EOF where there are none left.
	next(most int) (page, error)
	rows() int
	labelled() bool
	kept() []string
	close() error
}

// page is some images.
type page struct {
	images []images.Image
	labels []string   // nil where there are none
	kept   [][]string // of each column
}

// newPictures is for images of a model's shape.
func newPictures(m *trained.Model, path string, from album, s *settings, o Options) (*pictures, error) {
	if !m.Input.Image() {
		return nil, data.InputErrorf("%s: want a table of numbers, as the model was trained on, found images", path)
	}
	height, width := m.Height, m.Width
	if height*width <= 1 || height == 1 {
		height, width = data.Sides(m.Inputs)
	}
	channels := m.Inputs / max(1, height*width)
	if channels != 1 && channels != 3 {
		return nil, data.InputErrorf("%s: want arrays of %d values, as the model was trained on, found images, which have 1 or 3 "+
			"channels and not %d", path, m.Inputs, channels)
	}
	p := &pictures{
		path: path, from: from, divisor: m.Input.Divisor, note: o.note, colour: s.Channels != "grey",
		decoder: images.Decoder{
			Height: height, Width: width, Channels: channels, Rule: cmp.Or(picture.Rule(s.Resize), picture.Crop),
		},
	}
	p.told[0] = len(s.Size) == 2 && !s.said["resize"] // The run's images had several sizes too.
	return p, nil
}

// Read implements Reader, as do all methods below.
func (p *pictures) Read(rows *answers.Rows, most int) error {
	d := p.decoder.Height * p.decoder.Width * p.decoder.Channels
	rows.First, rows.N, rows.X, rows.Labels = p.row, 0, room(rows.X, most*d)[:0], rows.Labels[:0]
	if len(rows.Kept) != len(p.from.kept()) {
		rows.Kept = make([][]string, len(p.from.kept()))
	}
	for k := range rows.Kept {
		rows.Kept[k] = rows.Kept[k][:0]
	}
	for rows.N < most {
		next, err := p.from.next(min(most-rows.N, decodedRows))
		if errors.Is(err, io.EOF) && rows.N > 0 {
			break
		}
		if err != nil {
			return mend(p.path, err)
		}
		p.bytes = room(p.bytes, len(next.images)*d)
		if err := p.decoder.Decode(p.bytes, next.images); err != nil {
			return err
		}
		for _, b := range p.bytes {
			rows.X = append(rows.X, float32(b)/p.divisor)
		}
		rows.N += len(next.images)
		rows.Labels = append(rows.Labels, next.labels...)
		for k := range rows.Kept {
			rows.Kept[k] = append(rows.Kept[k], next.kept[k]...)
		}
	}
	if !p.from.labelled() {
		rows.Labels = nil
	}
	p.row += rows.N
	p.tell()
	return nil
}

// tell tells once what became of the first images that were not as those of the training.
func (p *pictures) tell() {
	d := p.decoder
	for i, line := range []struct{ what, text string }{
		{d.Resized, fmt.Sprintf("%%s: images are brought to the model's %d×%d (%s; data.resize)", d.Width, d.Height, d.Rule)},
		{d.Greyed, "%s has colour: the model takes it as grey"},
		{d.Transparent, "%s has transparent parts, which are taken as white"},
	} {
		if line.what != "" && !p.told[i] && (i != 1 || p.colour) {
			p.told[i] = true
			p.note(fmt.Sprintf(line.text, line.what))
		}
	}
}

func (p *pictures) Rows() int { return p.from.rows() }

func (p *pictures) Labelled() bool { return p.from.labelled() }

func (p *pictures) Kept() []string { return p.from.kept() }

func (p *pictures) Places() []match.Place { return nil }

func (p *pictures) Unit() float32 { return p.divisor }

func (p *pictures) Close() error { return p.from.close() }

// folder is an album of a folder's images.
type folder struct {
	*images.Listing
	at    int
	files bool     // their paths are to be kept
	file  *os.File // of a single image that came as a stream; else nil
}

// fileColumn is what the path of an image is called among what is kept.
const fileColumn = "file"

// keepsFiles tells whether the paths of images are to be kept.
func keepsFiles(o Options) (bool, error) {
	for _, name := range o.Keep {
		if name != fileColumn || len(o.Keep) > 1 {
			return false, data.InputErrorf("--keep: of images want %q, which is the path of each, found %.40q", fileColumn, name)
		}
	}
	return len(o.Keep) > 0 || o.Whole, nil
}

// openFolder lists the images of a folder, or is one image.
func openFolder(path string, s *settings, o Options) (*folder, error) {
	files, err := keepsFiles(o)
	if err != nil {
		return nil, err
	}
	l := images.Labels{Table: s.LabelsPath, Marks: own.NewLabels(s.MissingLabels)}
	if l.Table != "" {
		l.Column = s.LabelColumn
	}
	listing, err := images.List(path, l)
	if err != nil {
		return nil, err
	}
	for _, line := range listing.Notes {
		o.note(line)
	}
	return &folder{Listing: listing, files: files}, nil
}

// newPage is an album of one image, whose file it closes.
func newPage(name string, file *os.File, o Options) (*folder, error) {
	files, err := keepsFiles(o)
	if err != nil {
		return nil, err
	}
	open := func() (io.ReadSeekCloser, error) { return unclosed{file}, nil }
	one := &images.Listing{Images: []images.Image{{Name: name, Open: open}}, Names: []string{name}, Labels: []string{""}}
	return &folder{Listing: one, files: files, file: file}, nil
}

// unclosed is a file that stays open for another reading.
type unclosed struct{ io.ReadSeeker }

// Close implements io.Closer.
func (unclosed) Close() error { return nil }

func (f *folder) next(most int) (page, error) {
	if f.at == len(f.Images) {
		return page{}, io.EOF
	}
	first, last := f.at, min(f.at+most, len(f.Images))
	f.at = last
	p := page{images: f.Images[first:last], kept: [][]string{f.Names[first:last]}}
	if f.Labelled {
		p.labels = f.Labels[first:last]
	}
	return p, nil
}

func (f *folder) rows() int { return len(f.Images) }

func (f *folder) labelled() bool { return f.Labelled }

func (f *folder) kept() []string {
	if f.files {
		return []string{fileColumn}
	}
	return nil
}

func (f *folder) close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// shards is an album of a table's column of images, as Hugging Face publishes them in Parquet.
type shards struct {
	path  string
	frame frame.Reader
	label int // −1: there is none
	marks own.Labels
	names []string // of what is kept
	texts []string
	row   int
}

// imageColumn is the first column of images; −1 where there is none.
func imageColumn(r frame.Reader) int {
	return slices.IndexFunc(r.Columns(), func(c frame.Column) bool { return c.Kind == frame.Image })
}

// newShards reads the images of a column.
func newShards(path string, r frame.Reader, column int, s *settings, o Options) (*shards, error) {
	columns := r.Columns()
	label, err := findLabel(columns, s)
	if err != nil {
		return nil, mend(path, err)
	}
	kept, names, err := keptColumns(columns, o.Keep)
	if err != nil {
		return nil, mend(path, err)
	}
	a := &shards{path: path, frame: r, label: label, marks: own.NewLabels(s.MissingLabels), names: names}
	selected := []int{column}
	if label >= 0 {
		selected = append(selected, label)
	}
	selected = append(selected, kept...)
	verbatim := make([]int, len(selected)-1)
	for i := range verbatim {
		verbatim[i] = i + 1
	}
	r.Select(nil, selected)
	r.Verbatim(verbatim)
	a.texts = make([]string, len(selected)*decodedRows)
	return a, nil
}

func (a *shards) next(most int) (page, error) {
	words := len(a.texts) / decodedRows
	n, err := frame.NextRows(a.frame, nil, a.texts[:words*most], most)
	if errors.Is(err, io.EOF) && a.row == 0 {
		return page{}, data.InputErrorf("%s: want at least one row, found none", a.path)
	}
	if err != nil {
		return page{}, named(err)
	}
	p := page{kept: make([][]string, len(a.names))}
	for i := range n {
		a.row++
		name, cells := fmt.Sprintf("%s: row %d", a.path, a.row), a.texts[i*words:][:words]
		if cells[0] == "" {
			return page{}, data.InputErrorf("%s: want an image, found none: the file must hold the images, not their paths alone",
				name)
		}
		content := []byte(cells[0])
		p.images = append(p.images, images.Image{Name: name, Open: func() (io.ReadSeekCloser, error) {
			return unclosed{bytes.NewReader(content)}, nil
		}})
		cells = cells[1:]
		if a.label >= 0 {
			label, err := a.marks.Name(cells[0])
			if err != nil {
				return page{}, data.InputErrorf("%s: %w", name, err)
			}
			p.labels, cells = append(p.labels, label), cells[1:]
		}
		for k, cell := range cells {
			p.kept[k] = append(p.kept[k], cell)
		}
	}
	return p, nil
}

func (a *shards) rows() int { return a.frame.Rows() }

func (a *shards) labelled() bool { return a.label >= 0 }

func (a *shards) kept() []string { return a.names }

func (a *shards) close() error { return a.frame.Close() }
