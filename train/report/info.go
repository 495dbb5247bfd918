package report

import (
	"fmt"
	"io"
	"strings"

	"ssdgm/model/trained"
	"ssdgm/train/data"
)

// WriteInfo writes for a person what a part of a data set is.
func WriteInfo(w io.Writer, part string, i data.Info) {
	if i.MeanValue != nil {
		fmt.Fprintf(w, "%s, %s: %s examples of %d real values, mean %.4g\n",
			i.Name, part, Thousands(i.N), i.Height*i.Width*i.Channels, *i.MeanValue)
	} else {
		fmt.Fprintf(w, "%s, %s: %s images of %d×%d×%d, mean pixel %.1f of 255\n",
			i.Name, part, Thousands(i.N), i.Height, i.Width, i.Channels, *i.MeanPixel)
	}
	classes := 0
	for _, n := range i.ClassCounts {
		classes += min(n, 1)
	}
	of := ""
	if classes < len(i.ClassCounts) {
		of = fmt.Sprintf("%d of ", classes)
	}
	fmt.Fprintf(w, "  labelled                %s, of %s%d classes\n", Thousands(i.N-i.Unlabelled), of, len(i.ClassCounts))
	if i.Unlabelled > 0 {
		fmt.Fprintf(w, "  without a label         %s\n", Thousands(i.Unlabelled))
	}
	fmt.Fprintf(w, "  examples of each class  %s\n", counted(i))
	if i.Missing > 0 {
		fmt.Fprintf(w, "  missing values          %s\n", missing(i))
	}
	fmt.Fprintf(w, "  sha256                  %s\n", i.Digest)
}

// missing is how many values are missing, and in which columns most.
func missing(i data.Info) string {
	var most []string
	for _, column := range i.MissingMost {
		most = append(most, fmt.Sprintf("%s: %s", data.Shown(column.Column), Thousands(column.N)))
	}
	return fmt.Sprintf("%s, most of them in %s", Thousands(i.Missing), strings.Join(most, ", "))
}

// counted is how many examples each class has, by name where it has one.
func counted(i data.Info) string {
	if i.ClassNames == nil {
		return fmt.Sprint(i.ClassCounts)
	}
	each := make([]string, len(i.ClassNames))
	for class, name := range i.ClassNames {
		each[class] = fmt.Sprintf("%s: %s", data.Shown(name), Thousands(i.ClassCounts[class]))
	}
	return strings.Join(each, ", ")
}

// Told is what a model's file did not say itself, in a line; empty where it said everything.
func Told(path string, m *trained.Model) string {
	if m.Told != trained.ByShapes {
		return ""
	}
	others := ""
	switch {
	case m.Unused == 1:
		others = "; its one other tensor is passed over"
	case m.Unused > 1:
		others = fmt.Sprintf("; its %d other tensors are passed over", m.Unused)
	}
	takes := "pixels from 0 to 1"
	if m.Real() {
		takes = "real values"
	}
	return fmt.Sprintf("%s does not say what it holds: by %s it is taken for %s, on %s%s; --set tells what is not so",
		path, m.Told, networks(m), takes, others)
}

// networks says which ones a model has.
func networks(m *trained.Model) string {
	var all []string
	if n := m.M1; n != nil {
		all = append(all, fmt.Sprintf("an M1 of %d inputs, hidden layers %v of %v, and %d latents",
			n.Inputs, n.Hidden, n.Activation, n.Latents))
	}
	if n := m.M2; n != nil {
		all = append(all, fmt.Sprintf("an M2 of %d inputs, %d classes, hidden layers %v of %v, and %d latents",
			n.Inputs, n.Labels, n.Hidden, n.Activation, n.Latents))
	}
	if n := m.Supervised; n != nil {
		all = append(all, fmt.Sprintf("a supervised network of %d inputs, %d classes and hidden layers %v of %v",
			n.Inputs, n.Labels, n.Hidden, n.Activation))
	}
	return strings.Join(all, " with ")
}
