package infer

import (
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Limit is a limit on the memory of this process.
type Limit struct {
	Bytes int64  // what there is; 0: not known
	Of    string // what it is the limit of, as in "memory under ulimit -v"
}

// MachineMemory is how much memory this process may have: the machine's, or less where a limit of the process itself or
// of its control groups, as a container's or a job's, leaves it less. It is known where the system tells it.
func MachineMemory() Limit {
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	return memory(os.DirFS("/"), int64(heap.HeapIdle)+arenaBytes)
}

// arenaBytes is in what pieces the Go runtime takes addresses for its heap. Of the last one any part may be free.
const arenaBytes = 64 << 20

// memory is that of a process whose heap has some free bytes that the system counts as used.
func memory(root fs.FS, free int64) Limit {
	all := []Limit{{machineBytes(root), "memory"}}
	for _, l := range processLimits(root) {
		all = append(all, Limit{l.Bytes + free, l.Of})
	}
	for _, bytes := range groupLimits(root) {
		all = append(all, Limit{bytes, "memory under the limit of its control group"})
	}
	all = slices.DeleteFunc(all, func(l Limit) bool { return l.Bytes <= 0 })
	if len(all) == 0 {
		return Limit{0, "memory"}
	}
	return slices.MinFunc(all, func(a, b Limit) int { return int(max(-1, min(1, a.Bytes-b.Bytes))) })
}

// machineBytes is the size of the machine's memory.
func machineBytes(root fs.FS) int64 {
	words := wordsOf(root, "proc/meminfo")
	at := slices.Index(words, "MemTotal:") + 1
	if at == 0 || at == len(words) {
		return 0
	}
	return number(words[at]) << 10
}

// processLimits are what the limits on the process's addresses and on its data leave beside what it has already: the Go
// runtime reserves more addresses than it ever uses.
func processLimits(root fs.FS) (limits []Limit) {
	status := wordsOf(root, "proc/self/status")
	for _, l := range []struct{ name, used, of string }{
		{"Max address space", "VmSize:", "memory under ulimit -v"}, {"Max data size", "VmData:", "memory under ulimit -d"},
	} {
		at := slices.Index(status, l.used) + 1
		if at == 0 || at == len(status) {
			continue
		}
		for line := range strings.Lines(textOf(root, "proc/self/limits")) {
			if rest, ok := strings.CutPrefix(line, l.name); ok && len(strings.Fields(rest)) > 0 {
				if soft := number(strings.Fields(rest)[0]); soft > 0 {
					limits = append(limits, Limit{max(0, soft-number(status[at])<<10), l.of})
				}
			}
		}
	}
	return limits
}

// groups are where control groups lie: the controllers of a line of /proc/self/cgroup, the folder of their hierarchy, and
// the files with limits in each group of it. A number is bytes; "max" is none.
var groups = []struct {
	controllers, folder string
	files               []string
}{
	{"", "sys/fs/cgroup", []string{"memory.max", "memory.high"}},
	{"", "sys/fs/cgroup/unified", []string{"memory.max", "memory.high"}},
	{"memory", "sys/fs/cgroup/memory", []string{"memory.limit_in_bytes"}},
}

// groupLimits are the limits of this process's control groups and of those that these lie in. A container may see its
// own group at the top of the hierarchy, under a path that is the host's.
func groupLimits(root fs.FS) (limits []int64) {
	for line := range strings.Lines(textOf(root, "proc/self/cgroup")) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path
		if len(parts) < 3 {
			continue
		}
		for _, g := range groups {
			if g.controllers != "" && !slices.Contains(strings.Split(parts[1], ","), g.controllers) ||
				g.controllers == "" && parts[1] != "" {
				continue
			}
			for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
				for _, file := range g.files {
					limits = append(limits, number(strings.TrimSpace(textOf(root, path.Join(g.folder, group, file)))))
				}
				if group == "/" {
					break
				}
			}
		}
	}
	return limits
}

// number is a whole number; 0 where the text is none, as in "max" and "unlimited".
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// textOf is a small file's text; empty where it cannot be read.
func textOf(root fs.FS, name string) string {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return string(text)
}

func wordsOf(root fs.FS, name string) []string { return strings.Fields(textOf(root, name)) }
