package images

import (
	"crypto/sha256"
	"io"
	"sync"

	"ssdgm/train/data/sanity"
)

// shared is a line on test images whose files are training images too; empty where there are none. Only files that are
// as long as one of the test is are read.
func (p *plan) shared(test piece) (string, error) {
	var mutex sync.Mutex
	lengths := map[int64]bool{}
	training := map[[sha256.Size]byte]bool{} // by the content of a test image: whether it is one of training
	sums := make([][sha256.Size]byte, test.n())
	err := parallel(test.chosen(), func(next image) error {
		return next.use(func(r io.ReadSeeker) error {
			sum, length, err := digest(r)
			mutex.Lock()
			defer mutex.Unlock()
			sums[next.at], training[sum], lengths[length] = sum, false, true
			return err
		})
	})
	for _, piece := range p.train {
		if err != nil {
			return "", err
		}
		err = parallel(piece.chosen(), func(next image) error {
			return next.use(func(r io.ReadSeeker) error {
				length, err := r.Seek(0, io.SeekEnd)
				if err != nil || !lengths[length] {
					return err
				}
				sum, _, err := digest(r)
				mutex.Lock()
				defer mutex.Unlock()
				if _, found := training[sum]; found {
					training[sum] = true
				}
				return err
			})
		})
	}
	n := 0
	for _, sum := range sums {
		if training[sum] {
			n++
		}
	}
	return sanity.Shared(test.place, n, len(sums), true), err
}

// digest is that of an image's file, and how long that is.
func digest(r io.ReadSeeker) (sum [sha256.Size]byte, length int64, err error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return sum, 0, err
	}
	hash := sha256.New()
	length, err = io.Copy(hash, r)
	return [sha256.Size]byte(hash.Sum(nil)), length, err
}
