package table

import (
	"slices"
	"testing"

	"ssdgm/train/data"
)

// TestTheTestPartOfAnArchiveIsItsOwn holds that x_test and y_test are read beside x_train and y_train.
func TestTheTestPartOfAnArchiveIsItsOwn(t *testing.T) {
	for _, label := range []string{"", "y_train"} {
		_, test := parts(t, "../frame/testdata", data.OwnOptions{
			Path: "parts.npz", TestPath: "parts.npz", Variable: "x_train", LabelColumn: label, Classifies: true,
		})
		if set := load(t, test); set.N != 2 || !slices.Equal(set.Labels, []uint8{0, 2}) {
			t.Errorf("label column %q: found %d test examples, labels %d", label, set.N, set.Labels)
		}
	}
}

// TestAnArchivesLabelsAreNoValues holds that labels beside the examples of an archive are found, whatever they are called,
// and that those of a file of their own come first, also where they stand in a row.
func TestAnArchivesLabelsAreNoValues(t *testing.T) {
	const dir = "../frame/testdata" // as NumPy has written them
	for _, o := range []data.OwnOptions{
		{Path: "both.npz", TestPath: "both-compressed.npz", Classifies: true},
		{Path: "unnamed.npz", Classifies: true},
		{Path: "parts.npz", Variable: "x_train", Classifies: true},
		{Path: "parts.npz", Variable: "x_train", LabelColumn: "y_train", Classifies: true},
		{Path: "fortran-stored.npz", LabelsPath: "labels-row.npy", Classifies: true},
		{Path: "both.npz", LabelsPath: "labels-row.npy", Classifies: true},
		{Path: "both.npz", LabelColumn: "none"},
	} {
		train, test := parts(t, dir, o)
		sets := []*data.Set{load(t, train)}
		if test != nil {
			sets = append(sets, load(t, test))
		}
		want, classes := []uint8{1, 0, 2, 1}, 3
		if !o.Classifies {
			want, classes = slices.Repeat([]uint8{data.Unlabelled}, 4), 0
		}
		for _, set := range sets {
			if set.N != 4 || set.D() != 3 || set.Classes != classes || set.Columns != nil || !slices.Equal(set.Labels, want) {
				t.Errorf("%+v: %d examples of %d values, %d classes, columns %q, labels %d",
					o, set.N, set.D(), set.Classes, set.Columns, set.Labels)
			}
		}
	}
}
