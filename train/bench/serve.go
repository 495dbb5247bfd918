package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"ssdgm/train"
	"ssdgm/train/data"
)

// Ceiling is what so many of the CPU's threads do together in registers alone.
type Ceiling struct {
	Case    string  `json:"case"` // the word that asked for it
	Threads int     `json:"threads"`
	GFLOPS  float64 `json:"gflop_per_s"`
}

const ceilingCase = "ceiling"

// threadsMost bounds a slip of the finger.
const threadsMost = 1 << 12

// Serve times training steps on request, so that another program can have ours and its own run in turns: a line
// 'CASE STEPS' is answered by one of JSON, and so is 'ceiling THREADS'.
func (b *Bench) Serve(in io.Reader, out io.Writer) error {
	steps, settings, encoder := map[string]*train.Step{}, map[string]string{}, json.NewEncoder(out)
	fmt.Fprintln(out, "READY")
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		name, count, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 {
			return data.InputErrorf("bench --serve: want a line 'CASE STEPS', found %q", lines.Text())
		}
		if name == ceilingCase {
			if n > threadsMost {
				return data.InputErrorf("bench --serve: want at most %d threads, found %q", threadsMost, lines.Text())
			}
			if err := encoder.Encode(Ceiling{name, n, b.Peak(n) / 1e9}); err != nil {
				return err
			}
			continue
		}
		if steps[name] == nil {
			dev, err := b.deviceFor(name)
			if err != nil {
				return err
			}
			if steps[name], err = train.NewStep(dev, name); err != nil {
				return err
			}
			settings[name] = b.setting(dev)
		}
		times, err := timeSteps(steps[name], n)
		if err != nil {
			return err
		}
		if err := encoder.Encode(newMeasurement(name, steps[name], times, settings[name])); err != nil {
			return err
		}
	}
	return lines.Err()
}
