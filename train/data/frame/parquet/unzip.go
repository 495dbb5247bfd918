package parquet

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"

	"ssdgm/train/data/strict"
)

// The most that a page may unpack to: so many bytes, or so many times its own.
const (
	maxUnpacked = 1 << 28
	maxRatio    = 64
)

// unpack decompresses a page to the size that its header claims. The library would take the claim, or the stream, at
// its word: here a bomb costs no more than the limit.
func unpack(codec format.CompressionCodec, packed []byte, size int) ([]byte, error) {
	if size > maxUnpacked && size > maxRatio*len(packed) {
		return nil, strict.Errorf("a page claims to unpack from %d bytes to %d; wanted at most %d",
			len(packed), size, maxUnpacked)
	}
	if size == 0 {
		return nil, nil
	}
	switch codec {
	case format.Uncompressed:
		if len(packed) != size {
			return nil, strict.Errorf("a page claims %d bytes, found %d", size, len(packed))
		}
		return packed, nil
	case format.Snappy:
		n, err := snappy.DecodedLen(packed)
		if err == nil && n != size {
			return nil, strict.Errorf("a page claims to unpack to %d bytes, but its stream to %d", size, n)
		}
		if err != nil {
			return nil, damaged(codec)
		}
		page, err := snappy.Decode(nil, packed)
		if err != nil {
			return nil, damaged(codec)
		}
		return page, nil
	case format.Lz4Raw:
		page := make([]byte, size)
		if n, err := lz4.UncompressBlock(packed, page); err != nil || n != size {
			return nil, damaged(codec)
		}
		return page, nil
	case format.Gzip:
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, damaged(codec)
		}
		return unpackStream(codec, r, size)
	case format.Zstd:
		one, small := zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)
		r, err := zstd.NewReader(bytes.NewReader(packed), one, small)
		if err != nil {
			return nil, damaged(codec)
		}
		defer r.Close()
		return unpackStream(codec, r, size)
	case format.Brotli:
		return unpackStream(codec, brotli.NewReader(bytes.NewReader(packed)), size)
	}
	return nil, strict.Errorf("compressed as %v, which is not read; write it again with compression zstd or snappy", codec)
}

// unpackStream reads exactly size bytes.
func unpackStream(codec format.CompressionCodec, r io.Reader, size int) ([]byte, error) {
	page, err := strict.Bytes(r, int64(size))
	if err != nil {
		return nil, damaged(codec)
	}
	var more [1]byte
	if n, err := io.ReadFull(r, more[:]); n > 0 || !errors.Is(err, io.EOF) {
		return nil, damaged(codec)
	}
	return page, nil
}

func damaged(codec format.CompressionCodec) error {
	return strict.Errorf("the %v stream of a page is damaged", codec)
}
