package run

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
)

// A Float is a number in a journal or in the summary. JSON knows neither NaN nor infinities:
// they become null, which every reader of JSON takes as a missing value. All others get the
// shortest digits that read back as the same float64, so equal numbers give equal bytes.
type Float float64

// MarshalJSON implements json.Marshaler.
func (f Float) MarshalJSON() ([]byte, error) {
	if v := float64(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

// A journal is a file of JSON objects, one a line, that only grows. It knows its own length
// and writes at offsets, so that a line that failed half-way can be taken back.
type journal struct {
	name string
	file File
	size int64
	told bool // that it could not be synced
}

// openJournal opens a journal and cuts it to size, which must not exceed what is there.
// checkpoint says who wants that size.
func openJournal(fsys FS, name string, size int64, checkpoint string) (*journal, error) {
	f, err := fsys.OpenOrCreate(name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, bare(err))
	}
	found, err := f.Size()
	switch {
	case err != nil:
		err = fmt.Errorf("open %s: %w", name, bare(err))
	case found < size:
		err = fmt.Errorf("open %s: want at least the %d bytes that stood in it at %s, found %d; restore it, or train into another folder", name, size, checkpoint, found)
	case found > size:
		if err = f.Truncate(size); err != nil {
			err = writeError(name, err)
		}
	}
	if err != nil {
		_ = f.Close() // The error before it is the one that tells.
		return nil, err
	}
	return &journal{name: name, file: f, size: size}, nil
}

// append adds one line. After an error the journal is as it was before.
func (j *journal) append(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", j.name, err)
	}
	line = append(line, '\n')
	if _, err := j.file.WriteAt(line, j.size); err != nil {
		// Where this fails too, the next resume cuts the file.
		_ = j.file.Truncate(j.size)
		return writeError(j.name, err)
	}
	j.size += int64(len(line))
	return nil
}

// sync makes every line durable.
func (j *journal) sync() error {
	if err := j.file.Sync(); err != nil {
		j.told = true
		return writeError(j.name, err)
	}
	return nil
}

// close makes every line durable, unless it has told that it cannot, and closes the file.
func (j *journal) close() error {
	var err error
	if !j.told {
		err = j.sync()
	}
	return cmp.Or(err, j.file.Close())
}
