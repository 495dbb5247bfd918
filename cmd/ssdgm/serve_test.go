//go:build unix && !cuda

package main

import (
	"bufio"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestServeAnswersUntilItIsAskedToStop trains a run, serves it, asks for its port a second time, and stops it.
func TestServeAnswersUntilItIsAskedToStop(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	if said, err := exec.Command("ssdgm", "train", "testdata/tiny.toml", "--out", dir, "--device",
		"cpu").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	command := exec.Command("ssdgm", "serve", dir, "--device", "cpu", "--listen", "127.0.0.1:0", "--linger", "100ms")
	said, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Minute, func() { _ = command.Process.Kill() }) // It may have ended.
	defer timer.Stop()
	lines := bufio.NewReader(said)
	line, err := lines.ReadString('\n')
	if !strings.Contains(line, "it has no temperature, as its validation examples show none that is best: ") {
		t.Errorf("want what the model lacks, found %q, %v", line, err)
	}
	line, err = lines.ReadString('\n')
	found := regexp.MustCompile(`^serving .* on (http://127\.0\.0\.1:(\d+))\n$`).FindStringSubmatch(line)
	if found == nil {
		t.Fatalf("want where it listens, found %q, %v", line, err)
	}
	answer, err := http.Post(found[1]+"/v1/generate", "application/json", strings.NewReader(`{"class":"3","n":2}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close() // It was read.
	if err != nil || answer.StatusCode != http.StatusOK || !strings.HasPrefix(string(text), `{"class":"3","seed":`) {
		t.Errorf("found %d, %s, %v", answer.StatusCode, text, err)
	}
	second := exec.Command("ssdgm", "serve", dir, "--device", "cpu", "--listen", "127.0.0.1:"+found[2])
	told, _ := second.CombinedOutput() // The exit code tells.
	if second.ProcessState.ExitCode() != codeMistake || !strings.Contains(string(told),
		"address already in use; choose another") {
		t.Errorf("a port in use: found exit code %d and %s", second.ProcessState.ExitCode(), told)
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(lines) // It ends with the process.
	if err := command.Wait(); err != nil || string(rest) != "stopped: answered 1 requests\n" {
		t.Errorf("want exit code 0, found %v and %q", err, rest)
	}
}
