package safetensors

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// foreign are tensors of other programs: of each type that ssdgm has no use for, and of one that it does not know.
func foreign() []Tensor {
	return []Tensor{
		{Name: "half", Shape: []int{5}, Data: Raw{F16, []byte{0, 0x3c, 0, 0xc0, 1, 0, 0xff, 0x7b, 0, 0x7c}}},
		{Name: "brain", Shape: []int{2}, Data: Raw{BF16, []byte{0x80, 0x3f, 0x80, 0xff}}},
		{Name: "steps", Shape: []int{}, Data: Raw{I32, []byte{1, 0, 0, 0}}},
		{Name: "flag", Shape: []int{2}, Data: Raw{Bool, []byte{1, 0}}},
		{Name: "later", Shape: []int{3}, Data: Raw{"F4", []byte{1, 2}}},
		{Name: "wide", Shape: []int{1, 2}, Data: []float64{0.1, -2}},
	}
}

// TestForeignTensorsAreCarried holds that what a model does not need keeps no file from being read, and goes through
// as it is.
func TestForeignTensorsAreCarried(t *testing.T) {
	f, err := parse(encode(t, append(foreign(), everyType()...), nil))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(inFileOrder(append(foreign(), everyType()...)), f.Tensors); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{"steps": "I32", "later": `"F4"`} {
		tensor, _ := f.Lookup(name)
		_, err := Values[float32](f, name, tensor.Shape...)
		if want = "tensor \"" + name + "\": want F32, found " + want; err == nil || err.Error() != want {
			t.Errorf("want %q, found %v", want, err)
		}
	}
}

func TestOtherPrecisionsBecomeSingle(t *testing.T) {
	f := &File{Tensors: foreign()}
	for name, want := range map[string][]float32{
		"half":  {1, -2, 1.0 / (1 << 24), 65504, float32(math.Inf(1))},
		"brain": {1, float32(math.Inf(-1))},
		"wide":  {0.1, -2},
	} {
		tensor, _ := f.Lookup(name)
		found, err := Values[float32](f, name, tensor.Shape...)
		if err != nil || !slices.Equal(found, want) {
			t.Errorf("%s: want %v, found %v, %v", name, want, found, err)
		}
	}
	f.Tensors = []Tensor{{Name: "w", Shape: []int{2}, Data: []float64{1, -1e39}}}
	const want = `tensor "w": want numbers that single precision can hold, found -1e+39 at place 1`
	if _, err := Values[float32](f, "w", 2); err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
}

func TestWhatIsNoNumberIsCounted(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		data         any
		count, first int
	}{
		{[]float32{1, float32(nan), float32(math.Inf(1))}, 2, 1},
		{[]float64{1, 1e300}, 0, -1},
		{[]float64{nan, 1}, 1, 0},
		{Raw{F16, []byte{0, 0x3c, 0, 0x7c}}, 1, 1},
		{Raw{I32, []byte{0, 0, 0xc0, 0x7f}}, 0, -1},
		{[]int64{1}, 0, -1},
	} {
		if count, first := (Tensor{Data: c.data}).NotFinite(); count != c.count || first != c.first {
			t.Errorf("%v: want %d from %d on, found %d from %d on", c.data, c.count, c.first, count, first)
		}
	}
}

// TestTheSumIsOfNamesTypesShapesAndBytes holds that each of them, and nothing else, decides whether a file is taken.
func TestTheSumIsOfNamesTypesShapesAndBytes(t *testing.T) {
	tensors := []Tensor{
		{Name: "ab", Shape: []int{2, 1}, Data: []float32{1, 2}}, {Name: "c", Shape: []int{1}, Data: []int64{3}},
		{Name: "d", Shape: []int{2}, Data: Raw{F16, []byte{1, 2, 3, 4}}},
	}
	metadata := Summed(tensors, map[string]string{"step": "1"})
	const want = "fec87a1adf0195b04c071f40801d7a33e57992068e3827759b5ff839fc7ed4f9"
	sound := encode(t, tensors, metadata)
	if _, err := parse(sound); err != nil {
		t.Fatal(err)
	}
	metadata["step"] = "2"
	if _, err := parse(encode(t, []Tensor{tensors[2], tensors[0], tensors[1]}, metadata)); err != nil {
		t.Errorf("other metadata and another order: %v", err)
	}
	for what, change := range map[string]func(all []Tensor){
		"value": func(all []Tensor) { all[0].Data = []float32{1, math.Nextafter32(2, 3)} },
		"name":  func(all []Tensor) { all[0].Name = "ba" },
		"shape": func(all []Tensor) { all[0].Shape = []int{1, 2} },
		"type":  func(all []Tensor) { all[2].Data = Raw{BF16, []byte{1, 2, 3, 4}} },
	} {
		changed := slices.Clone(tensors)
		change(changed)
		_, err := parse(encode(t, changed, metadata))
		if err == nil || !strings.Contains(err.Error(), "corrupt: want tensors with the checksum") || strings.Contains(err.Error(), "\n") {
			t.Errorf("another %s: want a refusal in one line, found %v", what, err)
		}
	}
	sound[len(sound)-1] ^= 1
	if _, err := parse(sound); err == nil || !strings.Contains(err.Error(), "corrupt") {
		t.Errorf("a flipped bit: found %v", err)
	}
	// The rule is for other programs too, so it stays.
	if found := sumOf(tensors[1:2]); found != want {
		t.Errorf("the sum of one tensor was %s, found %s", want, found)
	}
}

func TestMissingMetadataIsNone(t *testing.T) {
	for _, header := range []string{`{"__metadata__":null}`, `{"__metadata__" : null }`, `{}`, `{"__metadata__":{}}`} {
		f, err := parse(withHeader(header, 0))
		if err != nil || f.Metadata == nil || len(f.Metadata) != 0 {
			t.Errorf("%s: found %v, %v", header, f, err)
		}
	}
}

func TestLongNamesAreCutInMessages(t *testing.T) {
	long := strings.Repeat("\x1b[31m", 100)
	err := Write(&bytes.Buffer{}, []Tensor{{Name: long, Data: []int{}}}, nil)
	if err == nil || len(err.Error()) > 700 || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("found %v", err)
	}
}
