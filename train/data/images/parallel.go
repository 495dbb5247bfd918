package images

import (
	"errors"
	"io"
	"runtime"
	"sync"
)

// image is one image on its way: its place among those of its stream, what messages call it, and its content.
type image struct {
	at   int
	name string
	open func() (io.ReadSeekCloser, error)
}

// stream gives images one after the other, each time the same.
type stream interface {
	each(take func(image) error) error
	// called is what messages call an image.
	called(at int) string
}

// errBroken ends a stream of which no more is wanted.
var errBroken = errors.New("broken off")

// parallel has as many workers as there are processors do something with each image of a stream. The error is that of
// the first image that has one, however many workers there are.
func parallel(s stream, do func(image) error) error {
	var (
		mutex  sync.Mutex
		all    sync.WaitGroup
		failed = image{at: -1}
		fault  error
	)
	queue := make(chan image)
	broken := make(chan struct{}) // closed at the first error
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for taken := range queue {
				err := do(taken)
				if err == nil {
					continue
				}
				mutex.Lock()
				if fault == nil {
					close(broken)
				}
				if fault == nil || taken.at < failed.at {
					failed, fault = taken, err
				}
				mutex.Unlock()
			}
		})
	}
	err := s.each(func(next image) error {
		select {
		case <-broken:
			return errBroken
		case queue <- next:
			return nil
		}
	})
	close(queue)
	all.Wait()
	if fault != nil {
		return fault
	}
	return err
}
