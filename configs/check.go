package configs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"ssdgm/train/message"
)

// holds tells whether a number is what a field's `rule` tag asks for: bounds such as "≥ 0", joined by "and".
func holds(rule string, x float64) bool {
	for bound := range strings.SplitSeq(rule, " and ") {
		sign, text, _ := strings.Cut(bound, " ")
		limit, err := strconv.ParseFloat(text, 64)
		compare, known := comparisons[sign]
		if err != nil || !known {
			panic("configs: unknown rule " + strconv.Quote(rule))
		}
		if !compare(x, limit) {
			return false
		}
	}
	return true
}

var comparisons = map[string]func(x, limit float64) bool{
	"≥": func(x, limit float64) bool { return x >= limit },
	">": func(x, limit float64) bool { return x > limit },
	"≤": func(x, limit float64) bool { return x <= limit },
	"<": func(x, limit float64) bool { return x < limit },
}

// checkFields finds the values that are impossible by themselves.
func checkFields(fields []field, origins *Origins) []problem {
	var problems []problem
	for _, f := range fields {
		if wrong := f.check(); wrong != "" {
			problems = append(problems, problem{origins.place(f.key), f.key + " = " + written(f.value) + ": " + wrong})
		}
	}
	return problems
}

func (f field) check() (wrong string) {
	switch v := f.value.Interface().(type) {
	case string:
		if f.choices != nil && !slices.Contains(f.choices, v) {
			return "must be one of " + strings.Join(f.choices, ", ") + cmp.Or(message.Alike(v, f.choices), suggest(v, f.choices))
		}
		if f.key == "data.dir" || f.key == "m1.from" || strings.HasSuffix(f.key, "path") {
			return message.Unexpanded(v)
		}
	case int:
		return f.checkNumber(float64(v))
	case float64:
		return f.checkNumber(v)
	case []int:
		for _, n := range v {
			if wrong := f.checkNumber(float64(n)); wrong != "" {
				return "each " + wrong
			}
		}
	case []float64:
		for _, x := range v {
			if wrong := f.checkNumber(x); wrong != "" {
				return "each " + wrong
			}
		}
	}
	return ""
}

// checkNumber holds a number against the field's rule as devices will see it, in single precision: a decay
// of 0.999999999 is 1 there, and a rate of 1e-50 is 0.
func (f field) checkNumber(x float64) (wrong string) {
	single := float64(float32(x))
	if math.IsNaN(single) || math.IsInf(single, 0) || single == 0 && x != 0 {
		return "must be a number that single precision can hold"
	}
	if !holds(f.rule, single) {
		wrong = "must be " + f.rule
		if holds(f.rule, x) {
			wrong += " in single precision, where it is " + formatFloat(single)
		}
		return wrong
	}
	return ""
}

// checkWhole finds the values that are impossible together, and sets data.labels where the counts of
// each class are given.
func checkWhole(c *Config, origins *Origins) []problem {
	ck := &checker{origins: origins}
	ck.from(c)
	ck.own(c)
	ck.labels(c)
	ck.classPrior(&c.M2)
	ck.layers("m1.hidden", c.M1.Hidden)
	ck.layers("m2.hidden", c.M2.Hidden)
	for _, p := range c.own() {
		if p.training != nil {
			ck.training(p.table, *p.training(c))
		}
	}
	ck.baseline(c)
	if d := &c.Data; c.Select == "validation" && d.Validation == 0 && d.ValidationFraction == 0 && d.ValidationPath == "" {
		ck.fail("select", `data.validation = 0: must be ≥ 1 where select = "validation"`)
	}
	return ck.problems
}

type checker struct {
	origins  *Origins
	problems []problem
}

// fail notes what is wrong. The key is the one whose place is told: where a value asks for another key's,
// the value that asks, since the other may be the default that nobody has written.
func (ck *checker) fail(key, format string, args ...any) {
	ck.problems = append(ck.problems, problem{ck.origins.place(key), fmt.Sprintf(format, args...)})
}

func (ck *checker) labels(c *Config) {
	d := &c.Data
	key := "data.labels"
	if len(d.LabelCounts) > 0 {
		key = "data.label_counts"
		ck.origins.labels = true
		var sum int64
		for _, count := range d.LabelCounts {
			sum += int64(count)
		}
		if sum > math.MaxInt32 {
			ck.fail(key, "%s: must sum to < 2^31, found %d", key, sum)
			return
		}
		d.Labels = Labels(sum)
	}
	own := c.own()
	if n := len(own); d.Labels == 0 && n > 0 && !own[n-1].m1 {
		ck.fail(key, "data.labels = 0: must be ≥ 1, since %s learns from labelled examples", own[n-1].name)
	}
	if d.Train > 0 && int(d.Labels) > d.Train {
		ck.fail(key, "data.labels = %d: must be ≤ data.train = %d (%s)", d.Labels, d.Train, ck.origins.Of("data.train"))
	}
}

// own settles what is otherwise with data of the user's own, table or images, where nobody says it: every label that is
// there is used, and nothing is kept for validation. It holds that each part comes from one place.
func (ck *checker) own(c *Config) {
	d := &c.Data
	if !uses["paths"].holds(c) {
		return
	}
	if !ck.origins.given("data.labels") && len(d.LabelCounts) == 0 {
		d.Labels = AllLabels
	}
	if !ck.origins.given("data.validation") {
		d.Validation = 0
	}
	if d.Path == "" && (d.Dir == "" || uses["table"].holds(c)) {
		ck.fail("data.name", `data.path = "": wanted the file of the examples, or of images their folder, where data.name = %q`, d.Name)
	}
	for _, part := range []struct {
		fraction string
		of       float64
		others   map[string]bool
	}{
		{"data.validation_fraction", d.ValidationFraction,
			map[string]bool{"data.validation": d.Validation > 0, "data.validation_path": d.ValidationPath != ""}},
		{"data.test_fraction", d.TestFraction, map[string]bool{"data.test_path": d.TestPath != ""}},
	} {
		for other, given := range part.others {
			if part.of > 0 && given {
				ck.fail(part.fraction, "%s = %s: must be 0 where %s (%s) says which examples these are",
					part.fraction, formatFloat(part.of), other, ck.origins.Of(other))
			}
		}
	}
	if n := len(d.Size); n > 0 && n != 2 {
		ck.fail("data.size", "data.size: wanted a height and a width, as in [28, 28], found %d numbers", n)
	}
	if k, n := len(d.LabelClasses), len(d.LabelCounts); k > 0 && k != n {
		ck.fail("data.label_classes", "data.label_classes: wanted a class for each of %d data.label_counts, found %d", n, k)
	}
}

// from holds that a trained M1 is named only where it is used, and that it leaves something to train.
func (ck *checker) from(c *Config) {
	const key = "m1.from"
	switch {
	case c.M1.From == "":
	case !c.HasM1():
		ck.fail(key, `%s: used only where the model has an M1, such as "m1m2", found %q`, key, c.Model)
	case len(c.Phases()) == 0:
		ck.fail(key, "%s = %q: nothing is left to train; use %s, or unset %s",
			key, c.M1.From, message.Command("eval", c.M1.From), key)
	}
}

// classPrior holds that the probabilities are there exactly where they are used, and sum to 1.
func (ck *checker) classPrior(m *M2) {
	const key = "m2.class_probabilities"
	given := m.ClassPrior == "given"
	switch {
	case given && len(m.ClassProbabilities) == 0:
		ck.fail("m2.class_prior", `%s = []: wanted one for each class where m2.class_prior = "given"`, key)
	case !given && len(m.ClassProbabilities) > 0:
		ck.fail(key, `%s: used only where m2.class_prior = "given", found %q`, key, m.ClassPrior)
	case given:
		sum := 0.0
		for _, p := range m.ClassProbabilities {
			sum += p
		}
		// Probabilities are written with few digits: thirds as 0.333333.
		if math.Abs(sum-1) > 1e-5 {
			ck.fail(key, "%s: must sum to 1, found %s", key, formatFloat(sum))
		}
	}
}

func (ck *checker) layers(key string, hidden []int) {
	if len(hidden) == 0 {
		ck.fail(key, "%s = []: wanted one hidden layer or more", key)
	}
}

func (ck *checker) training(table string, t Training) {
	epochs, steps := table+".epochs", table+".steps"
	switch {
	case t.Epochs == 0 && t.Steps == 0:
		ck.fail(table, "%s: wanted epochs or steps above 0, found neither", table)
	case t.Epochs > 0 && t.Steps > 0:
		ck.fail(steps, "%s = %d: must be 0 where %s = %d (%s); set one of them to 0",
			steps, t.Steps, epochs, t.Epochs, ck.origins.Of(epochs))
	}
	if o := t.Optimiser; o.Schedule == "step" && o.StepEvery == 0 {
		ck.fail(table+".optimiser.schedule", `%s.optimiser.step_every = 0: must be ≥ 1 where schedule = "step"`, table)
	}
}
