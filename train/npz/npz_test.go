package npz

import (
	"archive/zip"
	"bytes"
	"io"
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
	})
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
	if diff := cmp.Diff(map[string]int{"weight.npy": 24, "kept.npy": 16, "step.npy": 1}, elements); diff != "" {
		t.Error(diff)
	}
}
