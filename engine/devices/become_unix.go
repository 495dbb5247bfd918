//go:build unix && !cuda

package devices

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"syscall"
)

// becomeCUDA replaces this process by the build with CUDA, which keeps the files
// and the process number. It returns on failure alone.
func (f *Choice) becomeCUDA(ctx context.Context, path string, arguments []string) error {
	if f.TakeOver != nil && f.TakeOver() || ctx.Err() != nil {
		return cmp.Or(ctx.Err(), context.Canceled)
	}
	// Its hints name the program that was typed.
	err := syscall.Exec(path, append([]string{os.Args[0]}, arguments...), append(os.Environ(), startedVariable+"=1"))
	return fmt.Errorf("run %s: %w", path, err)
}
