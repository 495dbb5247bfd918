package data

import (
	"fmt"
	"strings"
)

// Help says, for a person, which data sets there are and what lies in the folder of each.
func Help() string {
	var text strings.Builder
	fmt.Fprintf(&text, "Describes a data set. %s built in; %s fetched by 'ssdgm data get'. What lies in the folder:\n",
		are(Drawn), are(Fetched))
	told := ""
	for _, source := range Of(Fetched, Placed, Own) {
		for _, line := range source.Help {
			place := Folder(source.Name, "") + "/"
			if place == told {
				place = ""
			}
			fmt.Fprintf(&text, "\n  %-15s %s", place, line)
			told = Folder(source.Name, "") + "/"
		}
	}
	return text.String()
}

// are begins a sentence on the data sets of a kind.
func are(kind Kind) string {
	names := NamesOf(kind)
	if len(names) == 1 {
		return names[0] + " is"
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last] + " are"
}
