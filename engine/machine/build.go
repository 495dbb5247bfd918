package machine

import (
	"runtime"
	"runtime/debug"
)

// Build is where a program comes from, as the Go command noted it.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
}

// ThisBuild is that of this program.
func ThisBuild() Build {
	b := Build{Version: "devel", Commit: "unknown", Go: runtime.Version()}
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

// Same tells whether two programs were built from the same sources, as far as the Go
// command has noted them.
func (b Build) Same(o Build) bool { return b.Version == o.Version && b.Commit == o.Commit }
