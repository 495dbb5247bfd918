package configs

import (
	"maps"
	"slices"
	"strconv"
)

// Data says which examples are used, and how many of them keep their label.
type Data struct {
	// Name of the data set: it is drawn by the program, fetched, or in files that you put into Dir;
	// the help of data info says which. Your own are a table or a folder of images.
	//
	// The choices are registered: this package knows of no data set.
	Name string `toml:"name"`
	// Dir is the folder that holds NAME/, or the files of arrays. Empty: $SSDGM_DATA, then ./data. The paths of a table
	// and of images are in it; empty: in the working directory.
	Dir string `toml:"dir" decides:"nothing" used:"files"`
	Files
	// LabelColumn is the column of the label in a table of your own: its heading, first, last, or its number
	// from 1 where there is no heading; in an archive of arrays, the array with the labels; none: there is no label.
	// Empty: the one headed label, class, target or y; of arrays, else the only one of words, else the first.
	LabelColumn string `toml:"label_column" used:"own-files"`
	Cells
	Picture
	Inputs
	// Labels is N_l, the number of labelled examples, with equal counts per class, or "all": every label that is
	// there. Where it is not given, it is "all" of a table and of images. The paper: 100, 600, 1000, 3000.
	Labels Labels `toml:"labels" rule:"≥ 0" used:"labels,labels-alone"`
	// LabelCounts is the number of labelled examples of each class where they are unequal: a list, or a table by the
	// classes' names. Labels is their sum then.
	LabelCounts []int `toml:"label_counts" rule:"≥ 0" used:"labels"`
	// LabelClasses names the classes that LabelCounts are of; the others have none. Empty: all classes, in their order.
	LabelClasses []string `toml:"label_classes" used:"labels"`
	// Train uses only the first that many of the examples that validation leaves; of your own that many of
	// each class's share. 0: all.
	Train int `toml:"train" rule:"≥ 0 and ≤ 1048576"`
	// Validation is how many examples at the end of the training file are kept for validation; of your own,
	// whose order says nothing, they are drawn, each class's share. The paper's MNIST: 10,000 of 60,000.
	Validation int `toml:"validation" rule:"≥ 0 and ≤ 1048576"`
	// ValidationFraction is the fraction of the labelled training examples that is kept for validation: drawn by the
	// seed, each class's share. Validation is their number then.
	ValidationFraction float64 `toml:"validation_fraction" rule:"≥ 0 and < 1" used:"paths"`
	// Test uses only the first that many test examples; of your own that many of each class's share. 0: all.
	Test int `toml:"test" rule:"≥ 0 and ≤ 1048576"`
	// TestFraction is the fraction of the labelled examples that is kept apart as the test part where there is no file
	// of it: drawn by the seed, each class's share; of unlabelled data, of all examples. 0: none.
	TestFraction float64 `toml:"test_fraction" rule:"≥ 0 and < 1" used:"paths"`
	// Binarise makes pixels 0 or 1 by their grey value's probability: none (real-valued pixels), fixed (drawn
	// once), resample (drawn anew at every visit, as in the published code).
	Binarise string `toml:"binarise" choices:"none|fixed|resample"`
	// Storage says where the examples of a table are kept while it is trained on: memory, disk (a file that is removed
	// at the end), or auto: on disk where they would take more than a third of the memory that there is.
	Storage string `toml:"storage" choices:"auto|memory|disk" decides:"nothing" used:"table"`
}

// Files are the files of a data set of your own.
type Files struct {
	// Path is the file or the folder of a table or of images.
	Path string `toml:"path" decides:"nothing" used:"paths"`
	// LabelsPath is the file of the labels where they are not in that of the examples: one for each example, in
	// their order; of images, a table with the columns file and label.
	LabelsPath string `toml:"labels_path" decides:"nothing" used:"paths"`
	// UnlabelledPath is a file with more examples, whose labels are not used if there are any.
	UnlabelledPath string `toml:"unlabelled_path" decides:"nothing" used:"paths"`
	// ValidationPath is the file of the validation examples, all of which are kept for it.
	ValidationPath string `toml:"validation_path" decides:"nothing" used:"paths"`
	// ValidationLabelsPath is the file of their labels, see LabelsPath.
	ValidationLabelsPath string `toml:"validation_labels_path" decides:"nothing" used:"paths"`
	// TestPath is the file of the test examples.
	TestPath string `toml:"test_path" decides:"nothing" used:"paths"`
	// TestLabelsPath is the file of their labels, see LabelsPath.
	TestLabelsPath string `toml:"test_labels_path" decides:"nothing" used:"paths"`
	// Variable is the array of the examples in an archive of several (npz, MAT): of x_train, that of a test part is
	// x_test. Empty: X, x, data, images or features, else the only one that can be.
	Variable string `toml:"variable" used:"paths"`
}

// Cells say how a table of your own is read.
type Cells struct {
	// Columns are those that are used, by their headings or numbers from 1. Empty: all but the label's.
	Columns []string `toml:"columns" used:"table"`
	// DropColumns are columns that are not used, as an identifier is none.
	DropColumns []string `toml:"drop_columns" used:"table"`
	// OneHot are columns of words, or of numbers that only name something: each becomes one column of 0 and 1 for each
	// word that stands in it.
	OneHot []string `toml:"one_hot" used:"table"`
	// MissingLabels are the marks of an example without a label, whatever their letters' case. Empty: nothing, NA, n/a,
	// nan, <NA>, null, none, ? and -1.
	MissingLabels []string `toml:"missing_labels" used:"paths"`
	// Heading says whether the first line of a table of text names its columns: yes, no, or auto: it is found out.
	Heading string `toml:"heading" choices:"auto|yes|no" used:"table"`
	// Delimiter stands between the columns of a table of text. Empty: it is found out.
	Delimiter string `toml:"delimiter" used:"table"`
	// Decimal is what stands before a fraction in a table of text: point, comma, or auto: a comma may where it does not
	// stand between columns.
	Decimal string `toml:"decimal" choices:"auto|point|comma" used:"table"`
}

// Picture says how image files of your own are read.
type Picture struct {
	// Size is the height and the width to which images are brought. Empty: all must have one size.
	Size []int `toml:"size" rule:"≥ 1 and ≤ 4096" used:"images"`
	// Channels of an image: grey, colour, or auto: grey where all are.
	Channels string `toml:"channels" choices:"auto|grey|colour" used:"images"`
	// Resize says how an image of other proportions comes to Size: crop (its middle), pad (with black) or stretch.
	Resize string `toml:"resize" choices:"crop|pad|stretch" used:"images"`
}

// Inputs say what becomes of an example's values before a model sees them. What is fitted, is fitted on training
// examples, kept with the model and applied to all that it is given later.
type Inputs struct {
	// Scale of the values (those of images are divided by 255 before): pixels (divided by 255), none, standard (mean 0, standard deviation 1), robust (median 0,
	// interquartile range of a normal distribution), log1p (standard of ln(1 + x)), minmax (0 to 1), or auto: pixels of
	// images, none of values from 0 to 1, standard of others.
	Scale string `toml:"scale" choices:"auto|pixels|none|standard|robust|log1p|minmax"`
	// PCA is the number of principal components that take the place of the values. 0: none do. The paper's SVHN: 600.
	PCA int `toml:"pca" rule:"≥ 0 and ≤ 65536"`
	// Whiten gives the components the variance 1.
	Whiten bool `toml:"whiten" used:"pca"`
	// Missing says what becomes of missing values: error, mean (the training examples' takes their place) or mask
	// (left out of input and likelihood).
	Missing string `toml:"missing" choices:"error|mean|mask" used:"table"`
}

// Labels is a number of labelled examples.
type Labels int

// AllLabels stands for every label that is there.
const AllLabels Labels = -1

const allLabels = "all"

// String gives the number, or "all".
func (n Labels) String() string {
	if n == AllLabels {
		return allLabels
	}
	return strconv.Itoa(int(n))
}

// The keys of how many examples of each class are labelled.
const (
	countsKey  = "data.label_counts"
	classesKey = "data.label_classes"
)

// assignCounts takes up label counts that are given as a table by the classes' names.
func (l *loader) assignCounts(a assignment, table map[string]any) {
	var names, counts []any
	for _, name := range slices.Sorted(maps.Keys(table)) {
		names, counts = append(names, name), append(counts, table[name])
	}
	l.assign(assignment{classesKey, names, a.from})
	l.assign(assignment{countsKey, counts, a.from})
}
