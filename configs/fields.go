package configs

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// field is one key of a configuration and the place of its value.
type field struct {
	key     string // dotted
	table   string // the key without its last name; empty at the top
	name    string
	value   reflect.Value
	rule    string
	choices []string
	decides string   // see Diff; a table's holds for its keys that have none
	of      string   // the name of the struct that has it, and its own there
	used    []string // see uses; a table's count for its keys, too
}

// fieldsOf lists every key of a configuration in the order in which TOML wants them: a table's own keys before its sub-tables.
func fieldsOf(c *Config) []field {
	return appendFields(nil, field{value: reflect.ValueOf(c).Elem()})
}

func appendFields(list []field, table field) []field {
	var tables []field
	list, tables = appendKeys(list, nil, table, table.value)
	for _, t := range tables {
		list = appendFields(list, t)
	}
	return list
}

// choicesOf are the words of the enumerations that are not this package's, by key.
var choicesOf = map[string]func() []string{}

// RegisterChoices says which words a key may have, in the order in which messages name them. The package
// that gives the words their meaning calls it while the program starts; without it, any word may stand there.
func RegisterChoices(key string, words func() []string) {
	if !slices.ContainsFunc(fieldsOf(&Config{}), func(f field) bool { return f.key == key }) {
		panic("configs: choices of " + key + ", which is no key")
	}
	choicesOf[key] = words
}

// appendKeys appends the keys of a table's struct, those of embedded structs among them, and keeps its sub-tables apart.
func appendKeys(keys, tables []field, table field, of reflect.Value) (k, t []field) {
	for i := range of.NumField() {
		member := of.Type().Field(i)
		if member.Anonymous {
			keys, tables = appendKeys(keys, tables, table, of.Field(i))
			continue
		}
		name := member.Tag.Get("toml")
		f := field{
			key: joinKey(table.key, name), table: table.key, name: name, value: of.Field(i),
			rule: member.Tag.Get("rule"), decides: cmp.Or(member.Tag.Get("decides"), table.decides),
			of:   of.Type().Name() + "." + member.Name,
			used: append(slices.Clip(table.used), usedTag(member.Tag.Get("used"), table.key)...),
		}
		if choices := member.Tag.Get("choices"); choices != "" {
			f.choices = strings.Split(choices, "|")
		} else if registered := choicesOf[f.key]; registered != nil {
			f.choices = registered()
		}
		if f.value.Kind() == reflect.Struct {
			tables = append(tables, f)
		} else {
			keys = append(keys, f)
		}
	}
	return keys, tables
}

// joinKey appends a name to a dotted key. A name that is not a bare key is quoted, so that "m1.latents" = 5
// is not taken for the key latents of the table m1.
func joinKey(prefix, name string) string {
	if name == "" || strings.ContainsFunc(name, notBare) {
		name = strconv.Quote(name)
	}
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

func notBare(r rune) bool {
	bare := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-'
	return !bare
}

// alone is a field of the same kind that no configuration holds.
func (f field) alone() field {
	f.value = reflect.New(f.value.Type()).Elem()
	return f
}

// set sets a field to a value of its type.
func (f field) set(value any) { f.value.Set(reflect.ValueOf(value)) }

// assign sets a field to a decoded TOML value, or says what is wrong with it. Nothing is converted but
// integers to numbers.
func (f field) assign(decoded any) (wrong string) {
	switch f.value.Interface().(type) {
	case string:
		if s, ok := decoded.(string); ok {
			f.value.SetString(s)
			return ""
		}
	case bool:
		if b, ok := decoded.(bool); ok {
			f.value.SetBool(b)
			return ""
		}
	case uint64:
		if n, ok := decoded.(int64); ok {
			if n < 0 {
				return fmt.Sprintf("%s = %d: must be ≥ 0", f.key, n)
			}
			f.value.SetUint(uint64(n))
			return ""
		}
	case int:
		if n, ok := decoded.(int64); ok {
			if n > math.MaxInt32 || n < math.MinInt32 {
				return fmt.Sprintf("%s = %d: must be %s", f.key, n, f.limits())
			}
			f.value.SetInt(n)
			return ""
		}
	case Labels:
		if decoded == allLabels {
			f.value.SetInt(int64(AllLabels))
			return ""
		}
		if n, ok := decoded.(int64); ok {
			if n > math.MaxInt32 || n < 0 {
				return fmt.Sprintf("%s = %d: must be %s, or \"%s\"", f.key, n, f.rule, allLabels)
			}
			f.value.SetInt(n)
			return ""
		}
	case float64:
		if x, ok := toFloat(decoded); ok {
			f.value.SetFloat(x)
			return ""
		}
	case []int, []float64, []string:
		if list, ok := decoded.([]any); ok {
			return f.assignList(list)
		}
	}
	return fmt.Sprintf("%s: wanted %s, found %s", f.key, f.wanted(), describe(decoded))
}

// limits are those of an integer that no field holds.
func (f field) limits() string {
	if strings.Contains(f.rule, "≤") {
		return f.rule
	}
	return "< 2^31"
}

// assignList sets a list. An empty one becomes nil, so that equal configurations are deeply equal.
func (f field) assignList(decoded []any) (wrong string) {
	list := reflect.MakeSlice(f.value.Type(), len(decoded), len(decoded))
	for i, element := range decoded {
		item := field{key: f.key, value: list.Index(i)}
		if item.assign(element) != "" {
			if n, whole := element.(int64); whole && item.value.Kind() == reflect.Int {
				return fmt.Sprintf("%s = [%d]: each must be %s", f.key, n, f.limits())
			}
			return fmt.Sprintf("%s: wanted %s, found %s in it", f.key, f.wanted(), describe(element))
		}
	}
	if len(decoded) == 0 {
		list = reflect.Zero(f.value.Type())
	}
	f.value.Set(list)
	return ""
}

func toFloat(decoded any) (float64, bool) {
	switch x := decoded.(type) {
	case float64:
		return x, true
	case int64:
		return float64(x), true
	}
	return 0, false
}

// wanted names the type of a field's value as a user knows it.
func (f field) wanted() string {
	switch f.value.Interface().(type) {
	case string:
		return "a string"
	case bool:
		return "true or false"
	case int:
		return "an integer"
	case Labels:
		return "an integer or \"all\""
	case uint64:
		return "an integer ≥ 0"
	case float64:
		return "a number"
	case []int:
		return "a list of integers such as [600, 600]"
	case []float64:
		return "a list of numbers such as [0.5, 0.5]"
	case []string:
		return "a list of strings such as [\"age\", \"sex\"]"
	}
	panic("configs: " + f.key + " has a type that TOML values are not read into")
}

// describe names a decoded TOML value in a message.
func describe(decoded any) string {
	switch x := decoded.(type) {
	case string:
		return "the string " + quote(x)
	case bool:
		return strconv.FormatBool(x)
	case int64:
		return "the integer " + strconv.FormatInt(x, 10)
	case float64:
		return "the number " + formatFloat(x)
	case time.Time:
		return "a date or time"
	case []any:
		return "a list"
	case []map[string]any:
		return "a list of tables"
	}
	return "a table"
}
