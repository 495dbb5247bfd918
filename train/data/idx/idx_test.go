package idx

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/allocated"
	"ssdgm/train/data/strict"
)

// encode writes an IDX file of bytes with any claim in its header.
func encode(magic uint32, shape []uint32, data []byte) []byte {
	file := binary.BigEndian.AppendUint32(nil, magic)
	for _, n := range shape {
		file = binary.BigEndian.AppendUint32(file, n)
	}
	return append(file, data...)
}

func zip(data []byte) []byte {
	var buffer bytes.Buffer
	w := gzip.NewWriter(&buffer)
	w.Write(data)
	w.Close()
	return buffer.Bytes()
}

func read(file []byte, options Options) (*Array, error) {
	return Read(bytes.NewReader(file), int64(len(file)), options)
}

func TestReadReturnsWhatWasWritten(t *testing.T) {
	plain := encode(0x803, []uint32{3, 2, 2}, []byte("abcdefghijkl"))
	for name, file := range map[string][]byte{"plain": plain, "gzip": zip(plain)} {
		for first, want := range map[int]*Array{
			0: {Shape: []int{3, 2, 2}, Data: []byte("abcdefghijkl")},
			2: {Shape: []int{3, 2, 2}, Data: []byte("abcdefgh")},
			9: {Shape: []int{3, 2, 2}, Data: []byte("abcdefghijkl")},
		} {
			got, err := read(file, Options{Dims: 3, First: first})
			if err != nil {
				t.Fatalf("%s, first %d: %v", name, first, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, first %d: %s", name, first, diff)
			}
		}
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	sound := encode(0x801, []uint32{40}, bytes.Repeat([]byte("0123"), 10))
	zipped := zip(sound)
	damaged := bytes.Clone(zipped)
	damaged[len(damaged)-6] ^= 1 // in the checksum
	for _, fault := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "truncated: wanted a header of 8 bytes, found 0"},
		{"half a header", sound[:5], "truncated: wanted a header of 8 bytes, found 5"},
		{"images for labels", encode(0x803, []uint32{1, 1, 1}, []byte{0}), "wrong magic number: wanted 0x00000801 (bytes in 1 dimensions), found 0x00000803"},
		{"float32 elements", encode(0xd01, []uint32{1}, []byte{0, 0, 0, 0}), "wrong magic number: wanted 0x00000801 (bytes in 1 dimensions), found 0x00000d01"},
		{"claims too much", encode(0x801, []uint32{41}, sound[8:]), "the header claims 41 bytes, more than a file of 48 bytes can hold"},
		{"claims the moon", encode(0x801, []uint32{1 << 31}, nil), "the header claims a dimension of 2147483648, want at most 2147483647"},
		{"gzip claims the moon", zip(encode(0x801, []uint32{1<<31 - 1}, nil)), "the header claims 2147483647 bytes, more than a file of 32 bytes can hold"},
		{"trailing bytes", append(bytes.Clone(sound), 1), "trailing bytes after the 40 that the header claims"},
		{"gzip trailing bytes", zip(append(bytes.Clone(sound), 1)), "trailing bytes after the 40 that the header claims"},
		{"gzip then no gzip", append(bytes.Clone(zipped), "something else"...), "bytes that are not gzip where a gzip stream should begin or the file should end"},
		{"gzip of half the data", zip(sound[:20]), "truncated: wanted 40 bytes of data, found 12"},
		{"gzip cut in its checksum", zipped[:len(zipped)-3], "truncated: the gzip stream breaks off"},
		{"gzip cut in its data", zipped[:11], "truncated: wanted a header of 8 bytes, found 0"},
		{"gzip checksum", damaged, "the gzip stream is damaged"},
	} {
		t.Run(fault.name, func(t *testing.T) {
			_, err := read(fault.file, Options{Dims: 1})
			if err == nil || err.Error() != fault.want {
				t.Errorf("error = %v\nwant    %s", err, fault.want)
			}
			if !errors.Is(err, ErrFormat) {
				t.Errorf("%v is not an ErrFormat", err)
			}
		})
	}
}

// Three dimensions of 2³¹−1 overflow 64 bits when multiplied.
func TestAbsurdClaimsAllocateNothing(t *testing.T) {
	file := encode(0x803, []uint32{1<<31 - 1, 1<<31 - 1, 1<<31 - 1}, nil)
	_, err := read(file, Options{Dims: 3})
	if err == nil || !strings.Contains(err.Error(), "2147483647×2147483647×2147483647") {
		t.Errorf("error = %v, want the claim that was refused", err)
	}
}

func TestReadFileNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "labels")
	if err := os.WriteFile(path, []byte("12"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := ReadFile(path, Options{Dims: 1})
	if want := path + ": truncated: wanted a header of 8 bytes, found 2"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
	if _, err := ReadFile(path+"-absent", Options{Dims: 1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v, want that there is no such file", err)
	}
}

func TestFindKnowsAllSpellings(t *testing.T) {
	const name = "t10k-labels-idx1-ubyte"
	for _, spelling := range []string{name, name + ".gz", "t10k-labels.idx1-ubyte", "t10k-labels.idx1-ubyte.gz"} {
		dir := t.TempDir()
		want := filepath.Join(dir, spelling)
		if err := os.WriteFile(want, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := Find(dir, name); err != nil || got != want {
			t.Errorf("Find = %q, %v, want %q", got, err, want)
		}
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(dir, name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Find = %q, %v, want no file: a folder is none", got, err)
	}
}

func TestReadErrorsOfTheDiskAreNotFormatErrors(t *testing.T) {
	broken := errors.New("input/output error")
	sound := encode(0x801, []uint32{4}, []byte("0123"))
	r := io.MultiReader(bytes.NewReader(sound[:9]), failing{broken})
	_, err := Read(r, int64(len(sound)), Options{Dims: 1})
	if !errors.Is(err, broken) || errors.Is(err, ErrFormat) {
		t.Errorf("error = %v, want the disk's own", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzRead(f *testing.F) {
	sound := encode(0x803, []uint32{2, 2, 1}, []byte("abcd"))
	f.Add(sound, 0)
	f.Add(zip(sound), 1)
	f.Add(sound[:7], 0)
	f.Add(encode(0x803, []uint32{1 << 20, 1 << 20, 1 << 20}, nil), 0)
	f.Add(zip(encode(0x803, []uint32{1 << 20, 1 << 20, 1 << 20}, nil)), 3)
	f.Fuzz(func(t *testing.T, file []byte, first int) {
		var array *Array
		var err error
		used := allocated.Bytes(func() { array, err = read(file, Options{Dims: 3, First: first}) })
		if most := uint64(1<<20 + strict.DeflateRatio*len(file)); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(file), used, most)
		}
		if err != nil {
			return
		}
		entries := array.Shape[0]
		if first > 0 {
			entries = min(entries, first)
		}
		if want := entries * array.Shape[1] * array.Shape[2]; len(array.Data) != want {
			t.Errorf("%d elements for the first %d of shape %v", len(array.Data), first, array.Shape)
		}
	})
}
