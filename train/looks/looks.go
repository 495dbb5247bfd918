// Package looks tells what a file looks like that is not of the format wanted.
package looks

import (
	"bufio"
	"bytes"
)

// peek is how many bytes of a file tell what it looks like.
const peek = 512

// signatures are what files of other kinds begin with.
var signatures = []struct{ begins, is string }{
	{"version https://git-lfs",
		"a pointer of git-lfs: the file itself was not fetched; run 'git lfs pull' where it comes from"},
	{"/annex/objects/", "a pointer of git-annex: the file itself was not fetched"},
	{"PK\x03\x04", "a zip archive, as .npz of NumPy, .pt of PyTorch and .xlsx of Excel are; unpack it, or save it in the format wanted"},
	{"\x1f\x8b", "a file packed by gzip; unpack it"},
	{"\x1f\x9d", "a file packed by compress; unpack it"},
	{"BZh", "a file packed by bzip2; unpack it"},
	{"\xfd7zXZ\x00", "a file packed by xz; unpack it"},
	{"\x28\xb5\x2f\xfd", "a file packed by zstd; unpack it"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"},
	{"\x89HDF\r\n\x1a\n", "HDF5"},
	{"\x93NUMPY", "an array of NumPy's"},
	{"MATLAB ", "a MAT-file"},
	{"\x89PNG", "a PNG picture"},
	{"\xff\xd8\xff", "a JPEG picture"},
	{"GIF8", "a GIF picture"},
	{"II*\x00", "a TIFF picture"},
	{"MM\x00*", "a TIFF picture"},
	{"%PDF", "a PDF document"},
	{"PAR1", "a Parquet file"},
	{"SQLite format 3", "an SQLite database"},
	{"\x80\x02", pickle},
	{"\x80\x04\x95", pickle},
	{"\x80\x05\x95", pickle},
	{"ARROW1", "a Feather file; save it as Parquet or CSV"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old file of Excel's (.xls); save it as CSV"},
	{"RDX2\n", ofR},
	{"RDX3\n", ofR},
	{"X\n\x00\x00\x00", ofR},
	{"$FL2", "a file of SPSS; save it as CSV"},
	{"<stata_dta>", "a file of Stata; save it as CSV"},
	{"\xff\xfe", "text in UTF-16; save it as UTF-8"},
	{"\xfe\xff", "text in UTF-16; save it as UTF-8"},
}

const (
	pickle = "a pickle of Python's; save what is in it as Parquet, npy or CSV"
	ofR    = "a file of R's; save it with write.csv"
)

// Like tells what a file that is not of the format wanted looks like, by its beginning, as an end of a message: empty
// where that tells nothing.
func Like(content *bufio.Reader) string {
	begin, _ := content.Peek(peek) // What there is of it tells.
	if is := kind(begin); is != "" {
		return like + is
	}
	return ""
}

// Text is what Like tells of text that is nothing else.
const Text = like + text

const (
	like = "; it looks like "
	text = "text"
)

// kind is what a file with this beginning is, in words.
func kind(begin []byte) string {
	for _, s := range signatures {
		if bytes.HasPrefix(begin, []byte(s.begins)) {
			return s.is
		}
	}
	if is := contained(begin); is != "" {
		return is
	}
	words := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\xef\xbb\xbf")), " \t\r\n"))
	for _, begins := range []string{"<!doctype html", "<html", "<head", "<body"} {
		if bytes.HasPrefix(words, []byte(begins)) {
			return "an HTML page, such as a server sends instead of a file"
		}
	}
	switch {
	case isJSON(words):
		return "JSON; save it as CSV or Parquet"
	case bytes.HasPrefix(words, []byte("@relation")),
		bytes.HasPrefix(words, []byte("%")) && bytes.Contains(words, []byte("\n@relation")):
		return "ARFF of Weka; take away the lines down to @data, or write one line of headings instead"
	case bytes.HasPrefix(words, []byte("<")):
		return "XML, such as a server sends instead of a file"
	case len(begin) > 0 && len(bytes.Trim(begin, "\x00")) == 0:
		return "zeros, as a download that was broken off leaves them"
	case len(words) > 0 && !bytes.ContainsFunc(begin, notText):
		return text
	}
	return ""
}

// contained is what a file is whose kind stands behind a length.
func contained(begin []byte) string {
	const kindAt, kindEnd = 4, 12
	if len(begin) < kindEnd {
		return ""
	}
	switch kind := string(begin[kindAt:kindEnd]); {
	case bytes.HasPrefix(begin, []byte("RIFF")) && kind[4:] == "WEBP":
		return "a WebP picture"
	case kind == "ftypheic", kind == "ftypheix", kind == "ftypmif1", kind == "ftypavif":
		return "a HEIC or AVIF picture"
	case bytes.HasPrefix(begin, []byte("BM")) && kind[2:6] == "\x00\x00\x00\x00":
		return "a BMP picture"
	}
	return ""
}

// isJSON tells whether a text begins as objects, or as lists of them or of lists, do.
func isJSON(words []byte) bool {
	compact := bytes.Join(bytes.Fields(words), nil)
	for _, begins := range []string{`{"`, `[{`, "[["} {
		if bytes.HasPrefix(compact, []byte(begins)) {
			return true
		}
	}
	return false
}

// notText tells whether a rune stands in no line of text.
func notText(r rune) bool {
	return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f || r == 0xfffd
}
