// Package machine tells what this machine is, and tries what it computes with.
package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Processor is the CPU's name, where the system tells it.
func Processor() string {
	if name, ok := lookUp("/proc/cpuinfo", "model name"); ok {
		return name
	}
	return runtime.GOARCH
}

// Memory is how much there is, where the system tells it.
func Memory() string {
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

// Driver says what hints at an NVIDIA driver on this machine: the version of its kernel
// module, or the library that comes with it; nothing where there is no hint.
func Driver() string {
	if text, ok := lookUp("/proc/driver/nvidia/version", "NVRM version"); ok {
		// NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 06:54:38 UTC 2025
		for word := range strings.FieldsSeq(text) {
			if strings.Trim(word, "0123456789.") == "" && strings.Contains(word, ".") {
				return word
			}
		}
		return text
	}
	folders := append(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")),
		"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
		"/usr/local/nvidia/lib64", "/usr/lib/wsl/lib")
	for _, folder := range folders {
		if name := filepath.Join(folder, "libcuda.so.1"); IsFile(name) {
			return name
		}
	}
	return ""
}

// IsFile tells whether a path leads to a file.
func IsFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// Mapped is the file of a library that this process has opened.
func Mapped(library string) string {
	text, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return library
	}
	for line := range strings.Lines(string(text)) {
		if at := strings.IndexByte(line, '/'); at >= 0 && strings.Contains(line[at:], library) {
			return strings.TrimSpace(line[at:])
		}
	}
	return library
}
