package train

import (
	"slices"
	"testing"

	"ssdgm/configs"
	"ssdgm/model/trained"
	"ssdgm/model/trained/format"
	"ssdgm/model/trained/transform"
	"ssdgm/train/data"
	"ssdgm/train/safetensors"
)

// sortedPart is a part of two classes, one after the other, whose order says nothing.
type sortedPart struct{ changed bool }

func (p sortedPart) Load() (*data.Set, error) {
	s := &data.Set{Name: "sorted", N: 40, Height: 1, Width: 1, Channels: 1, Classes: 2, Unsplit: true}
	for i := range s.N {
		s.Images, s.Labels = append(s.Images, uint8(i)), append(s.Labels, uint8(i/20))
	}
	if p.changed {
		s.Images[7]++
	}
	return s, nil
}

// TestExamplesKeepTheirPlaceInTheFile holds that a message can name an example by where it stands, that the validation
// examples of a file that is sorted by class are of each class, and that one value tells other data.
func TestExamplesKeepTheirPlaceInTheFile(t *testing.T) {
	c, _, err := configs.Parse("c", nil, []string{"data.validation=10", "data.train=20", "data.labels=4", "m1.train.steps=1", "m2.train.steps=1"})
	if err != nil {
		t.Fatal(err)
	}
	k, set, err := loadCorpus(c, sortedPart{}, fitter{})
	if err != nil {
		t.Fatal(err)
	}
	for i, value := range set.Images {
		if k.place(i) != int32(value) {
			t.Errorf("example %d stands at %d, found %d", i, value, k.place(i))
		}
	}
	ds, err := newDataset(c, k, set)
	if err != nil {
		t.Fatal(err)
	}
	held := ds.labelsOf(ds.split.Validation)
	slices.Sort(held)
	if !slices.Equal(held, []int32{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}) || len(ds.notes) > 0 {
		t.Errorf("validation examples of classes %v, notes %q", held, ds.notes)
	}
	m := &trained.Model{Config: c, Data: k.digest}
	if line := CompareData(m, sortedPart{}); line != "" {
		t.Errorf("the same data: %s", line)
	}
	if line := CompareData(m, sortedPart{changed: true}); line == "" {
		t.Error("other data: no line")
	}
}

func TestAnM1OfOtherDataIsNoted(t *testing.T) {
	c := configs.Default()
	c.M1.From, c.Data.Name = "run", "mnist"
	ds := &dataset{corpus: &corpus{digest: "here", raw: 4, input: transform.OfPixels(4)}}
	m := &member{config: c, ds: ds, trained: &trained.Model{}}
	for _, said := range [][2]string{{"mnist", ""}, {"mnist", "here"}, {"glyphs", "there"}, {"mnist", "there"}} {
		if err := m.takeM1(said[0], &safetensors.File{Metadata: map[string]string{format.Digest: said[1]}}); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		`m1.from = "run": this M1 was trained on glyphs; it is used on mnist`,
		`m1.from = "run": this M1 was trained on data with sha256 there…, found here… here: ` +
			"if it has seen validation or test examples, errors tell less than they seem to",
	}
	if !slices.Equal(m.notes, want) {
		t.Errorf("want %q, found %q", want, m.notes)
	}
}
