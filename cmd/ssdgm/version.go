package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"ssdgm/engine/cpu/simd"
)

// build is where this program comes from, as the Go command noted it.
type build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
}

func thisBuild() build {
	b := build{Version: "devel", Commit: "unknown", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	changed := ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			b.Commit = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = "+changes"
		}
	}
	b.Commit += changed
	return b
}

func version() string {
	b := thisBuild()
	return fmt.Sprintf("ssdgm %s, commit %s, %s %s/%s, kernels %v",
		b.Version, b.Commit, b.Go, runtime.GOOS, runtime.GOARCH, simd.Best())
}
