package data

import (
	"cmp"
	"fmt"
	"sync"
	"time"

	"ssdgm/train/message"
)

// firstWait and laterWait are how long reading goes on without a word.
const firstWait, laterWait = 10 * time.Second, time.Minute

// Patiently reads a part, and tells in a line each now and then that it is under way: photographs and large tables take
// minutes. note is not called after the end.
func Patiently(part Part, note func(line string), read func()) {
	var telling sync.WaitGroup
	done := make(chan struct{})
	defer telling.Wait()
	defer close(done)
	telling.Go(func() {
		begun, wait := time.Now(), firstWait
		for {
			select {
			case <-done:
				return
			case <-time.After(wait):
				note(fmt.Sprintf("%s is being read, for %s so far", partName(part), message.Duration(time.Since(begun))))
				wait = laterWait
			}
		}
	})
	read()
}

// partName is what messages call a part: its first file.
func partName(part Part) string {
	paths, _ := Files(part) // Loading tells what is wrong with them.
	if len(paths) == 0 {
		return "the data set"
	}
	return cmp.Or(paths[0], "the data set")
}
