package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// instruction is one line of a Dockerfile.
type instruction struct{ name, rest string }

// dockerfile reads Dockerfile.cuda, one list of instructions for each stage.
func dockerfile(t *testing.T) [][]instruction {
	t.Helper()
	text, err := os.ReadFile("../../Dockerfile.cuda")
	if err != nil {
		t.Fatal(err)
	}
	comments := regexp.MustCompile(`(?m)^\s*#.*\n`)
	joined := strings.ReplaceAll(comments.ReplaceAllString(string(text), ""), "\\\n", " ")
	var stages [][]instruction
	for line := range strings.Lines(joined) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case name == "":
			continue
		case name == "FROM":
			stages = append(stages, nil)
		case stages == nil:
			t.Fatalf("%s before the first FROM", name)
		}
		last := len(stages) - 1
		stages[last] = append(stages[last], instruction{name, strings.Join(strings.Fields(rest), " ")})
	}
	return stages
}

// all are the rests of a stage's instructions of one name.
func all(stage []instruction, name string) (rests []string) {
	for _, i := range stage {
		if i.name == name {
			rests = append(rests, i.rest)
		}
	}
	return rests
}

// only is the rest of the one instruction of that name.
func only(t *testing.T, stage []instruction, name string) string {
	t.Helper()
	rests := all(stage, name)
	if len(rests) != 1 {
		t.Fatalf("want one %s in the image's stage, found %q", name, rests)
	}
	return rests[0]
}

// executable reads a command in exec form. In shell form a shell would be process 1, and
// keep the signals to itself.
func executable(t *testing.T, command string) (words []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(command), &words); err != nil {
		t.Fatalf("want exec form, found %s", command)
	}
	return words
}

func TestImagesArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^(nvidia/cuda:12\.\d+\.\d+-(base|devel)-ubuntu24\.04|golang:1\.26\.\d+-bookworm)( AS \w+)?$`)
	cuda := map[string]bool{}
	for _, stage := range dockerfile(t) {
		from := stage[0].rest
		if !pinned.MatchString(from) {
			t.Errorf("FROM %s: want an exact version of CUDA 12 or of go.mod's Go", from)
		}
		if rest, ok := strings.CutPrefix(from, "nvidia/cuda:"); ok {
			version, _, _ := strings.Cut(rest, "-")
			cuda[version] = true
		}
	}
	if len(cuda) != 1 {
		t.Errorf("want one version of CUDA, found %v", cuda)
	}
}

func TestImageHoldsBothBuildsAndNoDriver(t *testing.T) {
	stages := dockerfile(t)
	image := stages[len(stages)-1]
	builds := strings.Join(all(stages[len(stages)-2], "RUN"), "\n")
	for _, want := range []string{"CGO_ENABLED=0 go build .* -o /out/ssdgm ./cmd/ssdgm", "go build -tags cuda .* -o /out/ssdgm-cuda ./cmd/ssdgm"} {
		if !regexp.MustCompile(want).MatchString(builds) {
			t.Errorf("want %q, found %s", want, builds)
		}
	}
	copies := all(image, "COPY")
	if !slices.Contains(copies, "--from=build /out/ssdgm /out/ssdgm-cuda /usr/local/bin/") {
		t.Errorf("want both programs side by side, found %q", copies)
	}
	for _, i := range image {
		if i.name != "LABEL" && regexp.MustCompile(`stubs|libcuda\.so|apt-get`).MatchString(i.rest) {
			t.Errorf("%s %s: want neither a stand-in for the driver nor packages in the image", i.name, i.rest)
		}
	}
}

func TestSignalsReachTheProgramInTheImage(t *testing.T) {
	stages := dockerfile(t)
	image := stages[len(stages)-1]
	if words := executable(t, only(t, image, "ENTRYPOINT")); !slices.Equal(words, []string{"ssdgm"}) {
		t.Errorf("want the program alone as ENTRYPOINT, found %q", words)
	}
	if stop := all(image, "STOPSIGNAL"); stop != nil {
		t.Errorf("want SIGTERM, which asks a run to stop, found STOPSIGNAL %q", stop)
	}
}

func TestImageRunsWithoutPrivilegesOnItsVolumes(t *testing.T) {
	stages := dockerfile(t)
	image := stages[len(stages)-1]
	if user := only(t, image, "USER"); !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) {
		t.Errorf("USER %s: want numbers other than root's", user)
	}
	if volumes := only(t, image, "VOLUME"); volumes != "/runs /data" {
		t.Errorf("VOLUME %s: want /runs /data", volumes)
	}
	// The program's own defaults, runs and data, are relative to it.
	if dir := only(t, image, "WORKDIR"); dir != "/" {
		t.Errorf("WORKDIR %s: want /, so that runs and data are the volumes", dir)
	}
	environment := strings.Fields(only(t, image, "ENV"))
	for _, want := range []string{"NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_DRIVER_CAPABILITIES=compute,utility"} {
		if !slices.Contains(environment, want) {
			t.Errorf("want %s, found %q", want, environment)
		}
	}
	if !slices.Contains(all(image, "RUN"), "install -d -m 1777 /runs /data") {
		t.Error("want volumes that any user may write")
	}
}

func TestHealthCheckPassesWithoutADriver(t *testing.T) {
	t.Parallel()
	stages := dockerfile(t)
	_, command, found := strings.Cut(only(t, stages[len(stages)-1], "HEALTHCHECK"), " CMD ")
	words := executable(t, command)
	if !found || len(words) < 2 || words[0] != "ssdgm" {
		t.Fatalf("want a command of the program, found %s", command)
	}
	root := newRoot()
	root.SetArgs(words[1:])
	var told strings.Builder
	root.SetOut(&told)
	if err := root.Execute(); err != nil {
		t.Errorf("%q: %v", words, err)
	}
	if strings.Contains(told.String(), "cuda") {
		t.Errorf("%q looks at cards, which are at work:\n%s", words, &told)
	}
}
