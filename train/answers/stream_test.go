package answers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ssdgm/train/answers/output"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counted is an input of n rows, whose only value is their number; at row fault there is an error, and before row silent
// it waits until it is closed.
type counted struct {
	n, next, fault, silent int
	labels                 bool
	closed                 chan struct{}
}

var errRow = errors.New("this row cannot be read")

func (c *counted) Read(rows *Rows, most int) error {
	rows.reset(&Rows{First: c.next, Kept: make([][]string, 1)})
	if c.labels {
		rows.Labels = []string{}
	}
	for ; rows.N < most && c.next < c.n; c.next++ {
		if c.fault > 0 && c.next == c.fault {
			return errRow
		}
		if c.silent > 0 && c.next == c.silent {
			if rows.N > 0 {
				return nil
			}
			<-c.closed
			return io.EOF
		}
		rows.N++
		rows.X = append(rows.X, float32(c.next))
		rows.Kept[0] = append(rows.Kept[0], fmt.Sprint("row ", c.next))
		if c.labels {
			rows.Labels = append(rows.Labels, fmt.Sprint(c.next%2))
		}
	}
	if rows.N == 0 {
		return io.EOF
	}
	return nil
}

// kept is a table in memory.
type kept struct {
	mutex           sync.Mutex
	texts           []string
	fault           error
	closed, aborted bool
	wrote           chan int // told after each write; nil: nobody is
}

func (k *kept) Write(rows int, cells []output.Cells) error {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	for i := range rows {
		k.texts = append(k.texts, fmt.Sprintf("%s: %g", cells[0].Texts[i], cells[1].Numbers[i]))
	}
	if k.wrote != nil {
		k.wrote <- len(k.texts)
	}
	return k.fault
}

func (k *kept) Close() error { k.closed = true; return nil }
func (k *kept) Abort()       { k.aborted = true }

// twice is an answer.
func twice(_ context.Context, rows *Rows) ([]output.Cells, error) {
	numbers := make([]float32, rows.N)
	for i, v := range rows.X {
		numbers[i] = 2 * v
	}
	return []output.Cells{{Texts: rows.Kept[0]}, {Numbers: numbers}}, nil
}

func TestRowsAreAnsweredInTheirOrder(t *testing.T) {
	for _, trickles := range []bool{false, true} {
		for _, n := range []int{0, 1, batchRows, 3*batchRows + 17} {
			to, told := &kept{}, 0
			s := Stream{
				From: &counted{n: n, labels: true}, Inputs: 1, Trickles: trickles, Answer: twice, To: to,
				Done: func(rows int) { told = rows },
			}
			rows, err := s.Run(t.Context())
			if err != nil || rows != n || told != n || !to.closed || to.aborted {
				t.Fatalf("%d rows of %d, %d told, closed %v, aborted %v: %v", rows, n, told, to.closed, to.aborted, err)
			}
			var want []string
			for i := range n {
				want = append(want, fmt.Sprintf("row %d: %g", i, float32(2*i)))
			}
			if diff := cmp.Diff(want, to.texts); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

func TestTheFirstErrorOfAPartEndsTheOthers(t *testing.T) {
	answering, writing := errors.New("cannot be answered"), errors.New("cannot be written")
	fails := func(ctx context.Context, rows *Rows) ([]output.Cells, error) {
		if rows.First > 0 {
			return nil, answering
		}
		return twice(ctx, rows)
	}
	const n = 100 * batchRows
	for _, trickles := range []bool{false, true} {
		for want, s := range map[error]*Stream{
			errRow:    {From: &counted{n: n, fault: 2 * batchRows}, Answer: twice, To: &kept{}},
			answering: {From: &counted{n: n}, Answer: fails, To: &kept{}},
			writing:   {From: &counted{n: n}, Answer: twice, To: &kept{fault: writing}},
		} {
			s.Inputs, s.Trickles = 1, trickles
			_, err := s.Run(t.Context())
			if !errors.Is(err, want) {
				t.Errorf("want %v, found %v", want, err)
			}
			if to := s.To.(*kept); !to.aborted || to.closed {
				t.Errorf("%v: the table was not aborted", want)
			}
			if read := s.From.(*counted).next; read > 2*batches*batchRows {
				t.Errorf("%v: %d rows were read all the same", want, read)
			}
		}
	}
}

// TestRowsOfASlowPipeAreNotKeptWaiting answers those that are there while the next one does not come, and does not wait
// for it when it is asked to stop.
func TestRowsOfASlowPipeAreNotKeptWaiting(t *testing.T) {
	from := &counted{n: 10, silent: 3, closed: make(chan struct{})}
	to := &kept{wrote: make(chan int, 10)}
	ctx, stop := context.WithCancelCause(t.Context())
	stopped := errors.New("asked to stop")
	ended := make(chan error)
	go func() {
		s := Stream{From: from, Inputs: 1, Trickles: true, Answer: twice, To: to}
		_, err := s.Run(ctx)
		ended <- err
	}()
	rows := 0
	for deadline := time.After(10 * time.Second); rows < 3; {
		select {
		case rows = <-to.wrote:
		case <-deadline:
			t.Fatalf("want 3 rows while the input is silent, found %d", rows)
		}
	}
	stop(stopped)
	if err := <-ended; !errors.Is(err, stopped) || !to.aborted {
		t.Errorf("want the cause, and the table aborted, found %v", err)
	}
	close(from.closed)
}

// TestBatchesOfWideRowsAreBounded holds that rows of many values come in fewer.
func TestBatchesOfWideRowsAreBounded(t *testing.T) {
	most := 0
	s := Stream{From: &counted{n: 1000}, Inputs: 1 << 20, To: &kept{}, Answer: func(ctx context.Context, rows *Rows) ([]output.Cells, error) {
		most = max(most, rows.N)
		return twice(ctx, rows)
	}}
	if _, err := s.Run(t.Context()); err != nil || most != batchBytes>>22 {
		t.Errorf("want batches of %d rows, found %d, %v", batchBytes>>22, most, err)
	}
}

// TestWhateverEndsAStreamLeavesTheFileOfBefore holds that an error of each part, and the end of the context in the midst,
// leaves what a path had before, and nothing beside it; and that rows that are all answered replace it.
func TestWhateverEndsAStreamLeavesTheFileOfBefore(t *testing.T) {
	const n = 20 * batchRows
	fault := errors.New("an error")
	for name, s := range map[string]*Stream{
		"read":   {From: &counted{n: n, fault: 3 * batchRows}},
		"answer": {From: &counted{n: n}, Answer: failingFrom(3*batchRows, fault)},
		"done":   {From: &counted{n: n}}, // told of some rows, somebody ends the context
		"none":   {From: &counted{n: n}},
	} {
		for _, trickles := range []bool{false, true} {
			dir := t.TempDir()
			path := filepath.Join(dir, "a.csv")
			if err := os.WriteFile(path, []byte("before"), 0o666); err != nil {
				t.Fatal(err)
			}
			to, err := output.Create(path, "", []output.Column{{Name: "row", Kind: output.Text}, {Name: "twice"}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancelCause(t.Context())
			run := *s
			from := *s.From.(*counted)
			run.From, run.Inputs, run.Trickles, run.To = &from, 1, trickles, to
			if run.Answer == nil {
				run.Answer = twice
			}
			if name == "done" {
				run.Done = func(rows int) { stop(fault) }
			}
			_, err = run.Run(ctx)
			stop(nil)
			content, unread := os.ReadFile(path)
			entries, _ := os.ReadDir(dir)
			if unread != nil || len(entries) != 1 || (err == nil) != (name == "none") || (string(content) == "before") == (name == "none") {
				t.Errorf("%s, trickling %v: %d bytes of %v: %v, %v", name, trickles, len(content), entries, err, unread)
			}
		}
	}
}

// failingFrom answers rows until one.
func failingFrom(row int, fault error) func(context.Context, *Rows) ([]output.Cells, error) {
	return func(ctx context.Context, rows *Rows) ([]output.Cells, error) {
		if rows.First+rows.N > row {
			return nil, fault
		}
		return twice(ctx, rows)
	}
}
