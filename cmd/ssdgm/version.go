package main

import (
	"fmt"
	"runtime"

	"ssdgm/engine/cpu/simd"
	"ssdgm/train/report"
)

func version() string {
	b := report.ThisBuild()
	return fmt.Sprintf("ssdgm %s, commit %s, %s %s/%s, kernels %v",
		b.Version, b.Commit, b.Go, runtime.GOOS, runtime.GOARCH, simd.Best())
}
