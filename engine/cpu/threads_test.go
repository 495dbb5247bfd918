package cpu

import (
	"runtime"
	"testing"
	"testing/fstest"
)

func TestThreadsFollowTheQuota(t *testing.T) {
	const self = "proc/self/cgroup"
	cases := []struct {
		name  string
		files map[string]string
		want  int
	}{
		{"no control groups", nil, 8},
		{"version 2 without a limit", map[string]string{self: "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, 8},
		{"version 2 at the mount", map[string]string{self: "0::/\n", "sys/fs/cgroup/cpu.max": "300000 100000\n"}, 3},
		{"version 2 in a group", map[string]string{self: "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "200000 100000\n"}, 2},
		{"version 2 in the group around", map[string]string{
			self: "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "400000 100000\n", "sys/fs/cgroup/a/cpu.max": "200000 100000\n"}, 2},
		{"version 2 with a path of the host", map[string]string{self: "0::/../x\n", "sys/fs/cgroup/cpu.max": "100000 100000\n"}, 1},
		{"half a processor", map[string]string{self: "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"}, 1},
		{"less than half a processor", map[string]string{self: "0::/\n", "sys/fs/cgroup/cpu.max": "10000 100000\n"}, 1},
		{"one and a half processors", map[string]string{self: "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}, 2},
		{"more than there is", map[string]string{self: "0::/\n", "sys/fs/cgroup/cpu.max": "3200000 100000\n"}, 8},
		{"version 1", map[string]string{self: "5:memory:/x\n3:cpu,cpuacct:/docker/abc\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "250000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "50000\n"}, 5},
		{"version 1 without a limit", map[string]string{self: "3:cpu:/\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 8},
		{"nonsense", map[string]string{self: "what\n0::/\n", "sys/fs/cgroup/cpu.max": "some text here\n"}, 8},
	}
	for _, c := range cases {
		root := fstest.MapFS{}
		for name, text := range c.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := threads(root, 8); got != c.want {
			t.Errorf("%s: %d threads, want %d", c.name, got, c.want)
		}
	}
}

func TestDefaultThreadsIsWithinTheMachine(t *testing.T) {
	if n := DefaultThreads(); n < 1 || n > runtime.NumCPU() {
		t.Errorf("%d threads on %d processors", n, runtime.NumCPU())
	}
}
