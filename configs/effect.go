package configs

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A use is when a key or a table has an effect on what is run, and why it has none otherwise. Fields name the uses that
// they need in their `used` tags; one of the form .name=word|word asks for the value of another key of the same table.
type use struct {
	holds   func(c *Config) bool
	without string
}

var uses = map[string]use{
	"m1":         {(*Config).HasM1, "the model has no M1"},
	"m1-trained": {(*Config).TrainsM1, "no M1 is trained"},
	"m1-moved":   {func(c *Config) bool { return c.TrainsM1() || c.TrainsStack() }, "M1 is not trained, alone or with M2"},
	"m1-below":   {func(c *Config) bool { return c.HasM1() && c.Model != "m1" }, "nothing works on M1's latents"},
	"m2":         {(*Config).HasM2, "the model has no M2"},
	"joint": {
		(*Config).TrainsStack, `M1 and M2 are not trained as one, which wants model = "m1m2" and joint.epochs or joint.steps`,
	},
	"supervised": {(*Config).HasSupervised, "no supervised network is trained"},
	"yardstick":  {func(c *Config) bool { return !c.OnlySupervised() }, "the model is the supervised network itself"},
	"knn":        {func(c *Config) bool { return c.Baseline() == "knn" }, "the model has no nearest neighbours"},
	"tsvm":       {func(c *Config) bool { return c.Baseline() == "tsvm" }, "the model has no TSVM"},
	"cnn":        {func(c *Config) bool { return c.Baseline() == "cnn" }, "the model is no convolutional network"},
	"labels": { // That there are none is true where none are used.
		func(c *Config) bool { return c.Classifies() || c.HasSupervised() || c.Data.Labels == 0 }, "nothing is learnt from labels",
	},
	"labels-alone": {
		func(c *Config) bool {
			return len(c.Data.LabelCounts) == 0 || sum(c.Data.LabelCounts) == int64(c.Data.Labels)
		},
		"data.label_counts says how many there are",
	},
	"steps":      {(*Config).descends, "nothing is trained along a gradient"},
	"bound":      {func(c *Config) bool { return c.HasM2() || c.Model == "m1" }, "the model has no bound"},
	"generates":  {func(c *Config) bool { return c.HasM2() || c.HasM1() }, "the model draws no pictures"},
	"z-in-plane": {func(c *Config) bool { return c.HasM2() && c.M2.Latents == 2 }, "z has not two dimensions"},
	"files":      {registered, "the data set is drawn by the program"},
	"own-files":  {registered, "the data set is none of your own"},
	"paths":      {unregistered, "the data set is neither a table nor images of your own"},
	"table":      {unregistered, "the data set is no table of your own"},
	"images":     {unregistered, "the data set is no images of your own"},
	"pca":        {func(c *Config) bool { return c.Data.PCA > 0 }, "data.pca is 0"},
}

// registered stands for what RegisterUse says; without it, a key is used.
func registered(*Config) bool { return true }

// unregistered is registered of a use that few data sets have: without it, a key is not used.
func unregistered(*Config) bool { return false }

// RegisterUse says of which data sets a use is one that this package cannot know. The package that can calls it while
// the program starts.
func RegisterUse(name string, holds func(set string) bool) {
	u, known := uses[name]
	if !known {
		panic("configs: no use " + name)
	}
	u.holds = func(c *Config) bool { return holds(c.Data.Name) }
	uses[name] = u
}

// descends tells whether a phase takes steps along a gradient.
func (c *Config) descends() bool {
	return slices.ContainsFunc(c.own(), func(p phase) bool { return p.training != nil })
}

func sum(counts []int) (total int64) {
	for _, count := range counts {
		total += int64(count)
	}
	return total
}

// usedTag are the uses that a tag names, those of a key's own table by the dotted key.
func usedTag(tag, table string) []string {
	var all []string
	for word := range strings.SplitSeq(tag, ",") {
		if name, same := strings.CutPrefix(word, "."); same {
			key, values, _ := strings.Cut(name, "=")
			word = joinKey(table, key) + "=" + values
		}
		if word != "" {
			all = append(all, word)
		}
	}
	return all
}

// idle says why a key has no effect in a configuration with these fields; empty where it has one.
func (f field) idle(c *Config, fields []field) string {
	for _, word := range f.used {
		if u, known := uses[word]; known {
			if !u.holds(c) {
				return u.without
			}
		} else if !hasValue(fields, word) {
			key, _, _ := strings.Cut(word, "=")
			at := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
			return key + " = " + format(fields[at].value)
		}
	}
	return ""
}

// idleKeys tells in a line of each kind which keys have been given a value and have no effect on any run of a grid. What a
// file says for other models than the one that an override has chosen is no mistake.
func (l *loader) idleKeys(members []Member) []string {
	type kind struct{ file, why string }
	var kinds []kind
	keys, place := map[kind][]string{}, map[kind]origin{}
	defaults := fieldsOf(Default())
	var written []field
	if l.written != nil {
		written = fieldsOf(l.written)
	}
	fields := make([][]field, len(members))
	for i, m := range members {
		fields[i] = fieldsOf(m.Config)
	}
	for at, f := range l.fields {
		from, given := l.origins.byKey[f.key]
		if !given || !l.givenValue(f, defaults[at], at) {
			continue
		}
		why := ""
		for i, m := range members {
			if why = fields[i][at].idle(m.Config, fields[i]); why == "" {
				break
			}
		}
		if why != "" && from.set == 0 && written != nil {
			why = written[at].idle(l.written, written)
		}
		if why == "" {
			continue
		}
		k := kind{from.file, why}
		if keys[k] == nil {
			kinds, place[k] = append(kinds, k), from
		}
		keys[k] = append(keys[k], f.key)
	}
	var lines []string
	for _, k := range kinds {
		lines = append(lines, fmt.Sprintf("%s: %s no effect: %s", place[k], some(keys[k]), k.why))
	}
	return lines
}

// givenValue tells whether a key was given another value than that which it has anyway, or several.
func (l *loader) givenValue(f, otherwise field, at int) bool {
	return slices.ContainsFunc(l.axes, func(a axis) bool { return a.at == at }) ||
		!reflect.DeepEqual(f.value.Interface(), otherwise.value.Interface())
}

// some names keys, the first of them if there are many, with the verb that follows.
func some(keys []string) string {
	const most = 3
	switch n := len(keys); {
	case n == 1:
		return keys[0] + " has"
	case n <= most:
		return strings.Join(keys, ", ") + " have"
	default:
		return fmt.Sprintf("%s and %d more have", strings.Join(keys[:most], ", "), n-most)
	}
}

// Only refuses overrides "key=value" of other keys than these, or of other tables: they would have no effect.
func Only(sets []string, counting ...string) error {
	var problems []problem
	for i, set := range sets {
		key, _, _ := strings.Cut(set, "=")
		key = strings.TrimSpace(key)
		table, _, _ := strings.Cut(key, ".")
		if !slices.Contains(counting, key) && !slices.Contains(counting, table) {
			problems = append(problems, problem{origin{set: i + 1}, fmt.Sprintf("%s has no effect here; what has: %s", key, strings.Join(counting, ", "))})
		}
	}
	return failure(problems)
}
