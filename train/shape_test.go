package train

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"ssdgm/configs"
)

// eachKey calls f for every key of a configuration with the place of its value.
func eachKey(table reflect.Value, prefix string, f func(key string, value reflect.Value)) {
	for i := range table.NumField() {
		field := table.Type().Field(i)
		switch key := field.Tag.Get("toml"); {
		case key == "" && field.Anonymous:
			eachKey(table.Field(i), prefix, f)
		case key == "":
		case field.Type.Kind() == reflect.Struct:
			eachKey(table.Field(i), prefix+key+".", f)
		default:
			f(prefix+key, table.Field(i))
		}
	}
}

// change gives a key another value.
func change(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int:
		v.SetInt(v.Int() + 1)
	case reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float()/2 + 0.125)
	case reflect.String:
		v.SetString(v.String() + "?")
	case reflect.Slice:
		v.Set(reflect.Append(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, 4), v), reflect.New(v.Type().Elem()).Elem()))
	default:
		panic(v.Kind())
	}
}

// TestKeysThatDecideAStepsNumbersPartReplicas holds every key of the configuration to what it does to a phase: replicas
// that differ in it are trained apart, or it is one of those that they may differ in. A new key is in no list, so it
// must part those of its own phase.
func TestKeysThatDecideAStepsNumbersPartReplicas(t *testing.T) {
	everywhere := []string{
		"precision", "matmul", "on_nan", "rollback_rate_factor", "rollbacks", "checkpoint.every_steps", "checkpoint.every_seconds",
		"eval.batch_size", "data.train", "data.validation", "data.binarise",
	}
	base := configured(t, "joint.steps=1")
	ds := sizes{n: 100, d: 4, classes: 2}.dataset(base)
	for _, c := range []struct {
		phase  Phase
		own    []string // prefixes of keys that part replicas
		except []string // of these
	}{
		{descent{m1Phase{}}, []string{"m1."}, []string{"m1.train.optimiser.rate", "m1.keep_above", "m1.from"}},
		{descent{m2Phase{}}, []string{"m2."}, []string{"m2.train.optimiser.rate", "m2.alpha"}},
		{descent{jointPhase{}}, []string{"joint.", "m1.", "m2."}, []string{
			"joint.optimiser.rate", "joint.m2_rate", "m1.train.", "m1.samples", "m1.keep_above", "m1.from", "m2.train.", "m2.alpha",
		}},
		{descent{supervisedPhase{}}, []string{"supervised."}, []string{"supervised.train.optimiser.rate"}},
	} {
		shapeWith := func(edit func(c *configs.Config)) shape {
			config := *base
			edit(&config)
			return newMember(Member{Config: &config}, ds).shape(c.phase)
		}
		plain := shapeWith(func(*configs.Config) {})
		if plain != shapeWith(func(*configs.Config) {}) {
			t.Errorf("%s: one configuration has two shapes", c.phase.Name())
		}
		eachKey(reflect.ValueOf(base).Elem(), "", func(key string, _ reflect.Value) {
			begins := func(prefix string) bool { return strings.HasPrefix(key, prefix) }
			parts := slices.Contains(everywhere, key) || slices.ContainsFunc(c.own, begins) && !slices.ContainsFunc(c.except, begins)
			found := plain != shapeWith(func(other *configs.Config) {
				eachKey(reflect.ValueOf(other).Elem(), "", func(k string, value reflect.Value) {
					if k == key {
						change(value)
					}
				})
			})
			if found != parts {
				t.Errorf("%s: replicas that differ in %s are parted: want %v, found %v", c.phase.Name(), key, parts, found)
			}
		})
	}
}
