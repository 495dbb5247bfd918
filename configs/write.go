package configs

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// TOML is the configuration as a file that states every key, always in the same order. Parse of it gives
// the same configuration.
func (c *Config) TOML() []byte { return c.write(nil, nil) }

// Show is TOML with each value's origin as a trailing comment.
func (c *Config) Show(origins *Origins) []byte {
	return c.write(origins, nil)
}

// Show is the grid as a file that states every key, its lists in a table [grid], with origins as Config.Show gives
// them. ParseGrid of it gives the same members.
func (g *Grid) Show(origins *Origins) []byte { return g.Members[0].Config.write(origins, g.Axes) }

// write writes every key, with its origin where these are given, and those of the axes as lists.
func (c *Config) write(origins *Origins, axes []Axis) []byte {
	comment := func(key string) string {
		if origins == nil {
			return ""
		}
		return "\t# " + origins.Of(key)
	}
	var text bytes.Buffer
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	table := ""
	for _, f := range fieldsOf(c) {
		if slices.ContainsFunc(axes, func(a Axis) bool { return a.Key == f.key }) {
			continue
		}
		if f.table != table {
			table = f.table
			fmt.Fprintf(columns, "\n[%s]\n", table)
		}
		fmt.Fprintf(columns, "%s = %s%s\n", f.name, format(f.value), comment(f.key))
	}
	if len(axes) > 0 {
		fmt.Fprintf(columns, "\n[%s]\n", gridTable)
	}
	for _, a := range axes {
		fmt.Fprintf(columns, "%s = [%s]%s\n", quote(a.Key), a.list(format), comment(a.Key))
	}
	// A bytes.Buffer never refuses a write.
	_ = columns.Flush()
	return text.Bytes()
}

// Format is a value as a file has it: a text, a number, a truth value or a list of them.
func Format(value any) string { return format(reflect.ValueOf(value)) }

// format writes a value as TOML does.
func format(value reflect.Value) string {
	switch v := value.Interface().(type) {
	case string:
		return quote(v)
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return formatFloat(v)
	case Labels:
		if v == AllLabels {
			return quote(allLabels)
		}
	case []int, []float64, []string:
		items := make([]string, value.Len())
		for i := range items {
			items[i] = format(value.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(value.Interface())
}

// written is a value as a person would write it in a message: alpha = -1, not -1.0.
func written(value reflect.Value) string { return strings.TrimSuffix(format(value), ".0") }

// formatFloat writes the shortest form that reads back as the same number, and as a number that is no integer in TOML.
func formatFloat(x float64) string {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return strings.ToLower(strconv.FormatFloat(x, 'g', -1, 64))
	}
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// quote writes a TOML basic string. Go's own quoting has escapes that TOML lacks.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
