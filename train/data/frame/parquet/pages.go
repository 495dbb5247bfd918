package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"ssdgm/train/data/strict"
)

// maxValues is the most values of a page. Writers make pages of about 1 MiB.
const maxValues = 1 << 24

// pages reads the pages of a column in a group of rows, one after the other.
type pages struct {
	file       *file
	leaf       *leaf
	codec      format.CompressionCodec
	at, end    int64 // bytes of the file
	values     int64 // that are left to be read
	dictionary *vector
	numbers    []float32 // of the dictionary, once they are wanted
}

func (f *file) pages(l *leaf, group int) *pages {
	meta := &f.meta.RowGroups[group].Columns[l.index].MetaData
	start, length := chunkPlace(meta)
	return &pages{file: f, leaf: l, codec: meta.Codec, at: start, end: start + length, values: meta.NumValues}
}

// next returns the next page of values, or io.EOF after the last.
func (p *pages) next() (*page, error) {
	for p.values > 0 {
		header, err := p.header()
		if err != nil {
			return nil, err
		}
		content, err := p.content(header)
		if err != nil {
			return nil, err
		}
		page, err := p.decode(header, content)
		if page != nil || err != nil {
			return page, err
		}
	}
	return nil, io.EOF
}

// The room in which a page's header is looked for at first, and at last.
const (
	firstHeader = 1 << 12
	lastHeader  = 1 << 24
)

// header reads the header of the next page.
func (p *pages) header() (*format.PageHeader, error) {
	for room := int64(firstHeader); ; room *= 16 {
		left := p.end - p.at
		window, err := strict.Bytes(io.NewSectionReader(p.file, p.at, left), min(room, left))
		if err != nil {
			return nil, strict.Describe(err)
		}
		n, err := structLength(window)
		if errors.Is(err, errBreaksOff) {
			if room >= left || room >= lastHeader {
				return nil, strict.Errorf("truncated: %d values are left to be read at byte %d, where the column ends",
					p.values, p.at)
			}
			continue
		}
		if err != nil {
			return nil, strict.Errorf("byte %d: %v", p.at, err)
		}
		header := &format.PageHeader{}
		if err := thrift.Unmarshal(&thrift.CompactProtocol{}, window[:n], header); err != nil {
			return nil, strict.Errorf("byte %d: the header of a page is damaged: %v", p.at, err)
		}
		p.at += int64(n)
		if size := int64(header.CompressedPageSize); size < 0 || size > p.end-p.at || header.UncompressedPageSize < 0 {
			return nil, strict.Errorf("byte %d: a page claims %d bytes, which unpack to %d, but %d are left in the column",
				p.at, size, header.UncompressedPageSize, p.end-p.at)
		}
		return header, nil
	}
}

// content reads the bytes of a page, which follow its header, and unpacks them.
func (p *pages) content(header *format.PageHeader) ([]byte, error) {
	size := int64(header.CompressedPageSize)
	packed, err := strict.Bytes(io.NewSectionReader(p.file, p.at, size), size)
	if err != nil {
		return nil, strict.Describe(err)
	}
	if sum := crc32.ChecksumIEEE(packed); header.CRC != 0 && uint32(header.CRC) != sum {
		return nil, strict.Errorf("byte %d: the checksum of a page is %#08x, wanted %#08x: fetch the file again",
			p.at, sum, uint32(header.CRC))
	}
	p.at += size
	levels, codec := 0, p.codec
	if v2 := header.DataPageHeaderV2; v2.Valid { // whose levels are not compressed
		repetition, definition := int(v2.V.RepetitionLevelsByteLength), int(v2.V.DefinitionLevelsByteLength)
		if repetition < 0 || definition < 0 || repetition+definition > min(len(packed), int(header.UncompressedPageSize)) {
			return nil, strict.Errorf("a page of %d bytes claims %d and %d for its levels", len(packed), repetition, definition)
		}
		levels = repetition + definition
		if v2.V.IsCompressed.Valid && !v2.V.IsCompressed.V {
			codec = format.Uncompressed
		}
	}
	values, err := unpack(codec, packed[levels:], int(header.UncompressedPageSize)-levels)
	if err != nil || levels == 0 {
		return values, err
	}
	return append(packed[:levels:levels], values...), nil
}

// page is a page of values: of every place in the column its levels, and the values that are there.
type page struct {
	places      int
	repetitions []uint8 // how far into the lists a place goes on; none outside of lists
	definitions []uint8 // how much of a place is there; nil where all is
	values      *vector
	indices     *runReader // of the values in the dictionary; nil where the page has the values itself
}

// decode makes a page of its content. A dictionary is kept, and there is no page.
func (p *pages) decode(header *format.PageHeader, content []byte) (*page, error) {
	v1, v2, dictionary := &header.DataPageHeader, &header.DataPageHeaderV2, &header.DictionaryPageHeader
	switch {
	case header.Type == format.DictionaryPage && dictionary.Valid:
		// A value takes a bit at least.
		n := int64(dictionary.V.NumValues)
		if n < 0 || n > 8*int64(len(content)) {
			return nil, strict.Errorf("a dictionary of %d bytes claims %d values", len(content), n)
		}
		var err error
		p.numbers = nil
		p.dictionary, err = decodeVector(p.leaf, content, format.Plain, int(n))
		return nil, err
	case header.Type == format.DataPage && v1.Valid:
		repetitions, content, err := p.levelsV1(content, p.leaf.repetition, v1.V.RepetitionLevelEncoding)
		if err != nil {
			return nil, err
		}
		definitions, content, err := p.levelsV1(content, p.leaf.definition, v1.V.DefinitionLevelEncoding)
		if err != nil {
			return nil, err
		}
		return p.data(int64(v1.V.NumValues), repetitions, definitions, content, v1.V.Encoding)
	case header.Type == format.DataPageV2 && v2.Valid:
		r, d := v2.V.RepetitionLevelsByteLength, v2.V.DefinitionLevelsByteLength
		return p.data(int64(v2.V.NumValues), content[:r], content[r:][:d], content[r+d:], v2.V.Encoding)
	case header.Type == format.IndexPage:
		return nil, nil
	}
	return nil, strict.Errorf("wanted a page of values or a dictionary, found type %d", header.Type)
}

// levelsV1 takes the levels from the beginning of a page of version 1, where the column has any: they begin with their
// length.
func (p *pages) levelsV1(content []byte, most int, encoding format.Encoding) (levels, rest []byte, err error) {
	switch {
	case most == 0:
		return nil, content, nil
	case encoding != format.RLE:
		return nil, nil, strict.Errorf("its levels are encoded as %v, which is not read; write it again", encoding)
	case len(content) < 4 || int64(binary.LittleEndian.Uint32(content)) > int64(len(content)-4):
		return nil, nil, strict.Errorf("truncated: a page breaks off in its levels")
	}
	n := binary.LittleEndian.Uint32(content)
	return content[4:][:n], content[4+n:], nil
}

// oldDictionary is what old writers call format.RLEDictionary.
const oldDictionary format.Encoding = 2

// data makes a page of its parts.
func (p *pages) data(n int64, repetitions, definitions, values []byte, encoding format.Encoding) (*page, error) {
	if n < 0 || n > p.values || n > maxValues {
		return nil, strict.Errorf("a page claims %d values; wanted at most the %d that are left, and %d",
			n, p.values, maxValues)
	}
	p.values -= n
	made := &page{places: int(n)}
	there := int(n)
	var err error
	if most := p.leaf.repetition; most > 0 {
		if made.repetitions, err = runs[uint8](repetitions, bits.Len(uint(most)), int(n)); err != nil {
			return nil, err
		}
	}
	if most := p.leaf.definition; most > 0 && !alike(definitions, bits.Len(uint(most)), int(n), most) {
		if made.definitions, err = runs[uint8](definitions, bits.Len(uint(most)), int(n)); err != nil {
			return nil, err
		}
		there = bytes.Count(made.definitions, []byte{uint8(most)})
	}
	if encoding != oldDictionary && encoding != format.RLEDictionary {
		made.values, err = decodeVector(p.leaf, values, encoding, there)
		return made, err
	}
	if p.dictionary == nil {
		return nil, strict.Errorf("a page wants a dictionary, but there is none before it")
	}
	made.values = p.dictionary
	if there == 0 {
		made.indices = &runReader{}
		return made, nil
	}
	if len(values) == 0 || values[0] > 32 {
		return nil, strict.Errorf("truncated: a page breaks off before its values")
	}
	made.indices = &runReader{content: values[1:], width: int(values[0]), n: there}
	return made, nil
}
