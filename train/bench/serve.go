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

// Serve times training steps on request, so that another program can have ours and its
// own run in turns: a line 'CASE STEPS' is answered by one of JSON.
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
