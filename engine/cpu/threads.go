package cpu

import (
	"io/fs"
	"math"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// DefaultThreads is the number of threads that this process can keep busy: the
// processors it may run on, or fewer where a container's quota allows less. Go's
// own GOMAXPROCS never goes below two for a quota, which would have two workers
// wait for each other on one processor's time.
func DefaultThreads() int {
	return threads(os.DirFS("/"), min(runtime.GOMAXPROCS(0), runtime.NumCPU()))
}

// threads lowers the number of processors to the quota of the control groups
// that the process is in, as files under root tell it.
func threads(root fs.FS, processors int) int {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return processors
	}
	quota := float64(processors)
	for line := range strings.Lines(string(groups)) {
		// A line is "number:controllers:/path"; version 2 names no controllers.
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		if fields[1] == "" {
			quota = min(quota, lowest(root, "sys/fs/cgroup", fields[2], quotaV2))
		}
		for controller := range strings.SplitSeq(fields[1], ",") {
			if controller == "cpu" {
				quota = min(quota, lowest(root, "sys/fs/cgroup/cpu", fields[2], quotaV1))
			}
		}
	}
	return max(1, int(math.Round(quota)))
}

// lowest is the smallest quota of a group and the groups around it. Inside a
// container the path may be the host's, of which only the mount itself is seen.
func lowest(root fs.FS, mount, group string, quota func(fs.FS, string) float64) float64 {
	least := math.Inf(1)
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		least = min(least, quota(root, path.Join(mount, group)))
		if group == "/" {
			return least
		}
	}
}

// quotaV2 reads "quota period" in microseconds, or "max period".
func quotaV2(root fs.FS, group string) float64 {
	text, err := fs.ReadFile(root, path.Join(group, "cpu.max"))
	if err != nil {
		return math.Inf(1)
	}
	fields := strings.Fields(string(text))
	if len(fields) != 2 {
		return math.Inf(1)
	}
	return ratio(fields[0], fields[1])
}

// quotaV1 reads the quota and its period from a file each.
func quotaV1(root fs.FS, group string) float64 {
	quota, err1 := fs.ReadFile(root, path.Join(group, "cpu.cfs_quota_us"))
	period, err2 := fs.ReadFile(root, path.Join(group, "cpu.cfs_period_us"))
	if err1 != nil || err2 != nil {
		return math.Inf(1)
	}
	return ratio(strings.TrimSpace(string(quota)), strings.TrimSpace(string(period)))
}

// ratio is quota/period, or infinity where there is no quota: "max" or −1.
func ratio(quota, period string) float64 {
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return math.Inf(1)
	}
	return q / p
}
