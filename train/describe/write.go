package describe

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"ssdgm/train/data"
	"ssdgm/train/report"
)

// columnsTold and classesTold are how many columns and classes are written for a person.
const columnsTold, classesTold = 40, 20

// Write writes for a person what there is, and a configuration to start from.
func (d *Description) Write(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s, %s examples of %s\n", d.Path, d.Format, report.Thousands(d.Rows), d.shape())
	if d.named() {
		fmt.Fprintln(w)
		if err := d.writeColumns(w); err != nil {
			return err
		}
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(title, format string, args ...any) {
		fmt.Fprintf(table, "  %s\t%s\n", title, fmt.Sprintf(format, args...))
	}
	switch {
	case d.LabelsPath != "":
		line("label", "%s: %s", d.LabelsPath, d.LabelWhy)
	case d.Label != "":
		line("label", "column %s: %s", data.Shown(d.Label), d.LabelWhy)
	case d.Name == imagesName:
		line("label", "%s", d.LabelWhy)
	default:
		line("label", "none: %s", d.LabelWhy)
	}
	for _, class := range d.Classes[:min(classesTold, len(d.Classes))] {
		line("  "+data.Shown(class.Name), "%s", report.Thousands(class.N))
	}
	if more := len(d.Classes) - classesTold; more > 0 {
		line("  and more", "%d classes", more)
	}
	switch {
	case d.UnlabelledMarks != "":
		line("  without one", "%s (%s are none)", report.Thousands(d.Unlabelled), d.UnlabelledMarks)
	case d.Unlabelled > 0 && len(d.Classes) > 0:
		line("  without one", "%s", report.Thousands(d.Unlabelled))
	}
	for _, part := range []struct {
		title string
		n     int
	}{{"for validation", d.ValidationPart}, {"for the test", d.TestPart}} {
		if part.n > 0 {
			line(part.title, "%s images of their own", report.Thousands(part.n))
		}
	}
	if missing := d.missing(); missing > 0 {
		line("missing values", "%s of %s", report.Thousands(missing), report.Thousands(d.Rows*d.Values()))
	}
	if d.Least != nil {
		line("values", "from %.5g to %.5g", *d.Least, *d.Most)
	}
	line("data.scale", "%q comes to %q", "auto", d.Scale)
	line("m1.output", "%q comes to %q", "auto", d.Output)
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s", d.TOML())
	return err
}

// shape says what an example is.
func (d *Description) shape() string {
	if d.Name == imagesName {
		return fmt.Sprintf("%d×%d×%d pixels (height × width × channels)", d.Height, d.Width, d.Channels)
	}
	if d.Height > 1 || d.Channels > 1 {
		return fmt.Sprintf("%d×%d×%d values", d.Height, d.Width, d.Channels)
	}
	return report.Thousands(d.Values()) + " values"
}

// named tells whether the columns have names.
func (d *Description) named() bool {
	for _, c := range d.Columns {
		if c.head.Name != "" && !c.head.Label {
			return true
		}
	}
	return false
}

// missing is how many of the values that are used are missing.
func (d *Description) missing() (n int) {
	for _, c := range d.Columns {
		switch c.Use {
		case valueUse:
			n += c.Missing
		case oneHotUse:
			n += c.Missing * c.Different
		}
	}
	return n
}

// writeColumns writes a line for each column.
func (d *Description) writeColumns(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  column\tholds\tmissing\tleast\tmean\tmost\tuse")
	for _, c := range d.Columns[:min(columnsTold, len(d.Columns))] {
		number := func(v *float64) string {
			if v == nil {
				return ""
			}
			return fmt.Sprintf("%.5g", *v)
		}
		use := c.Use
		if c.Why != "" && c.Use != labelUse {
			use += ": " + c.Why
		}
		if words := c.common(); words != "" {
			use += " (" + words + ")"
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", data.Shown(c.Name), c.Kind, report.Thousands(c.Missing),
			number(c.Least), number(c.Mean), number(c.Most), use)
	}
	if more := len(d.Columns) - columnsTold; more > 0 {
		fmt.Fprintf(table, "  and %s more, which --json lists\n", report.Thousands(more))
	}
	return table.Flush()
}

// common lists the most frequent words of a column that is no label.
func (c *Column) common() string {
	if c.Use == labelUse || c.words == 0 {
		return ""
	}
	var words []string
	for _, word := range c.Common {
		words = append(words, fmt.Sprintf("%s %d", data.Shown(word.Name), word.N))
	}
	if more := c.Different - len(c.Common); more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}
