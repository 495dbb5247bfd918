package mnist

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"

	"ssdgm/train/data/idx"
	"ssdgm/train/data/strict"
)

// EMNIST's archive, and the folder that it unpacks into.
const (
	archive     = "gzip.zip"
	unpacksInto = "gzip"
)

// readMember reads a gzipped file of an archive, in whichever of its folders it is.
func readMember(at place, options idx.Options) (*idx.Array, error) {
	unzip, err := zip.OpenReader(at.path)
	switch {
	case errors.Is(err, zip.ErrFormat):
		return nil, strict.Errorf("%s: wanted a zip archive, found none, or a part of one", at.path)
	case err != nil:
		return nil, strict.Path(err)
	}
	defer unzip.Close()
	member := slices.IndexFunc(unzip.File, func(f *zip.File) bool { return path.Base(f.Name) == at.member })
	if member < 0 {
		return nil, strict.Errorf("%s: wanted %s in it, found no such file", at.path, at.member)
	}
	content, err := unzip.File[member].Open()
	if err != nil {
		return nil, damaged(at, err)
	}
	defer content.Close()
	array, err := idx.Read(content, size(unzip.File[member]), options)
	if err == nil {
		_, err = io.Copy(io.Discard, content) // The archive's own checksum comes at the end.
	}
	if err != nil {
		return nil, damaged(at, err)
	}
	return array, nil
}

// size is how many bytes a member can have: it is gzipped, and does not shrink by half again, whatever a header claims.
func size(member *zip.File) int64 {
	return int64(min(member.UncompressedSize64, 2*min(member.CompressedSize64, math.MaxInt64/4)+headerMost))
}

// headerMost is more than a member has that is no data of it.
const headerMost = 1 << 10

// damaged names the member in an error of its content.
func damaged(at place, err error) error {
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrAlgorithm) {
		return strict.Errorf("%s: it is damaged", at)
	}
	return fmt.Errorf("%s: %w", at, err)
}
