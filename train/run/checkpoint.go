package run

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ssdgm/train/safetensors"
)

// formatVersion is the version of the checkpoints that this package writes, and the newest
// that it reads.
const formatVersion = 1

// The keys of the metadata that belong to this package. The rule of keyChecksum holds for
// every version: it is the SHA-256, in hexadecimal, of the file as safetensors.Write gives it
// without this one key. So it covers the metadata, the names and the shapes as well as the data.
const (
	keyVersion      = "format_version"
	keyPhase        = "phase"
	keyStep         = "step"
	keyMetricsBytes = "metrics_bytes"
	keyTimingBytes  = "timing_bytes"
	keyChecksum     = "checksum"
)

var ownKeys = []string{keyVersion, keyPhase, keyStep, keyMetricsBytes, keyTimingBytes, keyTensorSums, keyChecksum}

// A Checkpoint is the state of a run after a step of a phase. What its tensors and metadata
// are is the caller's affair; the metadata must leave this package's own keys (ownKeys) alone.
type Checkpoint struct {
	Phase string
	Step  int64
	safetensors.File

	// How long the two journals were: what a resume cuts them to.
	metricsBytes, timingBytes int64
}

const checkpointSuffix = ".safetensors"

// bestOf is the file of a phase's best checkpoint. Each phase has its own: a run that goes
// back to the end of an earlier phase, because a later checkpoint is corrupt, needs it again.
func bestOf(phase string) string { return phase + "-best" + checkpointSuffix }

// position is where in a run a checkpoint stands. Its file is named after it.
type position struct {
	phase string
	step  int64
}

func (p position) String() string {
	return fmt.Sprintf("%s-%09d%s", p.phase, p.step, checkpointSuffix)
}

// position returns where c stands.
func (c *Checkpoint) position() position { return position{phase: c.Phase, step: c.Step} }

// parsePosition is the inverse of String; false for every other name.
func parsePosition(name string) (position, bool) {
	phase, rest, _ := strings.Cut(name, "-")
	step, err := strconv.ParseInt(strings.TrimSuffix(rest, checkpointSuffix), 10, 64)
	p := position{phase: phase, step: step}
	return p, err == nil && step >= 0 && p.String() == name
}

// fullMetadata returns the metadata of c with this package's own keys in it.
func (c *Checkpoint) fullMetadata() (map[string]string, error) {
	m := map[string]string{
		keyVersion:      strconv.Itoa(formatVersion),
		keyPhase:        c.Phase,
		keyStep:         strconv.FormatInt(c.Step, 10),
		keyMetricsBytes: strconv.FormatInt(c.metricsBytes, 10),
		keyTimingBytes:  strconv.FormatInt(c.timingBytes, 10),
	}
	for key, value := range c.Metadata {
		if slices.Contains(ownKeys, key) {
			panic(fmt.Sprintf("run: the metadata key %q belongs to package run", key))
		}
		m[key] = value
	}
	var err error
	if m[keyTensorSums], err = tensorSums(c.Tensors); err != nil {
		return nil, err
	}
	sum, err := checksum(c.Tensors, m)
	if err != nil {
		return nil, err
	}
	m[keyChecksum] = sum
	return m, nil
}

// checksum returns what keyChecksum stands for; metadata must not have that key.
func checksum(tensors []safetensors.Tensor, metadata map[string]string) (string, error) {
	h := sha256.New()
	if err := safetensors.Write(h, tensors, metadata); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// writeTo returns the function that writes c. The checksum is computed once, here.
func (c *Checkpoint) writeTo() (func(io.Writer) error, error) {
	metadata, err := c.fullMetadata()
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error { return safetensors.Write(w, c.Tensors, metadata) }, nil
}

// IsCheckpoint tells whether a file was written as a run's checkpoint, by its metadata.
func IsCheckpoint(f *safetensors.File) bool {
	_, ok := f.Metadata[keyChecksum]
	return ok
}

// ReadCheckpoint reads and verifies the checkpoint in a file.
func ReadCheckpoint(name string) (*Checkpoint, error) { return readCheckpoint(disk{}, name) }

// readCheckpoint is ReadCheckpoint on any disk. An error for which errors.Is finds ErrUser
// says that the file is sound but of a newer version.
func readCheckpoint(fsys FS, name string) (*Checkpoint, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, bare(err))
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, bare(err))
	}
	file, err := safetensors.Read(f, size)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, bare(err))
	}
	c := &Checkpoint{File: *file}
	if err := c.verify(name); err != nil {
		return nil, err
	}
	return c, nil
}

// verify checks c, freshly read from the file of that name, and takes this package's own keys
// out of its metadata.
func (c *Checkpoint) verify(name string) error {
	want, ok := c.Metadata[keyChecksum]
	if !ok {
		return fmt.Errorf("read %s: want a checkpoint of ssdgm, found a file without %q in its metadata", name, keyChecksum)
	}
	metadata := maps.Clone(c.Metadata)
	delete(metadata, keyChecksum)
	found, err := checksum(c.Tensors, metadata)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if found != want {
		return fmt.Errorf("read %s: corrupt: want checksum %.12s…, found %.12s…%s", name, want, found, damage(c.Tensors, metadata))
	}
	version, err := strconv.Atoi(metadata[keyVersion])
	if err != nil || version < 1 {
		return fmt.Errorf("read %s: want a format version, found %q", name, metadata[keyVersion])
	}
	if version > formatVersion {
		return userErrorf("read %s: want checkpoint format %d, found %d; a newer ssdgm wrote it, use that one", name, formatVersion, version)
	}
	c.Phase = metadata[keyPhase]
	for key, n := range map[string]*int64{keyStep: &c.Step, keyMetricsBytes: &c.metricsBytes, keyTimingBytes: &c.timingBytes} {
		v, err := strconv.ParseUint(metadata[key], 10, 63)
		if err != nil {
			return fmt.Errorf("read %s: want a number as %q, found %q", name, key, metadata[key])
		}
		*n = int64(v)
	}
	for _, key := range ownKeys {
		delete(metadata, key)
	}
	c.Metadata = metadata
	return nil
}
