//go:build unix && !cuda

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"ssdgm/train"
)

// becomeCUDA replaces this process by the build with CUDA, which keeps the files
// and the process number. It returns on failure alone.
func becomeCUDA(ctx context.Context, path string, arguments []string) error {
	// From here on a signal ends this process: it would not reach the next one otherwise.
	signal.Reset(stopSignals...)
	if ctx.Err() != nil {
		return train.ErrStopped
	}
	err := syscall.Exec(path, append([]string{path}, arguments...), append(os.Environ(), startedVariable+"=1"))
	return fmt.Errorf("run %s: %w", path, err)
}
