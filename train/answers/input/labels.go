package input

import (
	"errors"
	"io"

	"ssdgm/train/data"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/formats"
	"ssdgm/train/data/own"
	"ssdgm/train/data/table"
)

// labelsFile is a file of labels, one for each row of an input.
type labelsFile struct {
	path  string
	frame frame.Reader
	marks own.Labels
	texts []string
	row   int
}

// openLabels opens the file that data.labels_path names; nil where there is none.
func openLabels(s *settings) (*labelsFile, error) {
	if s.LabelsPath == "" {
		return nil, nil
	}
	r, err := formats.Open(s.LabelsPath, frame.Options{})
	if err != nil {
		return nil, named(err)
	}
	at := 0
	if columns := r.Columns(); len(columns) > 1 {
		o := s.own()
		o.Classifies = true
		if at, err = table.Label(columns, o); err == nil && at < 0 {
			err = data.InputErrorf("want one column, or one headed label, class, target or y, found %d; name it with "+
				"data.label_column", len(columns))
		}
		if err != nil {
			return nil, errors.Join(mend(s.LabelsPath, err), r.Close())
		}
	}
	r.Select(nil, []int{at})
	r.Verbatim([]int{0})
	return &labelsFile{path: s.LabelsPath, frame: r, marks: own.NewLabels(s.MissingLabels)}, nil
}

// read appends the labels of the next n rows.
func (l *labelsFile) read(labels []string, n int) ([]string, error) {
	l.texts = room(l.texts, n)
	for got := 0; got < n; {
		more, err := frame.NextRows(l.frame, nil, l.texts[got:], n-got)
		if errors.Is(err, io.EOF) {
			return nil, data.InputErrorf("%s: want a label, or a mark that there is none, for each row of the input, found %d",
				l.path, l.row+got)
		}
		if err != nil {
			return nil, named(err)
		}
		got += more
	}
	for i, text := range l.texts {
		name, err := l.marks.Name(text)
		if err != nil {
			return nil, data.InputErrorf("%s: row %d: %w", l.path, l.row+i+1, err)
		}
		labels = append(labels, name)
	}
	l.row += n
	return labels, nil
}

// end holds that there are no more labels than rows.
func (l *labelsFile) end() error {
	err := l.frame.Next(nil, make([]string, 1))
	if err == nil {
		return data.InputErrorf("%s: want as many labels as the input has rows, %d, found more", l.path, l.row)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return named(err)
}
