package train

import (
	"errors"
	"path/filepath"
	"sync"
	"time"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/model/trained/infer"
	"ssdgm/train/data"
	"ssdgm/train/data/spool"
)

// What of training knows that examples may be in a file, where memory has no room for them.

// stored is a part whose real values may be kept in a store.
type stored struct {
	data.Part
	store *spool.Store
}

// Load implements data.Part.
func (p stored) Load() (*data.Set, error) { return data.LoadIn(p.Part, p.store) }

// Files implements data.Stored.
func (p stored) Files() ([]string, error) { return data.Files(p.Part) }

// memoryShare is the part of the machine's memory that real values may take: a third, as there may be two copies of
// them, on the host and on the device, or before and after they are put in order.
const memoryShare = 3

// valuesRoom is how many bytes of values there are to be in memory; 0 is not known.
func valuesRoom() int64 { return infer.MachineMemory().Bytes / memoryShare }

// newStore is a store in a folder; empty: in that for temporary files.
func newStore(dir string) *spool.Store {
	return &spool.Store{Dir: dir, Limit: valuesRoom()}
}

// roomy is a part whose values go to a temporary file where memory has no room for them, unless it has a store already.
func roomy(part data.Part) data.Part {
	if _, ok := part.(data.Storing); ok {
		return stored{part, newStore("")}
	}
	return part
}

// storedIn is a training part whose values may be kept in a run's folder, until the session ends.
func (s *Session) storedIn(dir string, part data.Part) data.Part {
	if _, ok := part.(data.Storing); !ok {
		return part
	}
	store := newStore(dir)
	s.stores = append(s.stores, store)
	return stored{part, store}
}

// own tells the stores that the session holds a run's folder.
func (s *Session) own(dir string) {
	for _, store := range s.stores {
		store.Held = store.Held || filepath.Clean(store.Dir) == filepath.Clean(dir)
	}
}

// closeStores removes the files of examples, unless the same command is to go on with them.
func (s *Session) closeStores() error {
	var errs []error
	for _, store := range s.stores {
		errs = append(errs, store.Close(s.goesOn))
	}
	return errors.Join(errs...)
}

// fed tells whether the examples come to the device a minibatch at a time. Principal components are few, and cost more
// than a step to compute: where memory has room for them they are computed once.
func (k *corpus) fed() bool {
	if k.examples == nil || k.examples.Spooled == nil {
		return false
	}
	return k.input.PCA == nil || 4*int64(k.n)*int64(k.d) > k.room
}

// fault is why examples could not be read.
func (k *corpus) fault() error {
	if k.examples == nil {
		return nil
	}
	return k.examples.Fault()
}

// rows reads what a model sees of examples. Several goroutines may call it.
func (k *corpus) rows() infer.Rows {
	set := k.examples
	if k.input.Plain() {
		return func(dst []float32, examples []int32) {
			for i, example := range examples {
				set.Row(dst[i*k.d:][:k.d], int(example))
			}
		}
	}
	var buffers sync.Pool
	return func(dst []float32, examples []int32) {
		raw, _ := buffers.Get().(*[]float32)
		if raw == nil || len(*raw) < len(examples)*k.raw {
			values := make([]float32, len(examples)*k.raw)
			raw = &values
		}
		defer buffers.Put(raw)
		for i, example := range examples {
			set.Row((*raw)[i*k.raw:][:k.raw], int(example))
		}
		k.input.Apply(dst, (*raw)[:len(examples)*k.raw])
	}
}

// feed brings the minibatches of examples that are in a file to the device. What the next steps see is read while one
// is taken. A nil feed is of examples that are on the device.
type feed struct {
	*station
	x     engine.Floats // of a minibatch, on the device
	ahead *infer.Ahead
}

// minibatchesAhead is how many are read ahead. Reading takes less than a step, or waiting would not help.
const minibatchesAhead = 2

// aheadBytes is what is read of minibatches on the host: those ahead, and the one in use.
func (t *training) aheadBytes(replicas int) int64 {
	return (minibatchesAhead + 1) * 4 * int64(replicas) * int64(t.fed.Len)
}

// newFeed begins to read what the steps after step see.
func (l *looper) newFeed(step int) *feed {
	if l.p.fed.IsNil() {
		return nil
	}
	f, rows := &feed{station: l.station, x: l.p.fed}, l.examples.Rows
	draws, index := l.draws(), make([]int32, l.p.index.Len)
	f.ahead = infer.ReadAhead(minibatchesAhead, len(l.replicas)*f.x.Len, func(dst []float32) bool {
		if step++; step > l.p.length {
			return false
		}
		for r, own := range draws {
			for _, d := range own {
				d.of(index, step)
			}
			rows(dst[r*f.x.Len:][:f.x.Len], index)
		}
		return true
	})
	return f
}

// ready brings the next minibatch to the device and returns how many steps can be taken at once, of some that are asked
// for.
func (f *feed) ready(steps int) (int, error) {
	if f == nil {
		return steps, nil
	}
	rows, waited := f.ahead.Next()
	f.count(waited)
	if err := f.corpus.fault(); err != nil {
		return 0, err
	}
	for r := range f.dev.Replicas() {
		f.dev.WriteFloats(f.x, r, rows[r*f.x.Len:][:f.x.Len])
	}
	return 1, nil
}

// stop ends reading.
func (f *feed) stop() {
	if f != nil {
		f.ahead.Stop()
	}
}

// count is told how long the device has waited for examples.
func (st *station) count(waited time.Duration) { st.waiting += waited }

// draw is which examples some rows of a replica's minibatches are, see engine.Minibatch.
type draw struct {
	first, n int // of the minibatch
	pool     []int32
	seed     uint64
	stream   uint32
}

// draws are those of every replica, read from the steps that draw.
func (l *looper) draws() [][]draw {
	all := make([][]draw, len(l.replicas))
	for _, step := range engine.Recorded(l.p.draw).Steps() {
		s, ok := step.(engine.Minibatch)
		if !ok {
			continue
		}
		for r := range all {
			d := draw{first: s.Index.Offset - l.p.index.Offset, n: s.Index.Len, stream: s.Noise.Stream}
			d.pool = l.integers(s.Pool, r)
			if !s.Sizes.IsNil() {
				d.pool = d.pool[:l.integers(s.Sizes, r)[0]]
			}
			seed := l.integers(s.Noise.Seed, r)
			d.seed = uint64(uint32(seed[0])) | uint64(uint32(seed[1]))<<32
			all[r] = append(all[r], d)
		}
	}
	return all
}

// integers reads a replica's array.
func (l *looper) integers(a engine.Ints, replica int) []int32 {
	host := make([]int32, a.Len)
	l.dev.ReadInts(host, a, replica)
	return host
}

// of writes the examples of a step to the minibatch.
func (d *draw) of(index []int32, step int) {
	noise.Minibatch(index[d.first:][:d.n], d.pool, uint32(step), d.stream, d.seed)
}
