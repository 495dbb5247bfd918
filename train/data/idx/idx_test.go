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
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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
			0: {Shape: []int{3, 2, 2}, Type: strict.Uint8, Data: []byte("abcdefghijkl")},
			2: {Shape: []int{3, 2, 2}, Type: strict.Uint8, Data: []byte("abcdefgh")},
			9: {Shape: []int{3, 2, 2}, Type: strict.Uint8, Data: []byte("abcdefghijkl")},
		} {
			got, err := read(file, Options{First: first})
			if err != nil {
				t.Fatalf("%s, first %d: %v", name, first, err)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(strict.Type{}, "Value")); diff != "" {
				t.Errorf("%s, first %d: %s", name, first, diff)
			}
		}
	}
}

// TestEveryTypeAndRankIsRead holds each against the bytes of 1 and 2, the greatest first.
func TestEveryTypeAndRankIsRead(t *testing.T) {
	for kind, data := range map[byte]string{
		0x08: "\x01\x02", 0x09: "\x01\x02", 0x0b: "\x00\x01\x00\x02", 0x0c: "\x00\x00\x00\x01\x00\x00\x00\x02",
		0x0d: "\x3f\x80\x00\x00\x40\x00\x00\x00", 0x0e: "\x3f\xf0\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00",
	} {
		for rank := 1; rank <= maxDimensions; rank++ {
			shape := append([]uint32{2}, slices.Repeat([]uint32{1}, rank-1)...)
			got, err := read(encode(uint32(kind)<<8|uint32(rank), shape, []byte(data)), Options{})
			if err != nil {
				t.Fatalf("type %#x, rank %d: %v", kind, rank, err)
			}
			if got.Len() != 2 || got.Value(0) != 1 || got.Value(1) != 2 || len(got.Shape) != rank {
				t.Errorf("type %#x, rank %d: %+v", kind, rank, got)
			}
		}
	}
}

// TestZerosAfterTheLastMemberArePadding holds that nothing else is.
func TestZerosAfterTheLastMemberArePadding(t *testing.T) {
	file := encode(0x801, []uint32{4}, []byte("0123"))
	two := slices.Concat(zip(file[:9]), zip(file[9:]))
	for name, padded := range map[string][]byte{
		"one member": append(zip(file), make([]byte, 700)...), "two": append(two, 0), "between": slices.Concat(zip(file[:9]), []byte{0}, zip(file[9:])),
	} {
		if got, err := read(padded, Options{}); err != nil || string(got.Data) != "0123" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if _, err := read(append(padded, 'x'), Options{}); !errors.Is(err, ErrFormat) {
			t.Errorf("%s, then x: error = %v", name, err)
		}
	}
}

// magicFault is how a fault of the first bytes begins.
const magicFault = "wrong magic number: wanted that of an IDX file, such as 0x00000803 (bytes in 3 dimensions), "

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
		{"empty", nil, "truncated: wanted a header of 4 bytes, found 0"},
		{"half a header", sound[:5], "truncated: wanted a header of 4 bytes, found 1"},
		{"another type", encode(0xf01, []uint32{1}, []byte{0, 0, 0, 0}), magicFault + "found 0x00000f01, and it is not gzip"},
		{"no dimension", encode(0x800, nil, []byte{0}), magicFault + "found 0x00000800, and it is not gzip"},
		{"a page", []byte("<!DOCTYPE html>\n<html>"),
			magicFault + "found 0x3c21444f, and it is not gzip; it looks like an HTML page, such as a server sends instead of a file"},
		{"a zipped page", zip([]byte("\n <HTML lang=en>")),
			magicFault + "found 0x0a203c48; it looks like an HTML page, such as a server sends instead of a file"},
		{"a pointer", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), magicFault + "found 0x76657273, and it is not gzip; " +
			"it looks like a pointer of git-lfs: the file itself was not fetched; run 'git lfs pull' where it comes from"},
		{"claims too much", encode(0x801, []uint32{41}, sound[8:]), "the header claims 41 elements of type uint8, more than a file of 48 bytes can hold"},
		{"claims the moon", encode(0x801, []uint32{1 << 31}, nil), "the header claims a dimension of 2147483648, want at most 2147483647"},
		{"gzip claims the moon", zip(encode(0x801, []uint32{1<<31 - 1}, nil)), "the header claims 2147483647 elements of type uint8, more than a file of 32 bytes can hold"},
		{"trailing bytes", append(bytes.Clone(sound), 1), "trailing bytes after the 40 that the header claims"},
		{"gzip trailing bytes", zip(append(bytes.Clone(sound), 1)), "trailing bytes after the 40 that the header claims"},
		{"gzip then no gzip", append(bytes.Clone(zipped), "something else"...), "bytes that are not gzip where a gzip stream should begin or the file should end"},
		{"gzip of half the data", zip(sound[:20]), "truncated: wanted 40 bytes of data, found 12"},
		{"gzip cut in its checksum", zipped[:len(zipped)-3], "truncated: the gzip stream breaks off"},
		{"gzip cut in its data", zipped[:11], "truncated: wanted a header of 4 bytes, found 0"},
		{"gzip checksum", damaged, "the gzip stream is damaged"},
	} {
		t.Run(fault.name, func(t *testing.T) {
			_, err := read(fault.file, Options{})
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
	_, err := read(file, Options{})
	if err == nil || !strings.Contains(err.Error(), "2147483647×2147483647×2147483647") {
		t.Errorf("error = %v, want the claim that was refused", err)
	}
}

func TestReadFileNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "labels")
	if err := os.WriteFile(path, []byte("12"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := ReadFile(path, Options{})
	if want := path + ": truncated: wanted a header of 4 bytes, found 2"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
	if _, err := ReadFile(path+"-absent", Options{}); !errors.Is(err, fs.ErrNotExist) {
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
	if got, err := Find(dir, name); !errors.Is(err, strict.ErrPath) || !strings.Contains(err.Error(), "wanted a file, found a directory") {
		t.Errorf("Find = %q, %v, want no file: a folder is none", got, err)
	}
}

func TestReadErrorsOfTheDiskAreNotFormatErrors(t *testing.T) {
	broken := errors.New("input/output error")
	sound := encode(0x801, []uint32{4}, []byte("0123"))
	r := io.MultiReader(bytes.NewReader(sound[:9]), failing{broken})
	_, err := Read(r, int64(len(sound)), Options{})
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
		used := allocated.Bytes(func() { array, err = read(file, Options{First: first}) })
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
		if want, _ := strict.Product(append([]int{entries}, array.Shape[1:]...), 1<<40); int64(array.Len()) != want {
			t.Errorf("%d elements for the first %d of shape %v", len(array.Data), first, array.Shape)
		}
	})
}
