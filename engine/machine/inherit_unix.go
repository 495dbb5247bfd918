//go:build unix

package machine

import (
	"fmt"
	"os"
	"syscall"
)

// Inherit opens a file for the program that this process becomes, and takes its name
// away, so that it is gone when that program ends. It returns how to open it there.
func Inherit(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	// A copy of the descriptor stays open where the one of os.Open is closed.
	number, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		return "", fmt.Errorf("keep %s: %w", path, err)
	}
	return fmt.Sprintf("/dev/fd/%d", number), os.Remove(path)
}
