package configs

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Grid is a set of configurations: a base, and for some of its keys several values, each combined with each.
type Grid struct {
	// Axes are the keys with several values, in the order in which a configuration states them, the seed last.
	// None: one member, the base.
	Axes []Axis
	// Members are the combinations. The last axis changes fastest.
	Members []Member
}

// Axis is one key of a grid.
type Axis struct {
	// Key is dotted: "data.labels".
	Key string
	// Values have the type of the key's field in Config.
	Values []any
}

// Member is one configuration of a grid.
type Member struct {
	// Name tells the members of a grid apart and is safe as a folder's name: "labels100-seed0". Empty where
	// there is no grid.
	Name string
	// Values are the member's, one for each axis.
	Values []any
	// Config has been checked, and is what it would be without a grid.
	Config *Config
}

// String tells how many runs there are and what they differ in: "4 runs: m2.alpha of 1, 0.5 with seed of 0, 1".
func (g *Grid) String() string {
	axes := make([]string, len(g.Axes))
	for i, a := range g.Axes {
		axes[i] = a.Key + " of " + a.list(written)
	}
	runs := fmt.Sprintf("%d runs", len(g.Members))
	if len(g.Members) == 1 {
		runs = "1 run"
	}
	return strings.TrimSuffix(runs+": "+strings.Join(axes, " with "), ": ")
}

// list writes an axis's values one after the other.
func (a *Axis) list(write func(value reflect.Value) string) string {
	words := make([]string, len(a.Values))
	for i, v := range a.Values {
		words[i] = write(reflect.ValueOf(v))
	}
	return strings.Join(words, ", ")
}

// maxMembers keeps a misprint from asking for more runs than anybody wants.
const maxMembers = 1024

// LoadGrid is Load of a file that may have a grid: a table [grid] of keys with lists of values, such as
// "data.labels" = [100, 600], or seeds = [0, 1, 2] at the top, which is short for grid.seed. An override of a
// key takes the place of the file's list for it. Where a key has a value and a list, the list counts.
func LoadGrid(path string, sets []string) (*Grid, *Origins, error) {
	name, text, err := open(path)
	if err != nil {
		return nil, nil, err
	}
	return ParseGrid(name, text, sets)
}

// ParseGrid is LoadGrid of a text that has been read already; messages and origins call it by the name.
func ParseGrid(name string, text []byte, sets []string) (*Grid, *Origins, error) {
	return read(name, text, sets).grid()
}

// axis is a list of values as it was read.
type axis struct {
	Axis
	at    int      // the key's place among the fields
	name  string   // what the list was called: grid.seed or seeds
	words []string // the values in the members' names
	from  origin
}

const (
	gridTable  = "grid"
	gridPrefix = gridTable + "."
	seedKey    = "seed"
	seedsKey   = "seeds"
)

// isGrid tells whether a key is one that makes a grid.
func isGrid(key string) bool {
	return key == seedsKey || key == gridTable || strings.HasPrefix(key, gridPrefix)
}

// assignAxis takes up a list of values for a key.
func (l *loader) assignAxis(a assignment) {
	key := seedKey
	if a.key != seedsKey {
		// Inside the table a dotted key may be written as a name in quotes, or as tables.
		key = strings.ReplaceAll(strings.TrimPrefix(a.key, gridPrefix), `"`, "")
	}
	at := slices.IndexFunc(l.fields, func(f field) bool { return f.key == key })
	switch {
	case a.key == gridTable:
		l.fail(a.from, "grid: wanted a table of keys with lists of values, found %s", describe(a.value))
		return
	case at < 0:
		near := suggest(key, l.keys())
		if key == seedsKey {
			near = "; seeds = [...] stands before all tables"
		}
		l.fail(a.from, "unknown key %s%s", gridPrefix+key, near)
		return
	}
	read := axis{Axis: Axis{Key: key}, at: at, name: gridPrefix + key, from: a.from}
	if a.key == seedsKey {
		read.name = seedsKey
	}
	if wrong := read.fill(l.fields[at], a.value); wrong != "" {
		l.fail(a.from, "%s%s", read.name, wrong)
		return
	}
	for i, other := range l.axes {
		if other.Key == key && other.from.set == 0 && a.from.set == 0 {
			l.fail(a.from, "%s: wanted one list for %s, found another (%s)", read.name, key, other.from)
			return
		} else if other.Key == key {
			l.axes = slices.Delete(l.axes, i, i+1)
			break
		}
	}
	l.axes = append(l.axes, read)
}

// dropAxis forgets the list of a key that an override gives one value.
func (l *loader) dropAxis(key string) {
	l.axes = slices.DeleteFunc(l.axes, func(a axis) bool { return a.Key == key })
}

// fill reads the values of an axis, or says what is wrong with them.
func (a *axis) fill(f field, decoded any) (wrong string) {
	list, ok := decoded.([]any)
	if !ok {
		return fmt.Sprintf(": wanted a list with %s for each run, found %s", f.wanted(), describe(decoded))
	}
	if len(list) == 0 {
		return " = []: wanted one value or more"
	}
	for _, element := range list {
		// A field of its own, so that the base keeps its value.
		scratch := f.alone()
		if wrong := scratch.assign(element); wrong != "" {
			return fmt.Sprintf(": wanted %s for each run, found %s", f.wanted(), describe(element))
		}
		if wrong := scratch.check(); wrong != "" {
			return " = " + written(scratch.value) + ": " + wrong
		}
		word := folderWord(scratch.value)
		if slices.ContainsFunc(a.words, func(other string) bool { return strings.EqualFold(word, other) }) {
			return fmt.Sprintf(": wanted each value once, found %s again, or one whose folder would have the same name", written(scratch.value))
		}
		a.words = append(a.words, word)
		a.Values = append(a.Values, scratch.value.Interface())
	}
	return ""
}

// grid makes the members, or says everything that is wrong.
func (l *loader) grid() (*Grid, *Origins, error) {
	l.sortAxes()
	g := &Grid{}
	count := 1
	for _, a := range l.axes {
		g.Axes = append(g.Axes, a.Axis)
		l.fields[a.at].set(a.Values[0])
		l.origins.byKey[a.Key] = a.from
		if count *= len(a.Values); count > maxMembers {
			l.fail(a.from, "grid: wanted at most %d runs, found more", maxMembers)
			break
		}
	}
	l.problems = append(l.problems, checkFields(l.fields, l.origins)...)
	// What concerns several keys is only worth saying once each of them is right.
	if len(l.problems) == 0 {
		for i := range count {
			g.Members = append(g.Members, l.member(i))
		}
		l.origins.Idle = l.idleKeys(g.Members)
		l.problems = l.checkMembers(g)
	}
	if err := failure(l.problems); err != nil {
		return nil, nil, err
	}
	return g, l.origins, nil
}

// sortAxes gives the axes the same order in whatever order a person wrote them, so that names are stable.
func (l *loader) sortAxes() {
	place := func(a axis) int {
		if a.Key == seedKey {
			return len(l.fields)
		}
		return a.at
	}
	slices.SortFunc(l.axes, func(a, b axis) int { return cmp.Compare(place(a), place(b)) })
}

// member makes one combination of the axes' values.
func (l *loader) member(number int) Member {
	c := *l.config
	fields := fieldsOf(&c)
	m := Member{Config: &c, Values: make([]any, len(l.axes))}
	names := make([]string, len(l.axes))
	for i, a := range slices.Backward(l.axes) {
		value := number % len(a.Values)
		number /= len(a.Values)
		fields[a.at].set(a.Values[value])
		m.Values[i] = a.Values[value]
		names[i] = l.folderName(a) + a.words[value]
	}
	m.Name = strings.Join(names, "-")
	return m
}

// checkMembers finds what is impossible together. What is wrong with every member is told as if there were
// no grid, and the rest with the first member that has it and how many more do.
func (l *loader) checkMembers(g *Grid) []problem {
	var order []problem
	members := map[problem][]string{}
	same := map[string]string{}
	for _, m := range g.Members {
		problems := checkWhole(m.Config, l.origins)
		if text := string(m.Config.TOML()); same[text] != "" {
			problems = append(problems, problem{l.axes[0].from, "grid: wanted different runs, found " + same[text] + " and " + m.Name + " to be the same one"})
		} else {
			same[text] = m.Name
		}
		for _, p := range problems {
			if members[p] == nil {
				order = append(order, p)
			}
			members[p] = append(members[p], m.Name)
		}
	}
	for i, p := range order {
		switch of := members[p]; {
		case len(of) == len(g.Members):
		case len(of) == 1:
			order[i].text += " (run " + of[0] + ")"
		default:
			order[i].text += fmt.Sprintf(" (run %s and %d more)", of[0], len(of)-1)
		}
	}
	return order
}

// one is the only member, or an error that tells how to choose one.
func (l *loader) one() (*Config, *Origins, error) {
	if len(l.axes) == 0 {
		g, origins, err := l.grid()
		if err != nil {
			return nil, nil, err
		}
		return g.Members[0].Config, origins, nil
	}
	l.sortAxes()
	chosen := make([]string, len(l.axes))
	count := 1
	for i, a := range l.axes {
		chosen[i] = fmt.Sprintf("--set %s=%v", a.Key, a.Values[0])
		count *= len(a.Values)
	}
	return nil, nil, failure([]problem{{l.axes[0].from, fmt.Sprintf(
		"wanted one configuration, found a grid of %d; choose one, as with %s", count, strings.Join(chosen, " "))}})
}

// folderName is what stands before an axis's values in the members' names: the last name of its key, with
// the first one where two axes share the last. Words speak for themselves.
func (l *loader) folderName(a axis) string {
	if l.fields[a.at].choices != nil {
		return ""
	}
	shared := 0
	for _, other := range l.axes {
		if lastName(other.Key) == lastName(a.Key) {
			shared++
		}
	}
	if shared > 1 {
		first, _, _ := strings.Cut(a.Key, ".")
		return first + "." + lastName(a.Key)
	}
	return lastName(a.Key)
}

// folderWord is a value as a part of a folder's name on any system.
func folderWord(value reflect.Value) string {
	if value.Kind() == reflect.Slice {
		words := make([]string, value.Len())
		for i := range words {
			words[i] = folderWord(value.Index(i))
		}
		return cmp.Or(strings.Join(words, "x"), "none")
	}
	text := written(value)
	if value.Kind() == reflect.String {
		text = value.String()
	}
	return strings.TrimRight(strings.Map(func(r rune) rune {
		if notBare(r) && r != '.' && r != '+' {
			return '_'
		}
		return r
	}, text), ".")
}
