package run

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"ssdgm/train/allocated"
	"ssdgm/train/safetensors"
)

// FuzzReadCheckpoint holds that any bytes are refused, or are a checkpoint that is the same
// after it was written again, and that its reader takes no more memory than they have to show.
func FuzzReadCheckpoint(f *testing.F) {
	sound, err := os.ReadFile(golden(1))
	if err != nil {
		f.Fatal(err)
	}
	write, err := state("m1", 12).writeTo()
	if err != nil {
		f.Fatal(err)
	}
	var now bytes.Buffer
	if err := write(&now); err != nil {
		f.Fatal(err)
	}
	f.Add(sound)
	f.Add(now.Bytes())
	f.Add(sound[:100])
	f.Add(bytes.Replace(now.Bytes(), []byte("[3]"), []byte("[1152921504606846976]"), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		fsys := newMemFS()
		fsys.live["c"] = &inode{data: sealed(b)}
		var c *Checkpoint
		var err error
		used := allocated.Bytes(func() { c, err = readCheckpoint(fsys, "c") })
		if most := uint64(1<<20 + 512*len(b)); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(b), used, most)
		}
		if err != nil {
			if c != nil || errors.Is(err, errDead) {
				t.Errorf("half a success: %v, %v", c, err)
			}
			return
		}
		write, err := c.writeTo()
		if err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := write(&again); err != nil {
			t.Fatal(err)
		}
		fsys.live["c"].data = again.Bytes()
		if back, err := readCheckpoint(fsys, "c"); err != nil || back.position() != c.position() {
			t.Errorf("written again it reads as %v, %v", back, err)
		}
	})
}

// sealed gives a file of named arrays the checksum that it should have, or no checkpoint would
// ever be found by chance. Other files stay as they are.
func sealed(b []byte) []byte {
	file, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil || !IsCheckpoint(file) {
		return b
	}
	delete(file.Metadata, keyChecksum)
	sum, err := checksum(file.Tensors, file.Metadata)
	if err != nil {
		return b
	}
	file.Metadata[keyChecksum] = sum
	var out bytes.Buffer
	if err := safetensors.Write(&out, file.Tensors, file.Metadata); err != nil {
		return b
	}
	return out.Bytes()
}
