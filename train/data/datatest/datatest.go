// Package datatest is what the tests of the sources share.
package datatest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"ssdgm/train/data"
)

// Words are 32-bit integers, least byte first.
func Words(values ...uint32) (content []byte) {
	for _, v := range values {
		content = binary.LittleEndian.AppendUint32(content, v)
	}
	return content
}

// Zip compresses.
func Zip(content []byte) []byte {
	var buffer bytes.Buffer
	w := gzip.NewWriter(&buffer)
	w.Write(content)
	w.Close()
	return buffer.Bytes()
}

// WriteFile writes a file, and makes its folder.
func WriteFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Open is data.Open of what is there.
func Open(t *testing.T, options data.Options) (train, test data.Part) {
	t.Helper()
	train, test, err := data.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	return train, test
}

// Load is Part.Load of what is there.
func Load(t *testing.T, part data.Part) *data.Set {
	t.Helper()
	set, err := part.Load()
	if err != nil {
		t.Fatal(err)
	}
	return set
}
