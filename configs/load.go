package configs

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"ssdgm/train/message"
)

//go:embed *.toml
var builtIn embed.FS

// BuiltIn names the configurations that are part of the program.
func BuiltIn() []string {
	// The root of an embedded file system is always there.
	entries, _ := builtIn.ReadDir(".")
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names
}

// Load reads a single configuration: the file, changed by overrides "key=value", completed by the defaults; see
// LoadGrid for a file that holds several. The
// path is that of a file, or else NAME.toml or configs/NAME.toml of a built-in one, with or without .toml;
// empty, it is default.toml's. Every error is an *Error, and an error means that nothing was loaded.
func Load(path string, sets []string) (*Config, *Origins, error) {
	name, text, err := open(path)
	if err != nil {
		return nil, nil, err
	}
	return Parse(name, text, sets)
}

// Parse is Load of a text that has been read already; messages and origins call it by the name.
func Parse(name string, text []byte, sets []string) (*Config, *Origins, error) {
	return read(name, text, sets).one()
}

// read takes up a text and the overrides, and what is wrong with each of their keys by itself.
func read(name string, text []byte, sets []string) *loader {
	l := &loader{config: Default(), origins: &Origins{file: name, byKey: map[string]origin{}}}
	l.fields = fieldsOf(l.config)
	l.readFile(name, string(text))
	written := *l.config
	l.written = &written
	for i, set := range sets {
		l.override(set, origin{set: i + 1})
	}
	l.settleLengths()
	return l
}

// DefaultName is the configuration that is meant where none is named.
const DefaultName = "default.toml"

// open finds a configuration's text and the name to call it by.
func open(path string) (name string, text []byte, err error) {
	if path == "" {
		path = DefaultName
	} else {
		text, err = ReadFile(path)
		if err == nil {
			return path, text, nil
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, err
	}
	// Only the forms under which the built-in files are known: a misspelt folder must not pick one of them.
	stem := strings.TrimSuffix(filepath.Base(path), extension)
	base := stem + extension
	if folder := filepath.Dir(path); folder == "." || folder == "configs" {
		if text, err := builtIn.ReadFile(base); err == nil {
			return "built-in/" + base, text, nil
		}
	}
	return "", nil, &Error{Problems: []string{fmt.Sprintf("open %s: no such file%s; built-in configurations: %s",
		path, cmp.Or(suggestFile(path), suggestBuiltIn(stem)), strings.Join(BuiltIn(), ", "))}}
}

// maxBytes is the size of the largest file that is taken for a configuration.
const maxBytes = 1 << 20

// ReadFile reads the text of a configuration. It never reads on where there is more than one could hold.
func ReadFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err == nil {
		defer file.Close() // It was only read.
		var text []byte
		if text, err = io.ReadAll(io.LimitReader(file, maxBytes+1)); err == nil && len(text) > maxBytes {
			err = &fs.PathError{Err: fmt.Errorf("found more than the %d bytes that one may have", maxBytes)}
		}
		if err == nil {
			return text, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return nil, err
	}
	hint := ""
	if inside := filepath.Join(path, "config.toml"); errors.Is(err, syscall.EISDIR) && isFile(inside) {
		hint = "; try " + inside
	}
	return nil, &Error{Problems: []string{fmt.Sprintf("open %s: wanted a TOML file: %v%s", path, errors.Unwrap(err), hint)}}
}

// isFile tells whether a file is there that may be one to read.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// extension is that of the built-in files.
const extension = ".toml"

// suggestFile is what may have been meant by a path that leads to no file: a file beside it, or a setting.
func suggestFile(path string) string {
	if key, _, set := strings.Cut(path, "="); set && slices.ContainsFunc(fieldsOf(Default()), func(f field) bool { return f.key == key }) {
		return "; a setting stands behind --set: " + message.Words("--set", path)
	}
	folder, base := filepath.Split(path)
	entries, _ := os.ReadDir(filepath.Clean(folder + ".")) // Where there is no folder, nothing is near.
	var names []string
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == extension {
			names = append(names, entry.Name())
		}
	}
	near := base + extension
	if !slices.Contains(names, near) {
		near = Nearest(base, names)
	}
	if near == "" {
		return ""
	}
	return "; did you mean " + folder + near + "?"
}

// suggestBuiltIn is suggest of the built-in files. Their common ending says nothing of how near a name is.
func suggestBuiltIn(stem string) string {
	stems := BuiltIn()
	for i, name := range stems {
		stems[i] = strings.TrimSuffix(name, extension)
	}
	if at := slices.IndexFunc(stems, func(name string) bool { return strings.HasPrefix(name, stem+"-") }); at >= 0 && strings.Contains(stem, "-") {
		return "; did you mean " + stems[at] + "?"
	}
	return suggest(stem, stems)
}

// loader collects a configuration and everything that is wrong with it.
type loader struct {
	config   *Config
	written  *Config // what the file says, without overrides
	fields   []field
	axes     []axis
	origins  *Origins
	problems []problem
}

func (l *loader) fail(at origin, format string, args ...any) {
	l.problems = append(l.problems, problem{at, fmt.Sprintf(format, args...)})
}

// assignment is one key of a file with its decoded value.
type assignment struct {
	key   string
	value any
	from  origin
}

func (l *loader) readFile(name, text string) {
	decoded, lines, wrong := decode(text)
	if wrong != nil {
		l.fail(origin{file: name, line: wrong.line}, "%s", wrong.text)
		return
	}
	list := l.flatten(nil, decoded, "", name, lines)
	slices.SortFunc(list, func(a, b assignment) int {
		return cmp.Or(cmp.Compare(a.from.line, b.from.line), cmp.Compare(a.key, b.key))
	})
	for _, a := range list {
		l.assign(a)
	}
}

// flatten turns decoded tables into assignments to dotted keys.
func (l *loader) flatten(list []assignment, table map[string]any, prefix, file string, lines map[string]int) []assignment {
	for name, value := range table {
		key := joinKey(prefix, name)
		if inner, ok := value.(map[string]any); ok && l.isTable(key) {
			list = l.flatten(list, inner, key, file, lines)
			continue
		}
		list = append(list, assignment{key, value, origin{file: file, line: lineOf(lines, key)}})
	}
	return list
}

func (l *loader) isTable(key string) bool {
	if key == gridTable {
		return true
	}
	key = strings.TrimPrefix(key, gridPrefix)
	return slices.ContainsFunc(l.fields, func(f field) bool { return strings.HasPrefix(f.key, key+".") })
}

func (l *loader) assign(a assignment) {
	if isGrid(a.key) {
		l.assignAxis(a)
		return
	}
	if table, ok := a.value.(map[string]any); ok && a.key == countsKey {
		l.assignCounts(a, table)
		return
	}
	i := slices.IndexFunc(l.fields, func(f field) bool { return f.key == a.key })
	switch {
	case i >= 0:
		if wrong := l.fields[i].assign(a.value); wrong != "" {
			if _, several := a.value.([]any); several && l.fields[i].value.Kind() != reflect.Slice {
				wrong += "; several values, for several runs, go into [grid]"
				if a.from.set > 0 {
					wrong += ", as with --set " + gridPrefix + a.key + "=[…]"
				}
			}
			l.fail(a.from, "%s", wrong)
			return
		}
		l.origins.byKey[a.key] = a.from
		if a.from.set > 0 {
			l.dropAxis(a.key)
		}
		if a.key == countsKey && a.from.set > 0 && l.origins.byKey[classesKey] != a.from {
			l.config.Data.LabelClasses = nil // They are of the counts that this takes the place of.
		}
	case l.isTable(a.key):
		l.fail(a.from, "%s: wanted a table of keys, found %s", a.key, describe(a.value))
	default:
		l.fail(a.from, "unknown key %s%s", a.key, cmp.Or(instead(a.key), suggest(a.key, l.names())))
	}
}

// keys lists every key of a configuration.
func (l *loader) keys() []string {
	keys := make([]string, len(l.fields))
	for i, f := range l.fields {
		keys[i] = f.key
	}
	return keys
}

// names lists every key and every table that a file may have.
func (l *loader) names() []string {
	names := []string{gridTable, seedsKey}
	for _, f := range l.fields {
		names = append(names, f.key)
		if f.table != "" && !slices.Contains(names, f.table) {
			names = append(names, f.table)
		}
	}
	return names
}

// override carries out "key=value". The value is TOML's; a key that wants a string takes bare words too.
func (l *loader) override(set string, from origin) {
	key, raw, found := strings.Cut(set, "=")
	key, raw = strings.TrimSpace(key), strings.TrimSpace(raw)
	if !found || key == "" {
		l.fail(from, "wanted key=value, as in m1.latents=50, found %s", quote(set))
		return
	}
	if !utf8.ValidString(set) {
		l.fail(from, "wanted UTF-8, found %q", set)
		return
	}
	if _, err := strconv.ParseInt(raw, 0, 64); errors.Is(err, strconv.ErrRange) && l.wantsNumber(key) {
		l.fail(from, "%s: wanted a number below 2^63, found %s", key, raw)
		return
	}
	wantsString := slices.ContainsFunc(l.fields, func(f field) bool { return f.key == key && f.wanted() == "a string" })
	l.assign(assignment{key, overrideValue(raw, wantsString), from})
}

// wantsNumber tells whether a key takes a number, alone or as one of many.
func (l *loader) wantsNumber(key string) bool {
	return slices.ContainsFunc(l.fields, func(f field) bool {
		return f.key == key && f.wanted() != "a string" && f.wanted() != "true or false"
	})
}

// overrideValue decodes one TOML value; what is none, or none that is wanted, stays a bare string.
func overrideValue(raw string, wantsString bool) any {
	decoded, _, wrong := decode("value = " + raw)
	if wrong != nil || len(decoded) != 1 {
		return raw
	}
	if _, isString := decoded["value"].(string); wantsString && !isString {
		return raw
	}
	return decoded["value"]
}
