package run

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"strings"

	"ssdgm/train/safetensors"
)

// keyTensorSums is a list of the tensors' own checksums. It does not decide whether a file is
// sound, keyChecksum does; it tells where the damage is. Files from before it was there lack it.
const keyTensorSums = "tensor_crc32c"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// tensorSums returns the value of keyTensorSums: a sum of the list itself, a space, and the
// list as a JSON object.
func tensorSums(tensors []safetensors.Tensor) (string, error) {
	sums := make(map[string]string, len(tensors))
	for _, t := range tensors {
		sum, err := tensorSum(t)
		if err != nil {
			return "", err
		}
		sums[t.Name] = sum
	}
	list, err := json.Marshal(sums)
	if err != nil {
		return "", err
	}
	return hexSum(crc32.Checksum(list, castagnoli)) + " " + string(list), nil
}

func tensorSum(t safetensors.Tensor) (string, error) {
	h := crc32.New(castagnoli)
	if err := t.WriteData(h); err != nil {
		return "", err
	}
	return hexSum(h.Sum32()), nil
}

func hexSum(sum uint32) string { return fmt.Sprintf("%08x", sum) }

// damage tells in which region of a corrupt file the damage is, as the end of a sentence;
// nothing where the file is too old to know.
func damage(tensors []safetensors.Tensor, metadata map[string]string) string {
	value, ok := metadata[keyTensorSums]
	if !ok {
		return ""
	}
	const header = "; the header is damaged"
	sum, list, _ := strings.Cut(value, " ")
	var sums map[string]string
	if sum != hexSum(crc32.Checksum([]byte(list), castagnoli)) || json.Unmarshal([]byte(list), &sums) != nil {
		return header
	}
	var damaged []string
	for _, t := range tensors {
		want, ok := sums[t.Name]
		if !ok {
			return header
		}
		if found, err := tensorSum(t); err != nil || found != want {
			damaged = append(damaged, t.Name)
		}
	}
	switch len(damaged) {
	case 0:
		return header
	case 1:
		return fmt.Sprintf("; tensor %s is damaged", damaged[0])
	}
	return fmt.Sprintf("; tensor %s and %d more are damaged", damaged[0], len(damaged)-1)
}
