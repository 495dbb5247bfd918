package configs

import "slices"

// The two keys that give a phase's length. A phase wants one of them.
const (
	epochsName = "epochs"
	stepsName  = "steps"
)

// settleLengths lets a length that an override gives take the place of the file's in the other unit. Two of one
// level, both in the file or both overrides, stay for the check to refuse.
func (l *loader) settleLengths() {
	for at, f := range l.fields {
		if f.name != epochsName {
			continue
		}
		other := slices.IndexFunc(l.fields, func(g field) bool { return g.table == f.table && g.name == stepsName })
		epochs, steps := l.lengthFrom(at), l.lengthFrom(other)
		switch {
		case epochs == nil || steps == nil:
		case epochs.set > 0 && steps.set == 0:
			l.giveWay(other, *epochs)
		case steps.set > 0 && epochs.set == 0:
			l.giveWay(at, *steps)
		}
	}
}

// lengthFrom is where a key's length above 0, or a list with one, comes from; nil where it has none.
func (l *loader) lengthFrom(at int) *origin {
	f := l.fields[at]
	from := l.origins.byKey[f.key]
	found := f.value.Int() > 0
	for _, a := range l.axes {
		if a.Key == f.key {
			from, found = a.from, slices.ContainsFunc(a.Values, func(v any) bool { return v.(int) > 0 })
		}
	}
	if !found {
		return nil
	}
	return &from
}

// giveWay takes a key's value and list back for the sake of an override of another key.
func (l *loader) giveWay(at int, to origin) {
	f := l.fields[at]
	f.value.SetInt(0)
	l.origins.byKey[f.key] = to
	l.dropAxis(f.key)
}
