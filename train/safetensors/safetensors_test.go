package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pgregory.net/rapid"
	"ssdgm/train/allocated"
)

// encode returns what Write writes.
func encode(t testing.TB, tensors []Tensor, metadata map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// parse reads a file that is in memory.
func parse(b []byte) (*File, error) {
	return Read(bytes.NewReader(b), int64(len(b)))
}

// withHeader returns a file of that header, unpadded, and n bytes of data.
func withHeader(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

// everyType has a tensor of each element type, among them a scalar, an empty one, one longer
// than a chunk, and the values that a conversion by way of float64 would lose.
func everyType() []Tensor {
	long := make([]float32, chunkBytes/4+3)
	for i := range long {
		long[i] = float32(i) / 3
	}
	return []Tensor{
		{Name: "weight", Shape: []int{2, 3}, Data: []float32{0, -0.5, 1e-45, math.MaxFloat32, float32(math.Inf(-1)), 6}},
		{Name: "mean", Shape: []int{2}, Data: []float64{0.1, math.Copysign(0, -1)}},
		{Name: "step", Shape: []int{}, Data: []int64{math.MinInt64}},
		{Name: "seed", Shape: []int{1}, Data: []uint64{math.MaxUint64}},
		{Name: "mask", Shape: []int{3}, Data: []uint8{1, 0, 255}},
		{Name: "none", Shape: []int{0, 4}, Data: []float32{}},
		{Name: "long", Shape: []int{len(long)}, Data: long},
	}
}

func TestReadGivesBackWhatWasWritten(t *testing.T) {
	tensors, metadata := everyType(), map[string]string{"phase": "m2", "word": "Schlüssel \"<&>\"\n"}
	f, err := parse(encode(t, tensors, metadata))
	if err != nil {
		t.Fatal(err)
	}
	want := &File{Tensors: inFileOrder(tensors), Metadata: metadata}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
}

func TestBytesDependOnContentAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		metadata := map[string]string{}
		for i := range 10 {
			metadata[fmt.Sprint("key", i)] = fmt.Sprint(i)
		}
		var first, second bytes.Buffer
		if err := Write(&first, everyType(), metadata); err != nil {
			t.Fatal(err)
		}
		if err := Write(&second, rapid.Permutation(everyType()).Draw(t, "order"), metadata); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Error("another order of the same tensors gave other bytes")
		}
	})
}

func TestEveryTensorIsAligned(t *testing.T) {
	b := encode(t, everyType(), map[string]string{"a": "b"})
	n := binary.LittleEndian.Uint64(b)
	if n%align != 0 {
		t.Errorf("header of %d bytes: want a multiple of %d", n, align)
	}
	h, err := parseHeader(b[8 : 8+n])
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range h.entries {
		if e.Offsets[0]%int64(e.DType.size()) != 0 {
			t.Errorf("%s %s begins at %d", e.name, e.DType, e.Offsets[0])
		}
	}
}

// The golden file is rebuilt with testdata/python.py.
func TestReadsWhatPythonWrote(t *testing.T) {
	f, err := ReadFile(filepath.Join("testdata", "python.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Tensor{
		"m1.encoder.0.weight": {Shape: []int{2, 3}, Data: []float32{0, 0.25, 0.5, 0.75, 1, 1.25}},
		"m1.encoder.0.bias":   {Shape: []int{2}, Data: []float32{-1.5, float32(math.Inf(1))}},
		"mean":                {Shape: []int{2, 1}, Data: []float64{0.1, math.Pi}},
		"step":                {Shape: []int{}, Data: []int64{math.MinInt64}},
		"seed":                {Shape: []int{}, Data: []uint64{math.MaxUint64}},
		"mask":                {Shape: []int{3}, Data: []uint8{1, 0, 1}},
		"none":                {Shape: []int{0, 4}, Data: []float32{}},
	}
	if len(f.Tensors) != len(want) {
		t.Errorf("want %d tensors, found %d", len(want), len(f.Tensors))
	}
	for name, w := range want {
		got, _ := f.Lookup(name)
		w.Name = name
		if diff := cmp.Diff(w, got); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(map[string]string{"step": "12", "word": "Schlüssel \"<&>\"\n"}, f.Metadata); diff != "" {
		t.Error(diff)
	}
}

func TestValuesHoldsTypeAndShape(t *testing.T) {
	f := &File{Tensors: everyType()}
	if v, err := Values[float32](f, "weight", 2, 3); err != nil || len(v) != 6 {
		t.Errorf("found %v, %v", v, err)
	}
	if v, err := Values[int64](f, "step"); err != nil || v[0] != math.MinInt64 {
		t.Errorf("found %v, %v", v, err)
	}
	for name, get := range map[string]func() error{
		`tensor "bias": want shape [2], found no tensor of that name`: func() error { _, err := Values[float32](f, "bias", 2); return err },
		`tensor "mean": want I64, found F64`:                          func() error { _, err := Values[int64](f, "mean", 2); return err },
		`tensor "weight": want shape [3 2], found [2 3]`:              func() error { _, err := Values[float32](f, "weight", 3, 2); return err },
	} {
		if err := get(); err == nil || err.Error() != name {
			t.Errorf("want %q, found %v", name, err)
		}
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	b := encode(t, everyType()[:5], map[string]string{"phase": "m1"})
	for n := range len(b) {
		if _, err := parse(b[:n]); err == nil {
			t.Errorf("a file cut to %d of %d bytes was taken", n, len(b))
		}
		if _, err := Read(bytes.NewReader(b[:n]), int64(len(b))); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a file that shrank to %d of %d bytes: want an unexpected end, found %v", n, len(b), err)
		}
	}
}

func TestMalformedFilesAreRefused(t *testing.T) {
	const a = `"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	for _, c := range []struct {
		header string
		data   int
		want   string
	}{
		{`{` + a + `}`, 5, "belongs to no tensor"},
		{`{` + a + `}`, 3, "truncated"},
		{`{` + a + `,` + a + `}`, 4, `"a" comes twice`},
		{`{` + a + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`, 6, "overlaps"},
		{`{` + a + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4, "overlaps"},
		{`{` + a + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[5,9]}}`, 9, "gap of 1 bytes"},
		{`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4, "want 8 bytes"},
		{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 4, "want 4 bytes"},
		{`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}`, 4, "want 2 bytes for F16 [1]"},
		{`{"a":{"dtype":"","shape":[1],"data_offsets":[0,4]}}`, 4, `want a type such as F32, found ""`},
		{`{"a":{"dtype":"F4","shape":[1],"data_offsets":[4,0]}}`, 4, "want a begin and an end"},
		{`{"a":{"dtype":"F4","shape":[4294967296,4294967296],"data_offsets":[0,4]}}`, 4, "too large"},
		{`{"a":null}`, 0, "want {, found null"},
		{`{"__metadata__":{"a":null}}`, 0, `metadata "a": want a string, found null`},
		{`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, 0, "too large"},
		{`{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}`, 0, "too large"},
		{`{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,0]}}`, 0, "want a whole number"},
		{`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4, "want a whole number"},
		{`{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}`, 4, "want a whole number"},
		{`{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}`, 4, "want a number"},
		{`{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}`, 4, "want [, found 1"},
		{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}`, 4, "want 2 numbers, found 3"},
		{`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}`, 4, "want 2 numbers, found 1"},
		{`{"a":{"dtype":"F32","shape":[1]}}`, 4, "found 2 of the three"},
		{`{"a":{"dtype":"F32","shape":[1],"Data_offsets":[0,4]}}`, 4, `found "Data_offsets"`},
		{`{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4, `"dtype" comes twice`},
		{`{"a":{"dtype":null,"shape":[1],"data_offsets":[0,4]}}`, 4, "want a string"},
		{`{"a":[]}`, 0, "want {, found ["},
		{`{"__metadata__":{"a":1}}`, 0, `metadata "a": want a string`},
		{`{"__metadata__":{"a":"b","a":"c"}}`, 0, `"a" comes twice`},
		{`{"__metadata__":{},"__metadata__":{}}`, 0, "comes twice"},
		{`{` + a, 4, "the object does not end"},
		{`{` + a + `} x`, 4, "want only spaces"},
		{`{` + a + "}\n", 4, "want only spaces"},
		{` {` + a + `}`, 4, "want a JSON object at its first byte"},
		{`[]`, 0, "want a JSON object at its first byte"},
		{``, 0, "want a header of 1 to"},
		{"{\"\xff\":{}}", 0, "want UTF-8"},
	} {
		_, err := parse(withHeader(c.header, c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s and %d bytes of data: want %q in one line, found %v", c.header, c.data, c.want, err)
		}
	}
}

func TestHeaderLengthIsCheckedBeforeAllocation(t *testing.T) {
	for length, want := range map[uint64]string{
		headerMax + 1:  "want a header of 1 to",
		math.MaxUint64: "want a header of 1 to",
		headerMax:      "truncated",
		9:              "truncated",
	} {
		b := append(binary.LittleEndian.AppendUint64(nil, length), "{}      "...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := parse(b)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("length %d: want %q, found %v", length, want, err)
		}
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 64<<10 {
			t.Errorf("length %d: %d bytes were allocated", length, allocated)
		}
	}
}

func TestWriteRefusesWhatReadWould(t *testing.T) {
	one := Tensor{Name: "a", Shape: []int{1}, Data: []float32{1}}
	for want, tensors := range map[string][]Tensor{
		"two tensors have this name":         {one, one},
		"keeps this name for the metadata":   {{Name: metadataKey, Data: []float32{1}}},
		"want a name in UTF-8":               {{Name: "\xff", Data: []float32{1}}},
		"found []int":                        {{Name: "a", Data: []int{1}}},
		"as many elements as shape [2] has":  {{Name: "a", Shape: []int{2}, Data: []float32{1}}},
		"as many elements as shape [-1] has": {{Name: "a", Shape: []int{-1}, Data: []float32{1}}},
	} {
		if err := Write(io.Discard, tensors, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, found %v", want, err)
		}
	}
	if err := Write(io.Discard, nil, map[string]string{"a": "\xff"}); err == nil {
		t.Error("metadata that is not UTF-8 was written")
	}
}

// failAfter takes n bytes and then fails.
type failAfter struct{ n int }

var errFull = errors.New("full")

func (w *failAfter) Write(p []byte) (int, error) {
	if w.n -= len(p); w.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteReportsAFullDisk(t *testing.T) {
	size := len(encode(t, everyType(), nil))
	for _, n := range []int{0, 7, 600, size / 2, size - 1} {
		if err := Write(&failAfter{n}, everyType(), nil); !errors.Is(err, errFull) {
			t.Errorf("room for %d of %d bytes: want %v, found %v", n, size, errFull, err)
		}
	}
}

func TestReadFileNamesTheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "bad.safetensors")
	for content, want := range map[string]string{
		"short": "want at least 8 bytes, found 5; it looks like text",
		"version https://git-lfs.github.com/spec/v1\n": "want a header of 1 to 100000000 bytes, found a length of 2336927755350992246; " +
			"it looks like a pointer of git-lfs: the file itself was not fetched; run 'git lfs pull' where it comes from",
		"PK\x03\x04\x14\x00\x08\x08": "want a header of 1 to 100000000 bytes, found a length of 578712638083779408; " +
			"it looks like a zip archive, as .npz of NumPy, .pt of PyTorch and .xlsx of Excel are; unpack it, or save it in the format wanted",
		"\x00\x00\x00\x00\x00\x00\x00\x00": "want a header of 1 to 100000000 bytes, found a length of 0; " +
			"it looks like zeros, as a download that was broken off leaves them",
		"\xff\xff\xff\xff\xff\xff\xff\x00": "want a header of 1 to 100000000 bytes, found a length of 72057594037927935",
	} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		want = "read " + name + ": not a safetensors file: " + want
		if _, err := ReadFile(name); err == nil || err.Error() != want {
			t.Errorf("want %q, found %v", want, err)
		}
	}
	if _, err := ReadFile(name + ".no"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("want %v, found %v", os.ErrNotExist, err)
	}
}

// FuzzRead holds that any input is either refused or means the same after it was written again.
func FuzzRead(f *testing.F) {
	f.Add(encode(f, everyType()[:6], map[string]string{"phase": "m1"}))
	f.Add(encode(f, nil, nil))
	f.Add(withHeader(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4))
	f.Add(withHeader(`{"a":{"dtype":"U8","shape":[0,7],"data_offsets":[0,0]},"__metadata__":{"k":"v"}}`, 0))
	f.Add(encode(f, foreign(), Summed(foreign(), nil)))
	f.Add(withHeader(`{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]},"__metadata__":null}`, 2))
	f.Add(withHeader(`{"a":{"dtype":"F32","shape":[1073741824,1073741824],"data_offsets":[0,4611686018427387904]}}`, 4))
	f.Fuzz(func(t *testing.T, b []byte) {
		var first *File
		var err error
		used := allocated.Bytes(func() { first, err = parse(b) })
		if most := uint64(1<<20 + 256*len(b)); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(b), used, most)
		}
		if err != nil {
			return
		}
		canonical := encode(t, first.Tensors, first.Metadata)
		second, err := parse(canonical)
		if err != nil {
			t.Fatal(err)
		}
		if again := encode(t, second.Tensors, second.Metadata); !bytes.Equal(canonical, again) {
			t.Error("writing, reading and writing again changed the bytes")
		}
	})
}

// BenchmarkWrite is what a checkpoint of 20 MB costs without the disk.
func BenchmarkWrite(b *testing.B) {
	tensors := []Tensor{{Name: "weight", Shape: []int{5_000_000}, Data: make([]float32, 5_000_000)}}
	b.SetBytes(20_000_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(io.Discard, tensors, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead is the way back.
func BenchmarkRead(b *testing.B) {
	file := encode(b, []Tensor{{Name: "weight", Shape: []int{5_000_000}, Data: make([]float32, 5_000_000)}}, nil)
	b.SetBytes(20_000_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(file); err != nil {
			b.Fatal(err)
		}
	}
}
