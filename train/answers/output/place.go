package output

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/term"

	"ssdgm/train/data"
	"ssdgm/train/message"
	"ssdgm/train/run"
	"ssdgm/train/stop"
)

// sink takes the bytes of a table. Commit or Abort or Fail ends it; Fail is Abort that says what could not be written.
type sink interface {
	io.Writer
	Commit() error
	Abort()
	Fail(err error) error
}

// place opens what a path stands for.
func place(path string, f *format) (sink, error) {
	if IsStdout(path) {
		if term.IsTerminal(int(os.Stdout.Fd())) {
			if !f.text {
				return nil, data.InputErrorf("format %s: want a file or a pipe, found a terminal; give --out FILE", f.name)
			}
			return &pipe{os.Stdout, "stdout", shown{os.Stdout}}, nil
		}
		return &pipe{os.Stdout, "stdout", os.Stdout}, nil
	}
	if stream(path) {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, run.Unwritable(fmt.Errorf("--out: %w", err))
		}
		return &pipe{file, path, file}, nil
	}
	path, err := run.Replaceable(path)
	if err != nil {
		return nil, err
	}
	pending, err := run.Begin(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, data.InputErrorf("%w; want --out in a folder that is there", err)
	}
	if err != nil {
		return nil, run.Unwritable(err)
	}
	return pending, nil
}

// stream tells whether a path is that of a device or a pipe: what is written there is gone.
func stream(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// pipe is a sink that has what is written to it at once.
type pipe struct {
	file *os.File
	name string
	to   io.Writer
}

func (p *pipe) Write(b []byte) (int, error) { return p.to.Write(b) }

func (p *pipe) Abort() {
	if p.file != os.Stdout {
		_ = p.file.Close() // What was written cannot be taken back.
	}
}

func (p *pipe) Fail(err error) error {
	unread := stop.Unread(p.file, err)
	p.Abort()
	if unread {
		return ErrUnread
	}
	var path *fs.PathError
	if errors.As(err, &path) && path.Path == p.file.Name() {
		err = path.Err
	}
	return fmt.Errorf("write %s: %w", p.name, err)
}

func (p *pipe) Commit() error {
	if p.file == os.Stdout {
		return nil
	}
	if err := p.file.Close(); err != nil {
		return p.Fail(err)
	}
	return nil
}

// shown is text on a terminal: what steers it becomes visible.
type shown struct{ to io.Writer }

func (s shown) Write(b []byte) (int, error) {
	if _, err := s.to.Write(message.Text(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// packed is a sink that packs.
type packed struct {
	sink
	*gzip.Writer
}

// pack packs what goes to a sink.
func pack(to sink) sink { return packed{to, gzip.NewWriter(to)} }

func (p packed) Write(b []byte) (int, error) { return p.Writer.Write(b) }

func (p packed) Commit() error {
	if err := p.Writer.Close(); err != nil {
		return p.Fail(err)
	}
	return p.sink.Commit()
}

// spool is a sink for what comes behind a beginning that is known at the end.
type spool struct {
	*os.File
}

// newSpool makes one that is gone when it is closed.
func newSpool() (*spool, error) {
	file, err := os.CreateTemp("", "ssdgm-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // Where an open file cannot be removed, close does it.
	return &spool{file}, nil
}

func (s *spool) close() error {
	err := s.File.Close()
	if gone := os.Remove(s.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		err = cmp.Or(err, gone)
	}
	return err
}
