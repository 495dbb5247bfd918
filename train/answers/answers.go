// Package answers puts a trained model to work on an input of any size: batches of rows are read, answered and written
// side by side, in the order of the input and in bounded memory. Package input reads, package output writes.
package answers

// Rows are some rows of an input, as a model takes them.
type Rows struct {
	First  int        // the first one's place in the input, from 0
	N      int        // how many
	X      []float32  // [N, d]: raw values as the model takes them, pixels from 0 to 1; NaN where one is missing
	Labels []string   // [N]: names of known classes; empty where one has none. nil: the input has no labels
	Kept   [][]string // of each column that is to be kept, its texts, [N]
}
