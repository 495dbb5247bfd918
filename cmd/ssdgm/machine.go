package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// processor is the CPU's name, where the system tells it.
func processor() string {
	if name, ok := lookUp("/proc/cpuinfo", "model name"); ok {
		return name
	}
	return runtime.GOARCH
}

// memory is how much there is, where the system tells it.
func memory() string {
	total, ok1 := kibibytes("MemTotal")
	free, ok2 := kibibytes("MemAvailable")
	if !ok1 || !ok2 {
		return "size not known on this system; the built-in configurations need 200 MB at most"
	}
	return fmt.Sprintf("%d MB, of which %d MB are free", total>>10, free>>10)
}

func kibibytes(key string) (int, bool) {
	value, ok := lookUp("/proc/meminfo", key)
	n, err := strconv.Atoi(strings.TrimSuffix(value, " kB"))
	return n, ok && err == nil
}

// lookUp finds the first line "key : value" of a file.
func lookUp(path, key string) (string, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
