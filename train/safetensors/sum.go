package safetensors

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
)

// SumKey is the metadata's key of the tensors' sum, see Summed.
const SumKey = "tensors_sha256"

// Summed returns metadata with the sum of the tensors, which Read verifies. It is the SHA-256, in hexadecimal, of every
// tensor in the order in which Write puts them into a file: its name, its type, the number of its dimensions and each
// of them, then its elements as the file has them. A number is eight bytes, little-endian; before a name or a type
// stands the number of its bytes.
func Summed(tensors []Tensor, metadata map[string]string) map[string]string {
	summed := maps.Clone(metadata)
	if summed == nil {
		summed = map[string]string{}
	}
	summed[SumKey] = sumOf(tensors)
	return summed
}

func sumOf(tensors []Tensor) string {
	h := sha256.New()
	buf := make([]byte, chunkBytes)
	for _, t := range inFileOrder(tensors) {
		sumText(h, t.Name)
		sumText(h, string(t.DType()))
		sumNumber(h, len(t.Shape))
		for _, n := range t.Shape {
			sumNumber(h, n)
		}
		if err := writeData(h, t.Data, buf); err != nil {
			panic("safetensors: " + err.Error()) // A hash takes everything.
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func sumText(h hash.Hash, text string) {
	sumNumber(h, len(text))
	h.Write([]byte(text))
}

func sumNumber(h hash.Hash, n int) {
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

// checkSum holds that the sum in the metadata, where there is one, is that of the tensors.
func (f *File) checkSum() error {
	want, ok := f.Metadata[SumKey]
	if !ok {
		return nil
	}
	if found := sumOf(f.Tensors); found != want {
		return fmt.Errorf("corrupt: want tensors with the checksum %.12q, found %.12q; if they were changed on purpose, "+
			"take %s out of the metadata", want, found, SumKey)
	}
	return nil
}
