package allocated

import "testing"

var sink []byte

func TestLargeAllocationsAreCounted(t *testing.T) {
	if n := Bytes(func() { sink = make([]byte, 5<<20) }); n < 5<<20 || n > 6<<20 {
		t.Errorf("want about %d bytes, found %d", 5<<20, n)
	}
}
