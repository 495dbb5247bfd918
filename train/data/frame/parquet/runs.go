package parquet

import (
	"encoding/binary"

	"ssdgm/train/data/strict"
)

// runReader decodes whole numbers of so many bits, from runs of equal ones and groups of eight packed ones.
type runReader struct {
	content []byte // behind the run that is read
	width   int    // bits
	n, read int    // how many there are, and have been read

	left   int    // of the run
	value  uint32 // of a run of equal ones
	packed []byte // of one of packed ones; nil: they are equal
	bit    int    // of packed, where the next one begins
}

// begin reads the beginning of the next run.
func (r *runReader) begin() error {
	head, read := binary.Uvarint(r.content)
	if read <= 0 {
		return strict.Errorf("truncated: a page has %d of the %d levels or places in a dictionary that it claims", r.read, r.n)
	}
	r.content = r.content[read:]
	wanted := r.n - r.read
	if head&1 == 0 {
		size := (r.width + 7) / 8
		if size > len(r.content) {
			return strict.Errorf("truncated: a page breaks off in a run of %d values", head>>1)
		}
		var word [4]byte
		copy(word[:], r.content[:size])
		r.value, r.packed, r.content = binary.LittleEndian.Uint32(word[:]), nil, r.content[size:]
		r.left = int(min(head>>1, uint64(wanted)))
		return nil
	}
	groups := int(min(head>>1, uint64(wanted+7)/8))
	if groups*r.width > len(r.content) {
		return strict.Errorf("truncated: a page breaks off in %d packed values", 8*groups)
	}
	r.packed, r.content, r.bit = r.content[:groups*r.width:groups*r.width], r.content[groups*r.width:], 0
	if r.packed == nil {
		r.packed = []byte{}
	}
	r.left = min(8*groups, wanted)
	return nil
}

// take fills dst with the next ones, of which there must be as many left.
func take[T uint8 | int32](r *runReader, dst []T) error {
	for len(dst) > 0 {
		if r.left == 0 {
			if err := r.begin(); err != nil {
				return err
			}
		}
		now := dst[:min(len(dst), r.left)]
		if r.packed == nil {
			for i := range now {
				now[i] = T(r.value)
			}
		} else {
			unpackRun(r, now)
		}
		r.left -= len(now)
		r.read += len(now)
		dst = dst[len(now):]
	}
	return nil
}

// unpackRun fills dst from packed ones.
func unpackRun[T uint8 | int32](r *runReader, dst []T) {
	if r.width == 8 {
		for i, b := range r.packed[r.bit/8:][:len(dst)] {
			dst[i] = T(b)
		}
		r.bit += 8 * len(dst)
		return
	}
	mask, bit := uint64(1)<<r.width-1, r.bit
	for i := range dst {
		if from := r.packed[bit/8:]; len(from) >= 8 {
			dst[i] = T(binary.LittleEndian.Uint64(from) >> (bit % 8) & mask)
		} else {
			dst[i] = T(unpackBits(r.packed, bit, r.width))
		}
		bit += r.width
	}
	r.bit = bit
}

// unpackBits is the number of the given bits, least first.
func unpackBits(packed []byte, at, width int) uint32 {
	var word [8]byte
	copy(word[:], packed[at/8:])
	return uint32(binary.LittleEndian.Uint64(word[:]) >> (at % 8) & (1<<width - 1))
}

// runs decodes n numbers at once.
func runs[T uint8 | int32](content []byte, width, n int) ([]T, error) {
	values := make([]T, n)
	return values, take(&runReader{content: content, width: width, n: n}, values)
}

// alike tells whether n numbers are one number in runs of equal ones.
func alike(content []byte, width, n, number int) bool {
	r := &runReader{content: content, width: width, n: n}
	for r.read < n {
		if r.begin() != nil || r.packed != nil || int(r.value) != number {
			return false
		}
		r.read += r.left
	}
	return true
}
