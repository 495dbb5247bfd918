package sweep

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

var job = Job{
	Name: "labels", Tasks: 12, Grid: "labels.toml", Parallel: 4, Retries: 3, CPUs: 2, GPUs: 1, Memory: "4G",
	Worker: []string{"/opt/it's here/ssdgm", "sweep", "work", "/grid.toml", "--out", "/runs", "--set", "data.labels=[100]"},
	Health: []string{"sweep", "health", "/grid.toml", "--out", "/runs"},
}

// gridText has what a YAML block could trip over: a first line that is indented, an empty line, a colon, a quote.
const gridText = "  # A grid: \"labels\".\nseeds = [0, 1]\n\n[grid]\n\"data.labels\" = [20, 30] # - two\n"

func writtenBy(t *testing.T, write func(w io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func slurmScript(t *testing.T) []byte {
	t.Helper()
	j := &Slurm{Job: job, Time: "1:00:00", Partition: "gpu", Logs: "/shared/a sweep/logs"}
	return writtenBy(t, j.Write)
}

func kubernetesJob() *Kubernetes {
	return &Kubernetes{Job: job, Image: "registry/ssdgm:1", Text: gridText, Claim: "labels-runs", Storage: "10G", MaxFailed: 12, GraceSeconds: 60}
}

// UPDATE_GOLDEN=1 go test ./train/sweep writes the files anew.
func TestEmittedFilesAreThoseThatWereRead(t *testing.T) {
	for name, found := range map[string][]byte{
		"slurm.golden": slurmScript(t), "kubernetes.golden": writtenBy(t, kubernetesJob().Write),
	} {
		path := filepath.Join("testdata", name)
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(path, found, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(found)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// documents decodes a manifest by Kubernetes' own types, which refuse what they do not know.
func documents(t *testing.T, manifest []byte) (grid core.ConfigMap, claim core.PersistentVolumeClaim, job batch.Job) {
	t.Helper()
	for text := range strings.SplitSeq(string(manifest), "\n---\n") {
		var into any
		switch {
		case strings.Contains(text, "\nkind: ConfigMap\n"):
			into = &grid
		case strings.Contains(text, "kind: PersistentVolumeClaim\n"):
			into = &claim
		default:
			into = &job
		}
		if err := yaml.UnmarshalStrict([]byte(text+"\n"), into); err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
	}
	return grid, claim, job
}

func TestKubernetesKnowsEveryFieldOfTheManifest(t *testing.T) {
	grid, claim, job := documents(t, writtenBy(t, kubernetesJob().Write))
	if diff := cmp.Diff(map[string]string{"grid.toml": gridText}, grid.Data); diff != "" {
		t.Errorf("the grid: %s", diff)
	}
	if storage := claim.Spec.Resources.Requests[core.ResourceStorage]; storage.String() != "10Gi" {
		t.Errorf("want a claim of 10Gi, found %v", storage)
	}
	spec, pod := job.Spec, job.Spec.Template.Spec
	if *spec.CompletionMode != batch.IndexedCompletion || *spec.Completions != 12 || *spec.Parallelism != 4 || *spec.BackoffLimitPerIndex != 3 || *spec.MaxFailedIndexes != 12 {
		t.Errorf("want 12 indexed tasks, 4 at once, 3 retries and 12 failures at most, found %+v", spec)
	}
	if pod.RestartPolicy != core.RestartPolicyNever || *pod.SecurityContext.RunAsNonRoot != true || *pod.TerminationGracePeriodSeconds != 60 {
		t.Errorf("want pods that are never restarted, not root's and have 60 s to stop, found %+v", pod)
	}
	container := pod.Containers[0]
	if diff := cmp.Diff(kubernetesJob().Worker, container.Args); diff != "" {
		t.Errorf("the worker: %s", diff)
	}
	if diff := cmp.Diff(append(append([]string{"ssdgm"}, kubernetesJob().Health...), "--max-age=10m"), container.LivenessProbe.Exec.Command); diff != "" {
		t.Errorf("the probe: %s", diff)
	}
	if cards := container.Resources.Limits["nvidia.com/gpu"]; cards.Value() != 1 {
		t.Errorf("want one card, found %v", cards)
	}
}

// What a worker's exit code means is all that stands between a preempted run and a failed one.
func TestKubernetesTakesExitCodesAsWorkersMeanThem(t *testing.T) {
	_, _, job := documents(t, writtenBy(t, kubernetesJob().Write))
	actions := map[int32]batch.PodFailurePolicyAction{}
	for _, rule := range job.Spec.PodFailurePolicy.Rules {
		if rule.OnExitCodes == nil {
			continue
		}
		if *rule.OnExitCodes.ContainerName != job.Spec.Template.Spec.Containers[0].Name || rule.OnExitCodes.Operator != batch.PodFailurePolicyOnExitCodesOpIn {
			t.Errorf("want a rule for the worker's codes, found %+v", rule)
		}
		for _, code := range rule.OnExitCodes.Values {
			actions[code] = rule.Action
		}
	}
	want := map[int32]batch.PodFailurePolicyAction{75: batch.PodFailurePolicyActionIgnore, 2: batch.PodFailurePolicyActionFailIndex}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Error(diff)
	}
	disrupted := func(r batch.PodFailurePolicyRule) bool {
		return len(r.OnPodConditions) == 1 && r.OnPodConditions[0].Type == core.DisruptionTarget && r.OnPodConditions[0].Status == core.ConditionTrue && r.Action == batch.PodFailurePolicyActionIgnore
	}
	if !slices.ContainsFunc(job.Spec.PodFailurePolicy.Rules, disrupted) {
		t.Errorf("want preempted pods not to count, found %+v", job.Spec.PodFailurePolicy.Rules)
	}
}

func TestManifestLeavesOutWhatIsThereAlready(t *testing.T) {
	j := kubernetesJob()
	j.Text, j.Storage, j.GPUs = "", "", 0
	grid, claim, job := documents(t, writtenBy(t, j.Write))
	if grid.Name != "" || claim.Name != "" || len(job.Spec.Template.Spec.Volumes) != 1 || len(job.Spec.Template.Spec.Containers[0].Resources.Limits) != 1 {
		t.Errorf("want the job alone, found %+v, %+v and %+v", grid, claim, job)
	}
}

// The script runs with a worker and a scontrol that write down how they were called.
func TestSlurmScriptTakesExitCodesAsWorkersMeanThem(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	for _, c := range []struct {
		name, worker string
		runs         int // of the script, which is what Slurm does when it is asked to requeue it
		code         int // of the last
		requeued     int
	}{
		{name: "done", worker: "exit 0", runs: 1, code: 0},
		{name: "mistake", worker: "exit 2", runs: 1, code: 2},
		{name: "stopped", worker: "exit 75", runs: 5, code: 0, requeued: 5},
		{name: "fault", worker: "exit 1", runs: 4, code: 1, requeued: 3},
		{name: "killed", worker: "kill -9 $$", runs: 4, code: 137, requeued: 3},
		{name: "asked", worker: `trap 'exit 75' TERM; kill -TERM $PPID; while :; do sleep 0.05; done`, runs: 1, code: 0, requeued: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			program := func(name, text string) string {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, []byte("#!"+bash+"\n"+text+"\n"), 0o777); err != nil {
					t.Fatal(err)
				}
				return path
			}
			program("scontrol", `echo "$@" >>"`+dir+`/requeued"`)
			j := &Slurm{Job: job, Logs: dir}
			j.Worker = []string{program("worker's", c.worker), "--out", dir}
			script := program("script", string(writtenBy(t, j.Write)))
			code := 0
			for range c.runs {
				command := exec.Command(bash, script)
				command.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "SLURM_JOB_ID=17", "SLURM_ARRAY_JOB_ID=12", "SLURM_ARRAY_TASK_ID=3")
				_ = command.Run() // The exit code tells.
				code = command.ProcessState.ExitCode()
			}
			requeued, _ := os.ReadFile(filepath.Join(dir, "requeued")) // There is none where nothing was requeued.
			if found := strings.Count(string(requeued), "requeue 17\n"); found != c.requeued || code != c.code {
				t.Errorf("want exit code %d and %d requeues, found %d and %d", c.code, c.requeued, code, found)
			}
		})
	}
}
