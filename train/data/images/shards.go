package images

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/parquet"
	"ssdgm/train/data/own"
	"ssdgm/train/data/picture"
	"ssdgm/train/data/strict"
)

// parquet are the files of a folder that are Parquet, unless there are images beside them.
func (f *tree) parquet() (found files) {
	for _, file := range f.files {
		switch {
		case strings.HasSuffix(strings.ToLower(file.path()), parquet.Extension):
			found = append(found, file)
		case called(file.name):
			return nil
		}
	}
	return found
}

// shardParts are the parts of Parquet files as Hugging Face names them: by how their names begin, or by their folders.
func (p place) shardParts(all files) (*origins, error) {
	var train, validation, test, unlabelled files
	for _, file := range all {
		dir, base := path.Split(file.name)
		begin, _, _ := strings.Cut(strings.TrimSuffix(base, path.Ext(base)), "-")
		is := func(names []string) bool { return among(names, begin) || among(names, path.Base(dir)) }
		switch {
		case is(validationNames):
			validation = append(validation, file)
		case is(testNames):
			test = append(test, file)
		case is(unlabelledNames):
			unlabelled = append(unlabelled, file)
		default:
			train = append(train, file)
		}
	}
	if len(train) == 0 {
		train, validation, test, unlabelled = all, nil, nil, nil
	}
	o := &origins{}
	for _, part := range []struct {
		files files
		into  *origin
	}{{train, &o.train}, {validation, &o.validation}, {test, &o.test}, {unlabelled, &o.unlabelled}} {
		if len(part.files) == 0 {
			continue
		}
		var err error
		if *part.into, err = p.shards(part.files); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// shards are Parquet files with a column of images, and mostly one of labels.
type shards struct {
	place        string
	paths        []string
	labels       own.Labels
	image, label int    // columns; label is −1 where there is none
	heading      string // of the images' column
	advice       string // which column may be that of the labels
	notes        []string
}

// shards finds the columns of the first of some files: the others have the same.
func (p place) shards(all files) (origin, error) {
	s := shards{place: p.path, labels: p.labels}
	for _, file := range all {
		s.paths = append(s.paths, file.path())
	}
	if len(s.paths) == 1 {
		s.place = s.paths[0]
	}
	if p.table != "" {
		return nil, data.InputErrorf("data.labels_path: %s has its labels itself; leave it out, or name their column with "+
			"data.label_column", s.place)
	}
	r, err := parquet.OpenAll(s.paths, frame.Options{})
	if err != nil {
		return nil, mend(err)
	}
	defer r.Close()
	columns := r.Columns()
	is := func(c frame.Column) bool { return c.Kind == frame.Image }
	if s.image = slices.IndexFunc(columns, is); s.image < 0 {
		return nil, data.InputErrorf("%s: wanted a column of images, PNG or JPEG, found %s; a table of numbers is "+
			"data.name = \"table\"", s.place, headings(columns))
	}
	s.heading, s.advice = columns[s.image].Name, own.OtherColumn+", among "+headings(columns)
	if second := slices.IndexFunc(columns[s.image+1:], is); second >= 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s: there are several columns of images: the first, %s, is used", s.place,
			data.Shown(columns[s.image].Name)))
	}
	s.label, err = shardLabel(columns, p.column)
	if err != nil {
		return nil, data.InputErrorf("%s: %w", s.place, err)
	}
	return s, nil
}

// shardLabel is the column of the label; −1 where there is none.
func shardLabel(columns []frame.Column, named string) (int, error) {
	switch {
	case named == "none":
		return -1, nil
	case named != "":
		at := labelColumn(columns, named)
		if at < 0 {
			return 0, strict.Errorf("data.label_column: wanted a column's heading, or its number from 1, found %.40q beside %s",
				named, headings(columns))
		}
		return at, nil
	}
	return slices.IndexFunc(columns, func(c frame.Column) bool {
		return slices.Contains(classes.Headings, strings.ToLower(c.Name))
	}), nil
}

// called implements stream.
func (s shards) called(at int) string { return fmt.Sprintf("%s: row %d", s.place, at+1) }

// each implements stream.
func (s shards) each(take func(image) error) error { return s.rows([]int{s.image}, nil, take) }

// rows reads the rows. row is told the cells before the image is taken; it may be nil.
func (s shards) rows(texts []int, row func(cells []string) error, take func(image) error) error {
	r, err := parquet.OpenAll(s.paths, frame.Options{})
	if err != nil {
		return mend(err)
	}
	defer r.Close()
	r.Select(nil, texts)
	cells := make([]string, len(texts))
	for at := 0; ; at++ {
		if err := r.Next(nil, cells); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return mend(err)
		}
		if row != nil {
			if err := row(cells); err != nil {
				return data.InputErrorf("%s: %w", s.called(at), err)
			}
		}
		if cells[0] == "" {
			return data.InputErrorf("%s: wanted an image in column %s, found none: the file must hold the images, not their paths "+
				"alone; put it there, or take the row away", s.called(at), data.Shown(s.heading))
		}
		content := []byte(cells[0])
		open := func() (io.ReadSeekCloser, error) { return memory{bytes.NewReader(content)}, nil }
		if err := take(image{at, s.called(at), open}); err != nil {
			return err
		}
	}
}

// memory is a file in memory.
type memory struct{ *bytes.Reader }

// Close implements io.Closer.
func (memory) Close() error { return nil }

// labelled are the rows of shards with their labels.
type labelled struct {
	shards
	take func(label string) error
}

// each implements stream.
func (l labelled) each(take func(image) error) error {
	texts := []int{l.image}
	if l.label >= 0 {
		texts = append(texts, l.label)
	}
	return l.rows(texts, func(cells []string) error {
		if l.label < 0 {
			return l.take(classes.None)
		}
		name, err := l.labels.Name(cells[1])
		if err != nil {
			return err
		}
		return l.take(name)
	}, take)
}

// gather implements origin.
func (s shards) gather() (*gathered, error) {
	g := &gathered{place: s.place, advice: s.advice, none: s.labels.None(), images: s, notes: s.notes}
	var mutex sync.Mutex
	rows := labelled{s, func(label string) error {
		mutex.Lock()
		defer mutex.Unlock()
		g.labels, g.headers = append(g.labels, label), append(g.headers, picture.Header{})
		return nil
	}}
	err := parallel(rows, func(next image) error {
		return next.use(func(r io.ReadSeeker) error {
			header, err := picture.ReadHeader(r)
			if errors.Is(err, picture.ErrOther) {
				err = fmt.Errorf("%w; %s", err, convert)
			}
			mutex.Lock()
			defer mutex.Unlock()
			g.headers[next.at] = header
			return err
		})
	})
	return g, err
}
