package infer

import (
	"os"
	"slices"
	"strconv"
	"strings"
)

// MachineMemory is how much memory there is, in bytes, where the system tells it; otherwise 0.
func MachineMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	words := strings.Fields(string(text))
	at := slices.Index(words, "MemTotal:") + 1
	if at == 0 || at == len(words) {
		return 0
	}
	kibibytes, err := strconv.ParseInt(words[at], 10, 64)
	if err != nil {
		return 0
	}
	return kibibytes << 10
}
