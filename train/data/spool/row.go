package spool

import (
	"encoding/binary"
	"math"
)

// appendRow appends a row in the form that is smaller.
func appendRow(dst []byte, row []float32) []byte {
	places, n := placeBytes(len(row)), 0
	for _, v := range row {
		if math.Float32bits(v) != 0 {
			n++
		}
	}
	if n*(places+numberBytes) >= len(row)*numberBytes {
		for _, v := range row {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
		}
		return dst
	}
	for j, v := range row {
		switch {
		case math.Float32bits(v) == 0:
		case places == 2:
			dst = binary.LittleEndian.AppendUint16(dst, uint16(j))
		default:
			dst = binary.LittleEndian.AppendUint32(dst, uint32(j))
		}
	}
	for _, v := range row {
		if bits := math.Float32bits(v); bits != 0 {
			dst = binary.LittleEndian.AppendUint32(dst, bits)
		}
	}
	return dst
}

// readRow is what appendRow has written. It is false where the bytes are no such row.
func readRow(row []float32, src []byte) bool {
	if len(src) == len(row)*numberBytes {
		for j := range row {
			row[j] = math.Float32frombits(binary.LittleEndian.Uint32(src[j*numberBytes:]))
		}
		return true
	}
	clear(row)
	size := placeBytes(len(row))
	n := len(src) / (size + numberBytes)
	if n*(size+numberBytes) != len(src) {
		return false
	}
	places, values := src[:n*size], src[n*size:]
	for i := range n {
		j := 0
		if size == 2 {
			j = int(binary.LittleEndian.Uint16(places[i*2:]))
		} else {
			j = int(binary.LittleEndian.Uint32(places[i*4:]))
		}
		if j >= len(row) {
			return false
		}
		row[j] = math.Float32frombits(binary.LittleEndian.Uint32(values[i*numberBytes:]))
	}
	return true
}
