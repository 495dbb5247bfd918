package picture

import "sync"

// budget is how many pixels may be decoded at once.
type budget struct {
	mutex sync.Mutex
	freed *sync.Cond
	left  int
}

// decoding is what the images that are being decoded share.
var decoding = newBudget(MaxPixels)

func newBudget(pixels int) *budget {
	b := &budget{left: pixels}
	b.freed = sync.NewCond(&b.mutex)
	return b
}

// take waits until so many pixels are left, and takes them.
func (b *budget) take(pixels int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for b.left < pixels {
		b.freed.Wait()
	}
	b.left -= pixels
}

func (b *budget) give(pixels int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.left += pixels
	b.freed.Broadcast()
}
