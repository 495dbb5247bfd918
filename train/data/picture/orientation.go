package picture

import (
	"bytes"
	"encoding/binary"
	"io"
)

// exifTag is the tag of the orientation in EXIF's first directory, and exifHead what stands before EXIF in a JPEG.
const (
	exifTag  = 0x0112
	exifHead = "Exif\x00\x00"
)

// maxEXIF is how many bytes of EXIF are read: what a JPEG's segment can hold.
const maxEXIF = 1 << 16

// exifOfPNG returns the EXIF that stands before a PNG's pixels; nil where there is none.
func exifOfPNG(r io.ReadSeeker) []byte {
	var head [8]byte // a chunk's length and type
	for at := int64(8); ; {
		if !readAt(r, at, head[:]) {
			return nil
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		switch string(head[4:]) {
		case "eXIf":
			return content(r, min(length, maxEXIF))
		case "IDAT", "IEND":
			return nil
		}
		at += 8 + length + 4 // its checksum comes last.
	}
}

// exifOfJPEG returns the EXIF that stands before a JPEG's pixels; nil where there is none.
func exifOfJPEG(r io.ReadSeeker) []byte {
	var head [4]byte // 0xff, a marker, and its segment's length, which counts its own two bytes
	for at := int64(2); ; {
		if !readAt(r, at, head[:]) || head[0] != 0xff {
			return nil
		}
		if head[1] == 0xff { // A marker may have any number of these before it.
			at++
			continue
		}
		length := int64(binary.BigEndian.Uint16(head[2:]))
		switch marker := head[1]; {
		case length < 2, marker == 0xda, marker == 0xd9: // Pixels follow, or nothing.
			return nil
		case marker == 0xe1:
			if exif, found := bytes.CutPrefix(content(r, length-2), []byte(exifHead)); found {
				return exif
			}
		}
		at += 2 + length
	}
}

// readAt fills p with what stands at a place, and tells whether there is so much.
func readAt(r io.ReadSeeker, at int64, p []byte) bool {
	if _, err := r.Seek(at, io.SeekStart); err != nil {
		return false
	}
	_, err := io.ReadFull(r, p)
	return err == nil
}

// content is the next n bytes; nil where there are fewer.
func content(r io.Reader, n int64) []byte {
	p := make([]byte, n)
	if _, err := io.ReadFull(r, p); err != nil {
		return nil
	}
	return p
}

// orientation is what EXIF says of how the camera was held, from 1, upright, to 8. What cannot be read says 1.
func orientation(exif []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if len(exif) < 8 {
		return 1
	}
	if exif[0] == 'I' {
		order = binary.LittleEndian
	}
	directory := int64(order.Uint32(exif[4:]))
	if directory+2 > int64(len(exif)) {
		return 1
	}
	entries := exif[directory+2:]
	for range order.Uint16(exif[directory:]) {
		if len(entries) < entryBytes {
			return 1
		}
		if order.Uint16(entries) == exifTag {
			if found := int(order.Uint16(entries[8:])); found >= 1 && found <= 8 {
				return found
			}
			return 1
		}
		entries = entries[entryBytes:]
	}
	return 1
}

// entryBytes is the length of an entry of EXIF: tag, type, count and value.
const entryBytes = 12

// firstTurned is the first orientation in which height and width change places.
const firstTurned = 5

// turned is a picture as it is looked at.
func (p *Picture) turned(orientation int) *Picture {
	if orientation == 1 {
		return p
	}
	t := *p
	if orientation >= firstTurned {
		t.Height, t.Width = p.Width, p.Height
	}
	t.Pixels = make([]uint8, 0, len(p.Pixels))
	right, bottom := p.Width-1, p.Height-1
	for y := range t.Height {
		for x := range t.Width {
			fromX, fromY := x, y
			switch orientation {
			case 2: // mirrored
				fromX = right - x
			case 3: // upside down
				fromX, fromY = right-x, bottom-y
			case 4:
				fromY = bottom - y
			case 5:
				fromX, fromY = y, x
			case 6: // to be turned clockwise
				fromX, fromY = y, bottom-x
			case 7:
				fromX, fromY = right-y, bottom-x
			case 8: // to be turned the other way
				fromX, fromY = right-y, x
			}
			t.Pixels = append(t.Pixels, p.Pixels[(fromY*p.Width+fromX)*p.Channels:][:p.Channels]...)
		}
	}
	return &t
}
