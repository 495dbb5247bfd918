package images

import (
	"fmt"
	"slices"

	"ssdgm/train/data"
	"ssdgm/train/data/classes"
	"ssdgm/train/data/own"
	"ssdgm/train/data/sanity"
)

// piece is some of the images of one place, with their classes' numbers.
type piece struct {
	*gathered
	numbers []uint8
	places  []int32 // of the images that are meant, in order; nil: all
}

// n is how many images are meant.
func (p piece) n() int {
	if p.places == nil {
		return len(p.numbers)
	}
	return len(p.places)
}

// plan says which images are examples of what, before one is decoded.
type plan struct {
	o     data.OwnOptions
	shape shape
	names []string // of the classes
	train []piece
	held  int // of the training examples, the last ones, are for validation
	test  piece
	from  origin // of the test part; nil where test is it
	notes []string
}

// newPlan reads the headers of the training part.
func newPlan(spec own.Spec) (*plan, error) {
	found, err := locate(spec)
	if err != nil {
		return nil, err
	}
	training, err := found.gatherTraining()
	if err != nil {
		return nil, err
	}
	p := &plan{o: spec.Options(), from: found.test, notes: training.notes}
	var note string
	if p.shape, note, err = shapeOf(p.o, training.all()); err != nil {
		return nil, err
	}
	p.note(note)
	main := training.own
	if p.names, err = own.Classes(main.place, main.labels, main.none, p.o.Classifies, main.advice); err != nil {
		return nil, err
	}
	for _, g := range training.all() {
		piece, err := p.piece(g)
		if err != nil {
			return nil, err
		}
		if g == training.validation {
			if err := p.labelled(piece, "validation"); err != nil {
				return nil, err
			}
			p.held = piece.n()
		}
		p.train = append(p.train, piece)
	}
	if p.from == nil && p.o.TestFraction > 0 {
		p.test = p.train[0]
		p.train[0].places, p.test.places = own.Divide(p.test.numbers, len(p.names), p.o)
	}
	return p, nil
}

func (p *plan) note(line string) {
	if line != "" {
		p.notes = append(p.notes, line)
	}
}

// piece numbers the classes of images.
func (p *plan) piece(g *gathered) (piece, error) {
	numbers, err := own.Numbers(g.place, g.labels, p.names, g.called)
	return piece{g, numbers, nil}, err
}

// labelled holds that all images of a part that a model is judged by are of a class, where there are classes.
func (p *plan) labelled(of piece, part string) error {
	at := slices.Index(of.labels, classes.None)
	if at < 0 || len(p.names) == 0 {
		return nil
	}
	return data.InputErrorf("%s: wanted a label of every %s example, found none: it is in no folder of a class, and no "+
		"table has its label; where none is known, take them away, or have data.path lead to the training images alone",
		of.called(at), part)
}

// testPart is the test part.
func (p *plan) testPart() (piece, error) {
	if p.from == nil {
		if p.test.n() == 0 {
			return p.test, data.InputErrorf("%s: data.test_fraction = %g of %d images leaves none for the test; raise it",
				p.test.place, p.o.TestFraction, len(p.test.labels))
		}
		return p.test, nil
	}
	g, err := gather(p.from)
	if err != nil {
		return piece{}, err
	}
	if err := p.shape.takes(g, p.o); err != nil {
		return piece{}, err
	}
	test, err := p.piece(g)
	if err != nil {
		return piece{}, data.InputErrorf("%w; %s", err, g.advice)
	}
	p.notes = g.notes
	return test, p.labelled(test, "test")
}

// load decodes pieces, one after the other, into a set, which has the notes on them if it is to tell of them.
func (p *plan) load(pieces []piece, held int, tell bool) (*data.Set, error) {
	set := &data.Set{
		Name: name, Height: p.shape.height, Width: p.shape.width, Channels: p.shape.channels, Unsplit: true,
		Classes: len(p.names), Held: held, SplitSeed: p.o.Seed,
	}
	if !classes.Counted(p.names) {
		set.ClassNames = p.names
	}
	for _, piece := range pieces {
		set.N += piece.n()
	}
	if set.N == 0 {
		return nil, data.InputErrorf("%s: data.test_fraction = %g of %d images leaves none for training; lower it",
			pieces[0].place, p.o.TestFraction, len(pieces[0].labels))
	}
	set.Images = make([]uint8, set.N*set.D())
	var found tally
	left := set.Images
	for _, piece := range pieces {
		into := left[:piece.n()*set.D()]
		left = left[len(into):]
		if err := decode(piece, into, p.shape, &found); err != nil {
			return nil, err
		}
		set.Labels = append(set.Labels, picked(piece.numbers, piece.places)...)
	}
	set.Places = places(pieces)
	if tell {
		set.Notes = slices.Concat(p.notes, found.notes(pieces[0].place, p.o.Channels, set))
	}
	return set, nil
}

// places are where the images of pieces stand among all that were found; nil where all of them are meant.
func places(pieces []piece) (all []int32) {
	before := 0
	for _, piece := range pieces {
		for i := range piece.n() {
			at := i
			if piece.places != nil {
				at = int(piece.places[i])
			}
			all = append(all, int32(before+at))
		}
		before += len(piece.numbers)
	}
	if len(all) == before {
		return nil
	}
	return all
}

// picked are the elements at some places; all where these are nil.
func picked[E any](all []E, places []int32) []E {
	if places == nil {
		return all
	}
	some := make([]E, len(places))
	for i, place := range places {
		some[i] = all[place]
	}
	return some
}

// notes are lines on what images look like that is no fault and may be a mistake.
func (t *tally) notes(place, channels string, set *data.Set) (lines []string) {
	if t.transparent > 0 {
		lines = append(lines, fmt.Sprintf("%s: %d of %d images have transparent parts, which are taken as white", place,
			t.transparent, set.N))
	}
	if set.Channels == 3 && !t.coloured && channels != "colour" {
		lines = append(lines, fmt.Sprintf("%s: every image is grey, although it is stored in colour: "+
			"data.channels = \"grey\" keeps a third of the values", place))
	}
	if line := sanity.Dim(place, slices.Max(set.Images), false); line != "" {
		lines = append(lines, line)
	}
	return lines
}
