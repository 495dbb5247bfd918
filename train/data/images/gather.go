package images

import (
	"fmt"
	"path/filepath"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/own"
	"ssdgm/train/data/picture"
)

// gathered are images before they are decoded: those of one place, in order.
type gathered struct {
	place   string // what messages call it
	advice  string // where its labels are
	none    string // what has no label
	passed  string // what messages say of files that are no images; empty where there are none
	images  stream
	labels  []string // classes.None where there is none
	headers []picture.Header
	notes   []string
}

// called is what messages call an image.
func (g *gathered) called(at int) string { return g.images.called(at) }

func (g *gathered) note(format string, args ...any) {
	g.notes = append(g.notes, fmt.Sprintf(format, args...))
}

// gather reads the headers and the labels of an origin, of which there must be some.
func gather(o origin) (*gathered, error) {
	g, err := o.gather()
	switch {
	case err != nil:
		return nil, err
	case len(g.labels) == 0 && g.passed != "":
		return nil, data.InputErrorf("%s: wanted PNG or JPEG images, found none; %s; convert them to PNG, or unpack them",
			g.place, g.passed)
	case len(g.labels) == 0:
		return nil, data.InputErrorf("%s: wanted PNG or JPEG images, found none", g.place)
	}
	return g, nil
}

// origin is where images come from.
type origin interface {
	// gather reads the headers and the labels.
	gather() (*gathered, error)
}

// origins are those of a data set; nil where there is none of a part.
type origins struct {
	train, unlabelled, validation, test origin
	notes                               []string
}

// locate finds out which images are of which part. It opens no image.
func locate(spec own.Spec) (*origins, error) {
	o := spec.Options()
	labels := own.NewLabels(o.MissingLabels)
	at := func(key, path, table string) place {
		return place{key, spec.Path(path), spec.Path(table), o.LabelColumn, labels}
	}
	found, err := at("data.path", o.Path, o.LabelsPath).parts()
	if err != nil {
		return nil, err
	}
	for _, given := range []struct {
		key, path, table string
		part             *origin
	}{
		{"data.test_path", o.TestPath, o.TestLabelsPath, &found.test},
		{"data.validation_path", o.ValidationPath, o.ValidationLabelsPath, &found.validation},
		{"data.unlabelled_path", o.UnlabelledPath, "", &found.unlabelled},
	} {
		if given.path == "" {
			continue
		}
		if filepath.Clean(spec.Path(given.path)) == filepath.Clean(spec.Path(o.Path)) {
			found.notes = append(found.notes, fmt.Sprintf("%s = %q is data.path too: each of its images is taken twice",
				given.key, given.path))
		}
		if *given.part != nil {
			found.notes = append(found.notes, fmt.Sprintf("%s has such a part itself, which is not used: "+
				"%s = %q takes its place", o.Path, given.key, given.path))
		}
		if *given.part, err = at(given.key, given.path, given.table).whole(); err != nil {
			return nil, err
		}
	}
	if found.unlabelled != nil {
		found.unlabelled = unlabelled{found.unlabelled}
	}
	return found, nil
}

// unlabelled is an origin whose labels are not used.
type unlabelled struct{ origin }

func (u unlabelled) gather() (*gathered, error) {
	g, err := u.origin.gather()
	if err == nil {
		g.labels = slices.Repeat([]string{classes.None}, len(g.labels))
	}
	return g, err
}

// training are the images of the training part: its own, more without a label, and those for validation, each nil where
// there are none.
type training struct {
	own, unlabelled, validation *gathered
	notes                       []string
}

// all are the images of a training part in their order.
func (t *training) all() (all []*gathered) {
	for _, g := range []*gathered{t.own, t.unlabelled, t.validation} {
		if g != nil {
			all = append(all, g)
		}
	}
	return all
}

// gatherTraining reads the headers of a training part.
func (o *origins) gatherTraining() (t *training, err error) {
	t = &training{notes: o.notes}
	for _, part := range []struct {
		from origin
		into **gathered
	}{{o.train, &t.own}, {o.unlabelled, &t.unlabelled}, {o.validation, &t.validation}} {
		if part.from == nil {
			continue
		}
		g, err := gather(part.from)
		if err != nil {
			return nil, err
		}
		*part.into = g
		t.notes = append(t.notes, g.notes...)
	}
	return t, nil
}
