// Package spool keeps real-valued examples that memory has no room for in a file, one after another, not compressed. A
// Builder takes rows as they are read and leaves memory for a file where they become too many; a File gives them back
// by their numbers, to several goroutines at once.
//
// A file is
//
//	magic      8 bytes
//	rows       each dense, width float32, or where that is smaller sparse: the places of the values whose bits are not
//	           all 0, uint16 or of more than 65,536 columns uint32, then these values. A row's length tells which.
//	offsets    uint64 of each row, and of the end of the last
//	trailer    JSON: see trailer
//	length     uint32, of the trailer
//	magic      8 bytes
//
// with the least byte first. Every bit of a value comes back, also of NaN and of −0.
package spool

import (
	"encoding/hex"
	"encoding/json"
	"hash"
)

// magic begins and ends a file. Another form of it would have another number.
const magic = "ssdgmr1\n"

// trailer says what is in a file, and for whom.
type trailer struct {
	Key    string `json:"key"` // of what was read, see Options.Key
	Width  int    `json:"width"`
	Rows   int    `json:"rows"`
	End    int64  `json:"end"`    // of the rows, where the offsets begin
	SHA256 string `json:"sha256"` // of all before the trailer, and of the trailer without it
}

// after is the trailer's text, with the SHA-256 of what hash has seen, all before it, and of itself.
func (t trailer) after(hash hash.Hash) []byte {
	t.SHA256 = ""
	hash.Write(t.text())
	t.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return t.text()
}

func (t trailer) text() []byte {
	text, err := json.Marshal(t)
	if err != nil {
		panic("spool: " + err.Error()) // of strings and numbers alone
	}
	return text
}

// numberBytes is the size of a value.
const numberBytes = 4

// placeBytes is the size of the number of a column.
func placeBytes(width int) int {
	if width <= 1<<16 {
		return 2
	}
	return 4
}
