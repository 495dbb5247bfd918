package infer

import (
	"testing"
	"testing/fstest"
)

// TestTheLowestLimitOnMemoryCounts asks machines, containers and jobs of all kinds.
func TestTheLowestLimitOnMemoryCounts(t *testing.T) {
	const mb = 1 << 20
	machine := map[string]string{
		"proc/meminfo": "MemTotal:       16384000 kB\nMemFree: 1 kB\n",
		"proc/self/limits": "Limit                     Soft Limit           Hard Limit           Units     \n" +
			"Max data size             unlimited            unlimited            bytes     \n" +
			"Max address space         unlimited            unlimited            bytes     \n",
		"proc/self/status": "VmSize:\t  1024000 kB\nVmData:\t   102400 kB\n",
	}
	limits := func(data, address string) string {
		return "Max data size             " + data + "            unlimited            bytes     \n" +
			"Max address space         " + address + "            unlimited            bytes     \n"
	}
	const inGroup = "memory under the limit of its control group"
	for name, c := range map[string]struct {
		files map[string]string
		want  Limit
	}{
		"a machine":           {nil, Limit{16000 * mb, "memory"}},
		"another system":      {map[string]string{"proc/meminfo": "", "proc/self/limits": ""}, Limit{0, "memory"}},
		"ulimit -v":           {map[string]string{"proc/self/limits": limits("unlimited", "2097152000")}, Limit{1010 * mb, "memory under ulimit -v"}},
		"ulimit -d":           {map[string]string{"proc/self/limits": limits("524288000", "2097152000")}, Limit{410 * mb, "memory under ulimit -d"}},
		"ulimit -v, used up":  {map[string]string{"proc/self/limits": limits("unlimited", "1000")}, Limit{10 * mb, "memory under ulimit -v"}},
		"a container":         {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "524288000\n"}, Limit{500 * mb, inGroup}},
		"no limit":            {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"}, Limit{16000 * mb, "memory"}},
		"the host's path":     {map[string]string{"proc/self/cgroup": "0::/docker/abc\n", "sys/fs/cgroup/memory.max": "524288000\n"}, Limit{500 * mb, inGroup}},
		"memory.high is less": {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "524288000", "sys/fs/cgroup/a/memory.high": "314572800"}, Limit{300 * mb, inGroup}},
		"of a parent":         {map[string]string{"proc/self/cgroup": "0::/slurm/job_1/step_0\n", "sys/fs/cgroup/slurm/job_1/memory.max": "209715200", "sys/fs/cgroup/slurm/memory.max": "max"}, Limit{200 * mb, inGroup}},
		"version 1": {map[string]string{"proc/self/cgroup": "9:cpu,cpuacct:/x\n8:memory:/slurm/job_1\n",
			"sys/fs/cgroup/memory/slurm/job_1/memory.limit_in_bytes": "104857600", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712"}, Limit{100 * mb, inGroup}},
		"another controller's": {map[string]string{"proc/self/cgroup": "9:cpu,cpuacct:/x\n", "sys/fs/cgroup/memory/x/memory.limit_in_bytes": "104857600"}, Limit{16000 * mb, "memory"}},
		"both versions": {map[string]string{"proc/self/cgroup": "8:memory:/a\n0::/b\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "314572800",
			"sys/fs/cgroup/unified/b/memory.max": "104857600"}, Limit{100 * mb, inGroup}},
	} {
		root := fstest.MapFS{}
		for _, files := range []map[string]string{machine, c.files} {
			for file, text := range files {
				root[file] = &fstest.MapFile{Data: []byte(text)}
			}
		}
		if found := memory(root, 10*mb); found != c.want {
			t.Errorf("%s: want %+v, found %+v", name, c.want, found)
		}
	}
}

func TestNumbersOfBytesAreReadWhole(t *testing.T) {
	for text, want := range map[string]int64{"12": 12, "max": 0, "unlimited": 0, "": 0, "1e9": 0, "9223372036854771712": 9223372036854771712} {
		if found := number(text); found != want {
			t.Errorf("%q: want %d, found %d", text, want, found)
		}
	}
}
