package images

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"ssdgm/train/data"
	"ssdgm/train/data/picture"
	"ssdgm/train/data/strict"
)

// files are images of a folder.
type files []file

func (f files) each(take func(image) error) error {
	for at, file := range f {
		path := file.path()
		open := func() (io.ReadSeekCloser, error) { return os.Open(path) }
		if err := take(image{at, path, open}); err != nil {
			return err
		}
	}
	return nil
}

// use opens an image and names it in what is wrong with it. What the user can mend is data.ErrInput.
func (i image) use(do func(r io.ReadSeeker) error) error {
	content, err := i.open()
	if err != nil {
		return pathError(err)
	}
	defer content.Close()
	switch err := do(content); {
	case errors.Is(err, strict.ErrFormat):
		return data.InputErrorf("%s: %w", i.name, err)
	case err != nil:
		return fmt.Errorf("%s: %w", i.name, err)
	}
	return nil
}

// look reads the headers of files, and returns those that are images. What is neither PNG nor JPEG, nor called so, is
// passed over.
func look(all files) (found files, headers []picture.Header, passed []string, err error) {
	read := make([]picture.Header, len(all))
	err = parallel(all, func(next image) error {
		return next.use(func(r io.ReadSeeker) (err error) {
			read[next.at], err = picture.ReadHeader(r)
			switch {
			case !errors.Is(err, picture.ErrOther):
				return err
			case called(next.name):
				return fmt.Errorf("%w; %s", err, convert)
			}
			return nil
		})
	})
	for i, file := range all {
		if read[i].Format == "" {
			passed = append(passed, file.name)
			continue
		}
		found, headers = append(found, file), append(headers, read[i])
	}
	return found, headers, passed, err
}

// convert is what to do about what is no image and should be one.
const convert = "convert it to PNG, or take it away"

// called tells whether a file is called as images are.
func called(name string) bool {
	return slices.Contains([]string{".png", ".jpg", ".jpeg"}, strings.ToLower(filepath.Ext(name)))
}

// tally is what decoded images have been like.
type tally struct {
	mutex       sync.Mutex
	transparent int  // images with parts that lay on white
	coloured    bool // some image of three channels is not grey
}

func (t *tally) add(p *picture.Picture) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if p.Transparent {
		t.transparent++
	}
	t.coloured = t.coloured || p.Coloured
}

// decode reads a piece's images into its bytes.
func decode(of piece, into []uint8, to shape, found *tally) error {
	d := to.d()
	return parallel(of.chosen(), func(next image) error {
		return next.use(func(r io.ReadSeeker) error {
			p, err := picture.Decode(r, to.channels)
			if err != nil {
				return err
			}
			copy(into[next.at*d:][:d], p.Resized(to.height, to.width, to.rule).Pixels)
			found.add(p)
			return nil
		})
	})
}

// chosen are the piece's images, counted among these.
func (p piece) chosen() stream {
	if p.places == nil {
		return p.images
	}
	return some{p.images, p.places}
}

// some are those of a stream's images that stand at some places, in order.
type some struct {
	stream
	places []int32
}

func (s some) each(take func(image) error) error {
	n := 0
	return s.stream.each(func(next image) error {
		if n == len(s.places) || int(s.places[n]) != next.at {
			return nil
		}
		next.at = n
		n++
		return take(next)
	})
}

func (f files) called(at int) string { return f[at].path() }
