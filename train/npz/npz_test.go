package npz

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/safetensors"
)

func TestArchivesAreThoseThatNumPyReads(t *testing.T) {
	var archive bytes.Buffer
	err := Write(&archive, []safetensors.Tensor{
		{Name: "weight", Shape: []int{2, 3}, Data: []float32{0, 1, 2, 3, 4, 5}},
		{Name: "kept", Shape: []int{2}, Data: []int64{7, -1}},
		{Name: "step", Shape: nil, Data: []uint8{9}},
		{Name: "../../escaped\n\x1b", Shape: []int{1}, Data: []float32{1}},
		{Name: "C:\\half", Shape: []int{2}, Data: safetensors.Raw{Type: safetensors.F16, Bytes: make([]byte, 4)}},
		{Name: "grün", Shape: []int{1}, Data: safetensors.Raw{Type: safetensors.BF16, Bytes: []byte{0x80, 0x3f}}},
		{Name: "flag", Shape: []int{1}, Data: safetensors.Raw{Type: safetensors.Bool, Bytes: []byte{1}}},
	}, []string{"cat", "hedgehog", "漢"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	if err != nil {
		t.Fatal(err)
	}
	// As numpy.save of NumPy 2.4 writes these headers.
	want := map[string]string{
		"weight.npy": "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
		"kept.npy":   "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
		"step.npy":   "{'descr': '|u1', 'fortran_order': False, 'shape': (), }",

		"..%2F..%2Fescaped%0A%1B.npy": "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
		"C%3A%5Chalf.npy":             "{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }",
		"grün.npy":                    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
		"flag.npy":                    "{'descr': '|b1', 'fortran_order': False, 'shape': (1,), }",
		"class_names.npy":             "{'descr': '<U8', 'fortran_order': False, 'shape': (3,), }",
	}
	found, elements := map[string]string{}, map[string]int{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		header, data, _ := strings.Cut(string(content), "\n")
		if (len(header)+1)%64 != 0 || !strings.HasPrefix(header, "\x93NUMPY\x01\x00") || int(header[8])+int(header[9])<<8 != len(header)+1-10 {
			t.Errorf("%s: a header of %d bytes: %q", f.Name, len(header)+1, header)
		}
		found[f.Name], elements[f.Name] = strings.TrimRight(header[10:], " "), len(data)
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{
		"weight.npy": 24, "kept.npy": 16, "step.npy": 1, "..%2F..%2Fescaped%0A%1B.npy": 4, "C%3A%5Chalf.npy": 4,
		"grün.npy": 4, "flag.npy": 1, "class_names.npy": 96,
	}, elements); diff != "" {
		t.Error(diff)
	}
}

// TestWhatNumPyCannotReadIsRefused holds that other programs' tensors end in one line, not in an archive that does not
// open.
func TestWhatNumPyCannotReadIsRefused(t *testing.T) {
	one := func(name string, data any, shape ...int) []safetensors.Tensor {
		return []safetensors.Tensor{{Name: name, Shape: shape, Data: data}}
	}
	for _, c := range []struct {
		tensors []safetensors.Tensor
		names   []string
		want    string
	}{
		{one("w", safetensors.Raw{Type: "F8_\x1b", Bytes: []byte{1}}, 1), nil,
			`tensor "w": want a type that NumPy has, found "F8_\x1b"`},
		{one(strings.Repeat("/", 100), []float32{1}, 1), nil, "want at most 255 bytes in its name"},
		{one("w", []float32{1}, slices.Repeat([]int{1}, 65)...), nil, "and 64 dimensions for NumPy, found 5 and 65"},
		{nil, []string{strings.Repeat("a", 5000)}, "class names: want at most 4096 letters in a name, found 5000"},
	} {
		err := Write(io.Discard, c.tensors, c.names)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want %s, found %v", c.want, err)
		}
	}
}
