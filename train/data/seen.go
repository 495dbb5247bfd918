package data

import (
	"encoding/binary"
	"hash/maphash"

	"ssdgm/model/trained/transform"
)

// Seen are rows that were seen, each by a hash of 64 bits. It keeps at most seenMost of them: of more rows a share, which
// it tells by their hashes, so that whether a row is among them is known of that share of all rows.
type Seen struct {
	seed   maphash.Seed
	rows   map[uint64]struct{}
	share  uint64 // hashes with one of these bits are not kept
	most   int    // hashes that are kept
	buffer []byte
}

// seenMost is how many hashes are kept: some 100 MB.
const seenMost = 1 << 22

// NewSeen returns one that has seen none.
func NewSeen() *Seen {
	return &Seen{seed: maphash.MakeSeed(), rows: map[uint64]struct{}{}, most: seenMost}
}

// Whole tells whether all rows are kept, not a share of them.
func (s *Seen) Whole() bool { return s.share == 0 }

// AddPixels adds a row of pixels.
func (s *Seen) AddPixels(row []uint8) { s.add(maphash.Bytes(s.seed, row)) }

// AddFloats adds a row of real values.
func (s *Seen) AddFloats(row []float32) { s.add(s.hash(row)) }

// HasPixels tells whether a row of pixels was seen.
func (s *Seen) HasPixels(row []uint8) bool { return s.has(maphash.Bytes(s.seed, row)) }

// HasFloats tells whether a row of real values was seen.
func (s *Seen) HasFloats(row []float32) bool { return s.has(s.hash(row)) }

// hash is that of a row's bits. Values that are equal are one, and missing ones too.
func (s *Seen) hash(row []float32) uint64 {
	s.buffer = s.buffer[:0]
	for _, v := range row {
		s.buffer = binary.LittleEndian.AppendUint32(s.buffer, transform.Bits(v))
	}
	return maphash.Bytes(s.seed, s.buffer)
}

func (s *Seen) has(hash uint64) bool {
	_, found := s.rows[hash]
	return found
}

func (s *Seen) add(hash uint64) {
	if hash&s.share != 0 {
		return
	}
	s.rows[hash] = struct{}{}
	for len(s.rows) > s.most {
		s.share = s.share<<1 | 1
		for hash := range s.rows {
			if hash&s.share != 0 {
				delete(s.rows, hash)
			}
		}
	}
}
