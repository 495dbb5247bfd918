// Package apply is what the commands do that answer an input of any size row by row: classify, encode and impute.
package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"ssdgm/configs"
	"ssdgm/engine"
	"ssdgm/model/trained"
	"ssdgm/train/answers"
	"ssdgm/train/answers/input"
	"ssdgm/train/answers/output"
	"ssdgm/train/data"
	"ssdgm/train/message"
)

// Job is what the commands have in common.
type Job struct {
	Input       string   // a path, or - for stdin
	Out, Format string   // see output.Create
	Keep        []string // columns of the input that are handed on
	Sets        []string // of the table [data]: how the input is read
	// Open opens a model, and Device the device for one, which is closed here.
	Open   func(path string) (*trained.Model, error)
	Device func(c *configs.Config) (engine.Device, error)
	Note   func(line string) // takes a line for the user
	// Progress shows how rows are answered, of a total that is −1 where nobody knows.
	Progress func(total int) Progress
}

// Progress shows how many rows are answered.
type Progress interface {
	Done(rows int)
	Close()
}

// Formats are those of the answers, as a flag offers them.
func Formats() string { return strings.Join(output.Formats(), "|") }

// check refuses, before anything is read, what could not be written. More is what is read beside the input.
func (j *Job) check(more ...string) error {
	if wrong := message.NoPath(j.Input); wrong != "" {
		return data.InputErrorf("INPUT %q: %s", j.Input, wrong)
	}
	if j.Input != stdin {
		more = append(more, j.Input)
	}
	return output.Check(j.Out, j.Format, more...)
}

const stdin = "-"

// bring puts each model on a device of its own. close closes the devices, also after an error.
func (j *Job) bring(ctx context.Context, members []trained.Member) (close func() error, err error) {
	var all []engine.Device
	close = func() (err error) {
		for _, dev := range all {
			err = errors.Join(err, dev.Close())
		}
		return err
	}
	for i := range members {
		m := &members[i]
		dev, err := j.Device(m.Model.Config)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return close, err
		}
		all = append(all, dev)
		m.Model = m.Model.On(dev)
	}
	return close, nil
}

// open opens the input, whose columns are those to be kept that the user names, unless there are other options. It waits
// for it no longer than the context lasts: a pipe may be silent.
func (j *Job) open(ctx context.Context, m *trained.Model, o input.Options) (input.Reader, error) {
	o.Sets, o.Keep, o.Note = j.Sets, j.Keep, j.Note
	type opened struct {
		from input.Reader
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		from, err := input.Open(m, j.Input, o)
		done <- opened{from, err}
	}()
	select {
	case o := <-done:
		return o.from, o.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// stream answers the rows of an input, and returns how many.
func (j *Job) stream(
	ctx context.Context, from input.Reader, inputs int, columns []output.Column,
	answer func(ctx context.Context, rows *answers.Rows) ([]output.Cells, error),
) (rows int, unread bool, err error) {
	return j.carry(ctx, from, columns, answers.Stream{From: from, Inputs: inputs, Answer: answer})
}

// carry runs a stream of an input into a table of some columns, and returns how many rows there were. That nobody reads
// the answers any more is no error, and nothing else is to be told then.
func (j *Job) carry(
	ctx context.Context, from input.Reader, columns []output.Column, s answers.Stream,
) (rows int, unread bool, err error) {
	to, err := output.Create(j.Out, j.Format, columns)
	if err != nil {
		return 0, false, err
	}
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(garbagePercent))
	}
	shown := j.Progress(from.Rows())
	defer shown.Close()
	s.Trickles, s.To, s.Done = from.Rows() < 0 && j.trickles(), to, shown.Done
	rows, err = s.Run(ctx)
	switch {
	case errors.Is(err, output.ErrUnread):
		return rows, true, nil
	case ctx.Err() != nil && !output.IsStdout(j.Out):
		err = fmt.Errorf("%w; %s is not written", err, j.Out)
	}
	return rows, false, err
}

// garbagePercent is how much garbage there may be, beside what is in use, until it is collected: half of what Go leaves,
// as pages of wide tables make most of it. Collecting takes a hundredth of the time.
const garbagePercent = 50

// trickles tells whether rows may come as slowly as somebody writes them.
func (j *Job) trickles() bool {
	if j.Input == stdin {
		return true
	}
	info, err := os.Stat(j.Input)
	return err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeCharDevice) != 0
}

// computed holds that what a model makes of rows, equally many numbers each, are numbers: of values that are finite, and
// large enough, nothing is.
func (j *Job) computed(rows *answers.Rows, numbers []float32) error {
	name := j.Input
	if name == stdin {
		name = "standard input"
	}
	for i, v := range numbers {
		if v-v != 0 {
			row := rows.First + i*rows.N/len(numbers)
			return data.InputErrorf("%s: row %d: want values that the model can compute with, found some so large that its "+
				"answer is no number; mend them, or leave the row out", name, row+1)
		}
	}
	return nil
}

// keptColumns are those of the input that are handed on; one that is called as one of the answers is the input's.
func keptColumns(from input.Reader, own []output.Column) []output.Column {
	var kept []output.Column
	for _, name := range from.Kept() {
		is := func(c output.Column) bool { return c.Name == name || slices.Contains(c.Names, name) }
		if slices.ContainsFunc(own, is) {
			name = "input." + name
		}
		kept = append(kept, output.Column{Name: name, Kind: output.Text})
	}
	return kept
}

// keptCells are theirs.
func keptCells(rows *answers.Rows) []output.Cells {
	var cells []output.Cells
	for _, texts := range rows.Kept {
		cells = append(cells, output.Cells{Texts: texts})
	}
	return cells
}

// labelColumn is that of the labels that the input has.
var labelColumn = output.Column{Name: "label", Kind: output.Text}
