package main

import (
	"fmt"
	"runtime"

	"ssdgm/engine/cpu/simd"
	"ssdgm/engine/machine"
)

func version() string {
	b := machine.ThisBuild()
	return fmt.Sprintf("ssdgm %s, commit %s, %s %s/%s, kernels %v",
		b.Version, b.Commit, b.Go, runtime.GOOS, runtime.GOARCH, simd.Best())
}
