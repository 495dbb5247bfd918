// Package sanity looks for what is plausible in a data set and surely a mistake: a column that is another's copy, that
// numbers the rows, or that has the label in it, images that are all but black, labels that are no classes, test examples
// that stand in the training part. It says each in one line, and changes nothing.
package sanity

import (
	"fmt"
	"strings"
)

// Dim is a line on pixels whose largest is far below 255; empty where it is not. Those that were made of fractions or
// truth values are scaled.
func Dim(path string, most uint8, scaled bool) string {
	switch {
	case most > dimMost:
		return ""
	case most == 0:
		return fmt.Sprintf("%s: every value is 0: there is nothing to learn from them", path)
	case scaled:
		return fmt.Sprintf("%s: no value is above 1/%d, where 1 is the largest there is: "+
			"if they were divided by 255 twice, divide them once", path, 255/(1+int(most)))
	case most <= 1:
		return fmt.Sprintf("%s: the largest value is %d, where pixels go to 255; "+
			"if 1 is the largest there is, write 255 for it", path, most)
	}
	return fmt.Sprintf("%s: the largest value is %d, where pixels go to 255; if %d is the largest there is, multiply by %.4g",
		path, most, most, 255/float64(most))
}

// dimMost is the largest pixel of images that are surely too dark: an eighth of 255.
const dimMost = 31

// Shared is a line on n of so many test examples that stand in the training part too; empty where none does. all tells
// whether each was looked for: see data.Seen.
func Shared(path string, n, of int, all bool) string {
	if n == 0 {
		return ""
	}
	least := ""
	if !all {
		least = "at least "
	}
	return fmt.Sprintf("%s: %s%d of %d test examples stand in the training part too: "+
		"the test error tells less of new ones", path, least, n, of)
}

// Labels is a line on a column that has nearly as many different labels as there are labelled rows; empty where it has not.
func Labels(path, column string, different, labelled int) string {
	if labelled < labelledLeast || 2*different < labelled {
		return ""
	}
	return fmt.Sprintf("%s: column %s has %d different labels in %d labelled rows: it looks like an id or a real value; "+
		"choose another label column", path, column, different, labelled)
}

// Alike is a line on two names of classes that differ in capitals only; empty where there are none.
func Alike(path string, names []string) string {
	first := map[string]string{}
	for _, name := range names {
		small := strings.ToLower(name)
		if other, found := first[small]; found {
			return fmt.Sprintf("%s: the classes %.40q and %.40q differ in capitals only: if they are one, write them alike",
				path, other, name)
		}
		first[small] = name
	}
	return ""
}

// labelledLeast is how many labelled rows tell something of the labels: of fewer each may well have a class of its own.
const labelledLeast = 100
