package parquet

import (
	"encoding/binary"
	"errors"

	"ssdgm/train/data/strict"
)

// The types of Thrift's compact protocol, in which a Parquet file describes itself.
const (
	compactStop = iota
	compactTrue
	compactFalse
	compactByte
	compactInt16
	compactInt32
	compactInt64
	compactDouble
	compactBinary
	compactList
	compactSet
	compactMap
	compactStruct
	compactUUID
)

// maxNested is how deep structures stand in one another: those of Parquet are ten deep.
const maxNested = 32

// errBreaksOff is a structure that goes on after its bytes.
var errBreaksOff = errors.New("the description breaks off")

// structLength is how many bytes the structure takes that b begins with. It holds that every length and every count in
// it has its bytes behind it, as the library takes them at their word.
func structLength(b []byte) (int, error) {
	w := &walk{left: b}
	if err := w.value(compactStruct, 0); err != nil {
		return 0, err
	}
	return len(b) - len(w.left), nil
}

// walk goes through values of the compact protocol.
type walk struct{ left []byte }

func (w *walk) skip(n uint64) error {
	if n > uint64(len(w.left)) {
		return errBreaksOff
	}
	w.left = w.left[n:]
	return nil
}

func (w *walk) octet() (byte, error) {
	if len(w.left) == 0 {
		return 0, errBreaksOff
	}
	b := w.left[0]
	w.left = w.left[1:]
	return b, nil
}

func (w *walk) number() (uint64, error) {
	v, n := binary.Uvarint(w.left)
	switch {
	case n > 0:
		w.left = w.left[n:]
		return v, nil
	case n == 0 && len(w.left) < binary.MaxVarintLen64:
		return 0, errBreaksOff
	}
	return 0, strict.Errorf("the description has a number of more than 64 bits")
}

// value goes over a value of a type.
func (w *walk) value(kind byte, depth int) error {
	if depth > maxNested {
		return strict.Errorf("the description is nested more than %d deep", maxNested)
	}
	switch kind {
	case compactTrue, compactFalse, compactByte:
		return w.skip(1)
	case compactInt16, compactInt32, compactInt64:
		_, err := w.number()
		return err
	case compactDouble:
		return w.skip(8)
	case compactUUID:
		return w.skip(16)
	case compactBinary:
		n, err := w.number()
		if err != nil {
			return err
		}
		return w.skip(n)
	case compactList, compactSet:
		return w.list(depth)
	case compactMap:
		return w.dictionary(depth)
	case compactStruct:
		return w.structure(depth)
	}
	return strict.Errorf("the description has a value of type %d, which there is not", kind)
}

func (w *walk) structure(depth int) error {
	for {
		head, err := w.octet()
		if err != nil {
			return err
		}
		kind := head & 0xf
		if kind == compactStop {
			return nil
		}
		if head>>4 == 0 { // the field's number follows
			if _, err := w.number(); err != nil {
				return err
			}
		}
		if kind == compactTrue || kind == compactFalse {
			continue // the type is the value
		}
		if err := w.value(kind, depth+1); err != nil {
			return err
		}
	}
}

func (w *walk) list(depth int) error {
	head, err := w.octet()
	if err != nil {
		return err
	}
	n, kind := uint64(head>>4), head&0xf
	if n == 0xf {
		if n, err = w.number(); err != nil {
			return err
		}
	}
	return w.values(n, depth, kind)
}

func (w *walk) dictionary(depth int) error {
	n, err := w.number()
	if err != nil || n == 0 {
		return err
	}
	kinds, err := w.octet()
	if err != nil {
		return err
	}
	return w.values(n, depth, kinds>>4, kinds&0xf)
}

// values goes over n values, or n of each of two types in turn, of which each takes a byte at least.
func (w *walk) values(n uint64, depth int, kinds ...byte) error {
	if n > uint64(len(w.left)) {
		return errBreaksOff
	}
	for range n {
		for _, kind := range kinds {
			before := len(w.left)
			if err := w.value(kind, depth+1); err != nil {
				return err
			}
			if kind == compactStruct && before-len(w.left) == 1 {
				return strict.Errorf("the description has a list of empty structures")
			}
		}
	}
	return nil
}
