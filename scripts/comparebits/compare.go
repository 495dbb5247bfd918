package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"ssdgm/train/safetensors"
)

// A difference is what two runs do not have in common.
type difference struct {
	first    string   // the first number that differs; empty where none does
	metadata []string // keys of the models' metadata, which are no numbers
}

// compareRuns compares the results in two folders, of one run or of several: models, metrics, evaluations and
// pictures. Nothing else in a run folder is free of times and paths.
func compareRuns(base, present string) (d difference, err error) {
	files, err := results(base)
	if err != nil {
		return d, err
	}
	others, err := results(present)
	if err != nil {
		return d, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !others[name] {
			return difference{first: name + ": missing"}, nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(others)) {
		if !files[name] {
			return difference{first: name + ": new"}, nil
		}
	}
	// A tensor's element tells more than a line of metrics: models first.
	names := slices.SortedFunc(maps.Keys(files), func(a, b string) int {
		return cmp.Or(cmp.Compare(filepath.Ext(b), filepath.Ext(a)), cmp.Compare(a, b))
	})
	for _, name := range names {
		found, keys, err := compareFile(filepath.Join(base, name), filepath.Join(present, name))
		if err != nil {
			return d, err
		}
		d.metadata = append(d.metadata, keys...)
		if found != "" && d.first == "" {
			d.first = name + ": " + found
		}
	}
	slices.Sort(d.metadata)
	d.metadata = slices.Compact(d.metadata)
	return d, nil
}

// results are the files in a run folder that hold numbers. It is an error where there are none.
func results(dir string) (map[string]bool, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		switch filepath.Base(path) {
		case "checkpoints":
			return fs.SkipDir
		case "model.safetensors", "metrics.jsonl", "summary.json":
			found[name] = true
		}
		if filepath.Ext(path) == ".png" {
			found[name] = true
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s: want the results of a run, found none", dir)
	}
	return found, err
}

// compareFile tells the first difference of two files of one name, and which metadata differ.
func compareFile(base, present string) (first string, metadata []string, err error) {
	if filepath.Base(base) == "model.safetensors" {
		return compareModels(base, present)
	}
	a, errA := os.ReadFile(base)
	b, errB := os.ReadFile(present)
	if err := errors.Join(errA, errB); err != nil {
		return "", nil, err
	}
	switch filepath.Base(base) {
	case "summary.json":
		first, err = compareSummaries(a, b)
	case "metrics.jsonl":
		first = compareLines(a, b)
	default:
		if !bytes.Equal(a, b) {
			first = "other bytes"
		}
	}
	return first, nil, err
}

// usualBounds is a tensor that is fitted when training is over, and that a base may not have yet.
const usualBounds = "usual.bounds"

func compareModels(base, present string) (first string, metadata []string, err error) {
	a, errA := safetensors.ReadFile(base)
	b, errB := safetensors.ReadFile(present)
	if err := errors.Join(errA, errB); err != nil {
		return "", nil, err
	}
	for key := range a.Metadata {
		if other, both := b.Metadata[key]; !both || other != a.Metadata[key] {
			metadata = append(metadata, key)
		}
	}
	for key := range b.Metadata {
		if _, both := a.Metadata[key]; !both {
			metadata = append(metadata, key)
		}
	}
	for _, x := range a.Tensors {
		y, both := b.Lookup(x.Name)
		if !both {
			return x.Name + ": missing", metadata, nil
		}
		if first, err = compareTensors(x, y); first != "" || err != nil {
			return first, metadata, err
		}
	}
	for _, y := range b.Tensors {
		if _, both := a.Lookup(y.Name); !both && y.Name != usualBounds {
			return y.Name + ": new", metadata, nil
		}
	}
	return "", metadata, nil
}

// compareTensors compares the bits of two tensors: NaN is equal to itself, and 0 is not −0.
func compareTensors(a, b safetensors.Tensor) (first string, err error) {
	if a.DType() != b.DType() || !slices.Equal(a.Shape, b.Shape) {
		return fmt.Sprintf("%s: %s %v, was %s %v", a.Name, b.DType(), b.Shape, a.DType(), a.Shape), nil
	}
	var x, y bytes.Buffer
	if err := errors.Join(a.WriteData(&x), b.WriteData(&y)); err != nil {
		return "", err
	}
	for i := range x.Bytes() {
		if x.Bytes()[i] != y.Bytes()[i] {
			was, is := reflect.ValueOf(a.Data), reflect.ValueOf(b.Data)
			element := i * was.Len() / x.Len()
			return fmt.Sprintf("%s[%d]: %v, was %v", a.Name, element, is.Index(element), was.Index(element)), nil
		}
	}
	return "", nil
}

// compareSummaries compares the evaluations alone: the rest are times and the program.
func compareSummaries(base, present []byte) (string, error) {
	var a, b map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(base, &a), json.Unmarshal(present, &b)); err != nil {
		return "", err
	}
	if a["test"] == nil {
		return "", errors.New("want an evaluation of the test images, found none")
	}
	for _, key := range []string{"test", "test_by_validation", "yardstick", "m1_sha256", "step", "device"} {
		if !bytes.Equal(a[key], b[key]) && !sameEvaluation(a[key], b[key]) {
			return fmt.Sprintf("%s: %s, was %s", key, b[key], a[key]), nil
		}
	}
	return "", nil
}

// stackRounding is by how much the bound of a stack's evaluation may differ, relatively: once the host computed an
// example's entropy and KL in float64, now the device does in float32, as in training. That rounds an example's bound by
// half a unit in the last place, at most; most of it averages out.
const stackRounding = 1.0 / (1 << 24)

// sameEvaluation tells whether two evaluations are the same but for figures that a base does not have yet, and for the
// rounding of the bound of an M1+M2.
func sameEvaluation(base, present []byte) bool {
	var a, b map[string]any
	if json.Unmarshal(base, &a) != nil || json.Unmarshal(present, &b) != nil {
		return false
	}
	was, ok := a["bound_nats"].(float64)
	is, both := b["bound_nats"].(float64)
	if ok && both && a["model"] == "m1m2" && math.Abs(is-was) <= stackRounding*math.Abs(was) {
		b["bound_nats"] = was
	}
	return within(a, b)
}

// within tells whether all of a value of JSON is in another, which may have more keys.
func within(base, present any) bool {
	switch a := base.(type) {
	case map[string]any:
		b, ok := present.(map[string]any)
		for key := range a {
			ok = ok && within(a[key], b[key])
		}
		return ok
	case []any:
		b, ok := present.([]any)
		ok = ok && len(a) == len(b)
		for i := range a {
			ok = ok && within(a[i], b[i])
		}
		return ok
	}
	return base == present
}

// compareLines tells the first line that differs, and its first key that does.
func compareLines(base, present []byte) string {
	a, b := bytes.Split(base, []byte("\n")), bytes.Split(present, []byte("\n"))
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a) || i >= len(b):
			return fmt.Sprintf("%d lines, was %d", len(b)-1, len(a)-1)
		case !bytes.Equal(a[i], b[i]):
			return fmt.Sprintf("line %d: %s", i+1, compareObjects(a[i], b[i]))
		}
	}
	return ""
}

func compareObjects(base, present []byte) string {
	var a, b map[string]json.RawMessage
	if json.Unmarshal(base, &a) != nil || json.Unmarshal(present, &b) != nil {
		return "other bytes"
	}
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if !bytes.Equal(a[key], b[key]) {
			return fmt.Sprintf("%s: %s, was %s", key, orNone(b[key]), orNone(a[key]))
		}
	}
	return "other bytes"
}

func orNone(text json.RawMessage) string {
	if text == nil {
		return "none"
	}
	return string(text)
}
