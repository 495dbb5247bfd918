//go:build !unix

package machine

import (
	"errors"
	"fmt"
)

// Inherit cannot hand a file over that nobody would remove: errors.ErrUnsupported.
func Inherit(string) (string, error) {
	return "", fmt.Errorf("hand a file over: %w", errors.ErrUnsupported)
}
