package images

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/own"
	"ssdgm/train/data/picture"
	"ssdgm/train/data/strict"
)

// Listing is the images of a folder, or a single one, in the order of their paths, before one is decoded. A trained model
// is given them so.
type Listing struct {
	Images   []Image
	Names    []string // below the folder, with slashes; the path of a single image
	Labels   []string // classes.None where there is none
	Labelled bool     // some image has a label, or a folder is called as a class
	Notes    []string
}

// Image is an image that can be opened. Messages call it by its name.
type Image struct {
	Name string
	Open func() (io.ReadSeekCloser, error)
}

// Labels say where the labels of images are.
type Labels struct {
	Table, Column string // a table of files and labels, and its column; empty: the folders are called as the classes
	Marks         own.Labels
}

// IsFile tells whether a file is an image, by its content.
func IsFile(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, pathError(err)
	}
	defer file.Close()
	_, err = picture.ReadHeader(file)
	return !errors.Is(err, picture.ErrOther), nil // Decode says what is wrong with it.
}

// IsFolder tells whether a folder is one of images, and not of Parquet files.
func IsFolder(path string) (bool, error) {
	found, err := walk(path)
	if err != nil {
		return false, err
	}
	return len(found.parquet()) == 0, nil
}

// List lists the images at a path. What is neither PNG nor JPEG, nor called so, is passed over.
func List(path string, l Labels) (*Listing, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathError(err)
	}
	o := folderOrigin{place: place{"data.path", path, l.Table, l.Column, l.Marks}, tree: &tree{files: files{{path, ""}}}}
	if info.IsDir() {
		if o.tree, err = walk(path); err != nil {
			return nil, err
		}
		if d, divided := o.tree.divided(); divided {
			return nil, data.InputErrorf("%s: want images, or folders of them that are called as the classes, found folders of "+
				"parts; give one of them, as %s", path, filepath.Join(path, d.train))
		}
	}
	return o.list()
}

// list lists the images of the folder.
func (o folderOrigin) list() (*Listing, error) {
	l := &Listing{Labelled: o.table != ""}
	var found files
	var passed []string
	for _, e := range o.tree.examples("") {
		if !called(e.name) && e.name != "" {
			image, err := IsFile(e.path())
			if err != nil {
				return nil, err
			}
			if !image {
				passed = append(passed, e.name)
				continue
			}
		}
		if mark, chosen := o.labels.Marks(e.label); mark && chosen {
			e.label = classes.None
		}
		path := e.path()
		found = append(found, e.file)
		l.Images = append(l.Images, Image{path, func() (io.ReadSeekCloser, error) { return os.Open(path) }})
		l.Names, l.Labels = append(l.Names, e.name), append(l.Labels, e.label)
		l.Labelled = l.Labelled || e.label != classes.None
	}
	told := ""
	if n := len(passed); n > 0 {
		told = fmt.Sprintf("what is neither PNG nor JPEG is passed over: %d in all, the first is %q", n, passed[0])
		l.Notes = append(l.Notes, fmt.Sprintf("%s: %s", o.path, told))
	}
	switch {
	case len(found) == 0 && told != "":
		return nil, data.InputErrorf("%s: want PNG or JPEG images, found none; %s", o.path, told)
	case len(found) == 0:
		return nil, data.InputErrorf("%s: want PNG or JPEG images, found none", o.path)
	case o.tree.root == "":
		l.Names[0] = o.path
	}
	if o.table == "" {
		return l, nil
	}
	var err error
	l.Labels, err = o.fromTable(found)
	return l, err
}

// Decoder brings images to one shape.
type Decoder struct {
	Height, Width, Channels int // of what they are brought to: 1 or 3 channels
	Rule                    picture.Rule

	// The first image, by its name, that had other sides; that had colour and is taken as grey; that had transparent parts.
	Resized, Greyed, Transparent string
}

// each implements stream.
func (all decoded) each(take func(image) error) error {
	for at, i := range all {
		if err := take(image{at, i.Name, i.Open}); err != nil {
			return err
		}
	}
	return nil
}

// decoded are images to be decoded.
type decoded []Image

// called implements stream.
func (all decoded) called(at int) string { return all[at].Name }

// Decode decodes images side by side into bytes, Height × Width × Channels each. The error is that of the first image that
// has one, and names it.
func (d *Decoder) Decode(dst []uint8, all []Image) error {
	size := d.Height * d.Width * d.Channels
	seen := make([]picture.Picture, len(all))
	err := parallel(decoded(all), func(next image) error {
		return next.use(func(r io.ReadSeeker) error {
			p, err := picture.Decode(r, d.Channels)
			if errors.Is(err, picture.ErrOther) {
				err = strict.Errorf("%v; %s", err, convert)
			}
			if err != nil {
				return err
			}
			seen[next.at] = *p
			seen[next.at].Pixels = nil
			copy(dst[next.at*size:][:size], p.Resized(d.Height, d.Width, d.Rule).Pixels)
			return nil
		})
	})
	if err != nil {
		return err
	}
	for at, p := range seen {
		d.note(all[at].Name, p)
	}
	return nil
}

// note keeps what is worth a line to the user.
func (d *Decoder) note(name string, p picture.Picture) {
	if d.Resized == "" && (p.Height != d.Height || p.Width != d.Width) {
		d.Resized = fmt.Sprintf("%s has %d×%d pixels", name, p.Width, p.Height)
	}
	if d.Greyed == "" && p.Coloured && d.Channels == 1 {
		d.Greyed = name
	}
	if d.Transparent == "" && p.Transparent {
		d.Transparent = name
	}
}
