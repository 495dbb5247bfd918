package server

import (
	"fmt"
	"time"
)

// Options say within which limits requests are answered.
type Options struct {
	BatchRows  int           // rows that a worker takes at once, unless one request has more
	BatchDelay time.Duration // how long a batch waits at most for requests that have arrived and are being read
	QueueRows  int           // rows that wait at most; a request beyond is refused, with 503 and Retry-After

	RequestRows  int   // rows of one request
	RequestBytes int64 // of a request's body
	BodiesBytes  int64 // of all bodies that are being read; a request beyond is refused as by the queue
	AnswersBytes int64 // of all answers that are computed or sent, about; a request beyond is refused as by the queue

	Timeout     time.Duration // from a request's last byte to its answer; beyond it is refused as by the queue
	ReadTimeout time.Duration // for all bytes of a request
	IdleTimeout time.Duration // of a connection between two requests

	// Linger is how long a server that was asked to stop goes on as before, but for its readiness, so that whoever sends
	// it requests hears of it; Drain is how long it then waits for the answers to requests under way.
	Linger, Drain time.Duration

	NoUsual bool   // how usual an example is is not told; without it, it takes most of the time
	Version string // of the program
	// Note is told a line of what is no answer: a fault. nil: nobody is.
	Note func(line string)

	// Picture reads a PNG or a JPEG as the raw values of an example, and Draw makes a PNG of examples. nil: no images are
	// taken, or made.
	Picture func(content []byte) (row []float32, err error)
	Draw    func(rows []float32) (png []byte, err error)
}

// Defaults are what `ssdgm serve` takes unless it is told otherwise.
func Defaults() Options {
	return Options{
		BatchRows: 256, BatchDelay: time.Millisecond, QueueRows: 8192,
		RequestRows: 4096, RequestBytes: 32 << 20, BodiesBytes: 256 << 20,
		AnswersBytes: 256 << 20,
		Timeout:      30 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		Linger: time.Second, Drain: 30 * time.Second,
	}
}

// Check holds that the limits can be kept. Its error names the option as a flag of the command.
func (o *Options) Check() error {
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"batch-rows", int64(o.BatchRows)}, {"queue-rows", int64(o.QueueRows)}, {"request-rows", int64(o.RequestRows)},
		{"request-bytes", o.RequestBytes}, {"bodies-bytes", o.BodiesBytes},
		{"answers-bytes", o.AnswersBytes},
	} {
		if f.value < 1 {
			return fmt.Errorf("--%s: want a number above 0, found %d", f.name, f.value)
		}
	}
	for _, f := range []struct {
		name  string
		value time.Duration
		least time.Duration
	}{
		{"timeout", o.Timeout, 1}, {"read-timeout", o.ReadTimeout, 1}, {"idle-timeout", o.IdleTimeout, 1}, {"drain",
			o.Drain, 1},
		{"batch-delay", o.BatchDelay, 0}, {"linger", o.Linger, 0},
	} {
		if f.value < f.least {
			want := map[time.Duration]string{0: "0 or more", 1: "a time above 0"}[f.least]
			return fmt.Errorf("--%s: want %s, found %v", f.name, want, f.value)
		}
	}
	switch {
	case o.RequestRows > o.QueueRows:
		return fmt.Errorf("--request-rows %d: want at most --queue-rows, %d, where they wait", o.RequestRows, o.QueueRows)
	case o.RequestBytes > o.BodiesBytes:
		return fmt.Errorf("--request-bytes %d: want at most --bodies-bytes, %d, of all requests", o.RequestBytes,
			o.BodiesBytes)
	}
	return nil
}
