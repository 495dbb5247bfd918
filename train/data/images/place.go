package images

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/own"
	"ssdgm/train/data/strict"
)

// place is what the user names: a folder of images, or of Parquet files, or one of these.
type place struct {
	key, path string // the key that names it, and what it says
	table     string // of labels; empty: the folders' names are the labels
	column    string // of the label in the table
	labels    own.Labels
}

// whole is all that lies at a place, of one part.
func (p place) whole() (origin, error) {
	found, err := p.open()
	if err != nil {
		return nil, err
	}
	if files := found.parquet(); len(files) > 0 {
		return p.shards(files)
	}
	return p.folder(found, "")
}

// parts are those that lie at a place.
func (p place) parts() (*origins, error) {
	found, err := p.open()
	if err != nil {
		return nil, err
	}
	if files := found.parquet(); len(files) > 0 {
		return p.shardParts(files)
	}
	o := &origins{}
	d, divided := found.divided()
	if !divided || p.table != "" {
		o.train, err = p.folder(found, "")
		return o, err
	}
	for _, part := range []struct {
		dir  string
		into *origin
	}{{d.train, &o.train}, {d.validation, &o.validation}, {d.test, &o.test}, {d.unlabelled, &o.unlabelled}} {
		if part.dir == "" {
			continue
		}
		if *part.into, err = p.folder(found, part.dir); err != nil {
			return nil, err
		}
	}
	if d.others > 0 {
		o.notes = append(o.notes, fmt.Sprintf("%s holds %s beside the folders of the parts: not used; "+
			"if they are classes, rename %s", p.path, d.other, d.train))
	}
	return o, nil
}

// open lists what lies at a place: of a file, itself.
func (p place) open() (*tree, error) {
	info, err := os.Stat(p.path)
	switch {
	case strict.Dangling(p.path) != nil:
		return nil, data.InputErrorf("%s: %w; mend the link", p.key, strict.Dangling(p.path))
	case errors.Is(err, fs.ErrNotExist):
		return nil, data.InputErrorf("%s: open %s: no such folder; a relative path is in data.dir (--data), or where there "+
			"is none in the working directory", p.key, p.path)
	case err != nil:
		return nil, pathError(err)
	case info.IsDir():
		return walk(p.path)
	}
	return &tree{files: files{{p.path, ""}}}, nil
}

// folderOrigin is the images of a folder, or of one in it.
type folderOrigin struct {
	place
	*tree
	dir string
}

func (p place) folder(f *tree, dir string) (origin, error) {
	if f.root == "" {
		return nil, data.InputErrorf("%s = %q: wanted a folder of images, or Parquet with a column of them, found another "+
			"file; "+
			"a table of numbers is data.name = \"table\"", p.key, p.path)
	}
	if p.column != "" && p.table == "" {
		return nil, data.InputErrorf("data.label_column = %q: the labels are the names of the folders in %s; leave it out, "+
			"or name a table of labels with data.labels_path", p.column, p.path)
	}
	return folderOrigin{p, f, dir}, nil
}

// gather implements origin.
func (o folderOrigin) gather() (*gathered, error) {
	examples := o.tree.examples(o.dir)
	all := make(files, len(examples))
	for i, e := range examples {
		all[i] = e.file
	}
	images, headers, passed, err := look(all)
	if err != nil {
		return nil, err
	}
	g := &gathered{place: filepath.Join(o.path, o.dir), images: images, headers: headers,
		advice: o.classesWhere(), none: "what lies in no folder, or in unlabelled, has none"}
	if n := len(passed); n > 0 {
		g.passed = fmt.Sprintf("what is neither PNG nor JPEG is passed over: %d in all, the first is %q", n, passed[0])
		g.note("%s: %s", g.place, g.passed)
	}
	if o.table != "" {
		g.advice, g.none = own.OtherColumn, o.labels.None()
		g.labels, err = o.fromTable(images)
		return g, err
	}
	label := map[string]string{}
	for _, e := range examples {
		if mark, chosen := o.labels.Marks(e.label); mark && chosen {
			e.label = classes.None
		}
		label[e.name] = e.label
	}
	for _, file := range images {
		g.labels = append(g.labels, label[file.name])
	}
	return g, o.checkClasses(g)
}

// classesWhere tells where labels are looked for, and of folders that all lie in one that they may be the classes.
func (o folderOrigin) classesWhere() string {
	inner, dirs := o.dir, o.tree.within(o.dir)
	for len(dirs) == 1 {
		inner = prefix(inner) + dirs[0]
		dirs = o.tree.within(inner)
	}
	if inner != o.dir && len(dirs) > 1 {
		return fmt.Sprintf("if the folders in %s are the classes, have %s lead there", filepath.Join(o.path, inner), o.key)
	}
	return "each folder in it is a class, called as it is; a table of labels is " + o.tableKey()
}

// tableKey is the key that names a table of labels.
func (p place) tableKey() string { return strings.TrimSuffix(p.key, "path") + "labels_path" }

// checkClasses holds that the folders' names can be those of classes, and notes those that are surely mistakes.
func (o folderOrigin) checkClasses(g *gathered) error {
	alike := map[string]string{}
	for _, dir := range o.tree.within(o.dir) {
		if among(unlabelledNames, dir) {
			continue
		}
		if err := classes.Check(dir); err != nil {
			return data.InputErrorf("%s: folder %.40q: %w", g.place, dir, err)
		}
		switch mark, chosen := o.labels.Marks(dir); {
		case mark && chosen:
			continue
		case mark:
			g.note("%s: the folder %s is a class, although it is called as what has no label is in tables; if its images have "+
				"none, rename it to unlabelled", g.place, data.Shown(dir))
		}
		if !slices.Contains(g.labels, dir) {
			g.note("%s: no image is in the folder %s: it is no class", g.place, data.Shown(dir))
			continue
		}
		small := strings.ToLower(dir)
		if other := alike[small]; other != "" {
			g.note("%s: the folders %s and %s are two classes, although only capitals differ", g.place, data.Shown(other),
				data.Shown(dir))
		}
		alike[small] = dir
	}
	return nil
}
