package main

import (
	"strings"
	"testing"
)

// TestFaultsAreOneLine holds that a panic ends in one line and the exit code of a failure.
func TestFaultsAreOneLine(t *testing.T) {
	t.Setenv("GOTRACEBACK", "")
	var told strings.Builder
	code := tellFault(&told, "makeslice: len\nout of range")
	if code != codeFailed || strings.Count(told.String(), "\n") != 1 || !strings.HasPrefix(told.String(), "ssdgm: a fault of ssdgm's own: makeslice: len out of range; please report it") {
		t.Errorf("code %d: %s", code, told.String())
	}
}
