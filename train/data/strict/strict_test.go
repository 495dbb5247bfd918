package strict

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"ssdgm/train/allocated"
)

func TestAClaimWithoutBytesCostsNothing(t *testing.T) {
	const claim = 1 << 60
	used := allocated.Bytes(func() {
		if found, err := Bytes(strings.NewReader("0123456789"), claim); string(found) != "0123456789" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("found %q, %v", found, err)
		}
	})
	if used > 4*firstRoom {
		t.Errorf("10 bytes and a claim of %d made it allocate %d", claim, used)
	}
}

func TestBytesOfAnyLengthAreRead(t *testing.T) {
	whole := bytes.Repeat([]byte("0123456"), 3*firstRoom)
	for _, n := range []int{0, 1, firstRoom - 1, firstRoom, firstRoom + 1, len(whole)} {
		found, err := Bytes(bytes.NewReader(whole), int64(n))
		if err != nil || !bytes.Equal(found, whole[:n]) || cap(found) > max(n, firstRoom)*2 {
			t.Errorf("%d bytes: found %d with room for %d, %v", n, len(found), cap(found), err)
		}
	}
}

func TestFaultsOfTheDiskAreNotTheFiles(t *testing.T) {
	broken := errors.New("input/output error")
	entries, err := NewEntries(io.MultiReader(strings.NewReader("ab"), failing{broken}), []int{2, 2}, 0, Uint8, 4, 4, nil)
	if err != nil {
		t.Fatal(err)
	}
	if entry, err := entries.Next(); string(entry) != "ab" || err != nil {
		t.Errorf("the first entry: %q, %v", entry, err)
	}
	if _, err := entries.Next(); !errors.Is(err, broken) || errors.Is(err, ErrFormat) {
		t.Errorf("error = %v, want the disk's own", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
