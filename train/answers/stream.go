package answers

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"ssdgm/train/answers/output"
)

// Source is what is read: see input.Reader.
type Source interface {
	Read(rows *Rows, most int) error
}

// Stream answers an input: its parts work side by side, each a batch ahead of the next at most.
type Stream struct {
	From   Source
	Inputs int // values of a row
	Most   int // rows of a batch at most; 0: as many as are good
	Each   int // rows of the answer for each of the input; 0 is 1
	// Trickles tells that rows may come as slowly as somebody writes them: those that are there wait for Patience at most.
	Trickles bool
	// Answer gives the cells of some rows, of which it keeps nothing. One goroutine calls it.
	Answer func(ctx context.Context, rows *Rows) ([]output.Cells, error)
	// To is closed at the end, or aborted after an error.
	To output.Writer
	// Done is told how many rows are written, after each batch; nil: nobody is.
	Done func(rows int)
}

// Patience is how long a row waits for others before it is answered, where they come slowly.
const Patience = 100 * time.Millisecond

// A batch has at most so many rows, and at most so many bytes of values or one row.
const (
	batchRows  = 4096
	batchBytes = 4 << 20
)

// batches is how many there are: one is read, one answered, one written, and one waits.
const batches = 4

// Run answers all rows, in their order, and returns how many. The first error of a part ends all of them, as does the
// end of the context, whose cause it returns; what goes to a file is gone then. It does not wait long for a reader that
// waits for its input.
func (s *Stream) Run(ctx context.Context) (rows int, err error) {
	f := &flow{Stream: s, size: max(1, min(batchRows, batchBytes/(4*max(1, s.Inputs)))), free: make(chan *Rows, batches)}
	if s.Most > 0 {
		f.size = min(f.size, s.Most)
	}
	for range batches {
		f.free <- &Rows{}
	}
	var end context.CancelCauseFunc
	ctx, end = context.WithCancelCause(ctx)
	defer end(nil)
	read, answered := make(chan *Rows), make(chan answer)
	var computing sync.WaitGroup
	go func() {
		defer close(read)
		if err := f.read(ctx, read); err != nil {
			end(err)
		}
	}()
	computing.Go(func() {
		defer close(answered)
		if err := f.answer(ctx, read, answered); err != nil {
			end(err)
		}
	})
	rows, err = f.write(ctx, answered)
	if err != nil {
		end(err)
	}
	computing.Wait()
	if err := context.Cause(ctx); err != nil {
		s.To.Abort()
		enough := time.After(Patience)
		for reading := true; reading; {
			select {
			case _, reading = <-read:
			case <-enough:
				reading = false
			}
		}
		return rows, err
	}
	return rows, s.To.Close()
}

// flow is a stream that runs.
type flow struct {
	*Stream
	size int
	free chan *Rows // batches that nobody uses
}

// answer is a batch with its cells.
type answer struct {
	rows  *Rows
	cells []output.Cells
}

// take is a batch that nobody uses; nil once the context has ended.
func (f *flow) take(ctx context.Context) *Rows {
	select {
	case rows := <-f.free:
		return rows
	case <-ctx.Done():
		return nil
	}
}

// read hands batches on.
func (f *flow) read(ctx context.Context, to chan<- *Rows) error {
	if f.Trickles {
		return f.trickle(ctx, to)
	}
	for {
		rows := f.take(ctx)
		if rows == nil {
			return nil
		}
		err := f.From.Read(rows, f.size)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !send(ctx, to, rows) {
			return nil
		}
	}
}

// send hands something on; false once the context has ended.
func send[T any](ctx context.Context, to chan<- T, v T) bool {
	select {
	case to <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

// trickle reads row by row, and hands on those that are there once they are enough, or one of them has waited long.
func (f *flow) trickle(ctx context.Context, to chan<- *Rows) error {
	var lock sync.Mutex
	var batch *Rows // being filled
	hand := func() {
		if batch != nil {
			send(ctx, to, batch)
			batch = nil
		}
	}
	timer := time.AfterFunc(Patience, func() {
		lock.Lock()
		defer lock.Unlock()
		hand()
	})
	defer timer.Stop()
	one := &Rows{}
	for ctx.Err() == nil {
		err := f.From.Read(one, 1)
		lock.Lock()
		if err == nil {
			if batch == nil {
				if batch = f.take(ctx); batch != nil {
					batch.reset(one)
					timer.Reset(Patience)
				}
			}
			if batch != nil {
				batch.append(one)
			}
		}
		if err != nil || batch != nil && batch.N >= f.size {
			hand()
		}
		lock.Unlock()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// reset empties a batch, for rows like those in like.
func (r *Rows) reset(like *Rows) {
	r.First, r.N, r.X = like.First, 0, r.X[:0]
	if r.Labels = r.Labels[:0]; like.Labels == nil {
		r.Labels = nil
	}
	if len(r.Kept) != len(like.Kept) {
		r.Kept = make([][]string, len(like.Kept))
	}
	for j := range r.Kept {
		r.Kept[j] = r.Kept[j][:0]
	}
}

// append adds rows.
func (r *Rows) append(more *Rows) {
	r.N += more.N
	r.X, r.Labels = append(r.X, more.X...), append(r.Labels, more.Labels...)
	for j := range r.Kept {
		r.Kept[j] = append(r.Kept[j], more.Kept[j]...)
	}
}

// answer computes.
func (f *flow) answer(ctx context.Context, from <-chan *Rows, to chan<- answer) error {
	for {
		select {
		case <-ctx.Done(): // The reader may wait for its input for ever.
			return nil
		case rows, more := <-from:
			if !more {
				return nil
			}
			cells, err := f.Answer(ctx, rows)
			if err != nil {
				return err
			}
			if !send(ctx, to, answer{rows, cells}) {
				return nil
			}
		}
	}
}

// write writes what is answered, and returns how many rows.
func (f *flow) write(ctx context.Context, from <-chan answer) (rows int, err error) {
	for a := range from {
		if ctx.Err() != nil {
			return rows, nil
		}
		if err := f.To.Write(a.rows.N*max(1, f.Each), a.cells); err != nil {
			return rows, err
		}
		rows += a.rows.N
		if f.Done != nil {
			f.Done(rows)
		}
		f.free <- a.rows
	}
	return rows, nil
}
