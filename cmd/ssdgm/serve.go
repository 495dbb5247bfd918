package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"ssdgm/engine"
	"ssdgm/train"
)

// serve times training steps on request, so that another program can have ours and its
// own run in turns.
func serve(dev engine.Device, in io.Reader, out io.Writer, setting string) error {
	steps, encoder := map[string]*train.Step{}, json.NewEncoder(out)
	fmt.Fprintln(out, "READY")
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		name, count, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 {
			return usageErrorf("bench --serve: want a line 'CASE STEPS', found %q", lines.Text())
		}
		if steps[name] == nil {
			if steps[name], err = train.NewStep(dev, name); err != nil {
				return err
			}
		}
		times, err := timeSteps(steps[name], n)
		if err != nil {
			return err
		}
		if err := encoder.Encode(newMeasurement(name, steps[name], times, setting)); err != nil {
			return err
		}
	}
	return lines.Err()
}
