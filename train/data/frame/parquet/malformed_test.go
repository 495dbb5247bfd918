package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"ssdgm/train/allocated"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/frametest"
	"ssdgm/train/data/strict"
)

// made is a file of one column of four whole numbers in one page, which a case spoils.
type made struct {
	header  format.PageHeader
	content []byte
	meta    format.FileMetaData
	footer  []byte // in place of the description
	magic   string
	rows    string // where the file is sound
}

func sound() *made {
	n := thrift.New[int32]
	return &made{
		content: []byte{1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0},
		header: format.PageHeader{Type: format.DataPage, UncompressedPageSize: 16, CompressedPageSize: -1,
			DataPageHeader: thrift.New(format.DataPageHeader{NumValues: 4, DefinitionLevelEncoding: format.RLE,
				RepetitionLevelEncoding: format.RLE})},
		meta: format.FileMetaData{Version: 1, NumRows: 4,
			Schema: []format.SchemaElement{{Name: "root", NumChildren: n(1)},
				{Name: "x", Type: thrift.New(format.Int32), RepetitionType: thrift.New(format.Required)}},
			RowGroups: []format.RowGroup{{NumRows: 4, Columns: []format.ColumnChunk{{MetaData: format.ColumnMetaData{
				Type: format.Int32, PathInSchema: []string{"x"}, NumValues: 4, DataPageOffset: 4, TotalCompressedSize: -1}}}}}},
		magic: Magic, rows: "[[1] [2] [3] [4]]",
	}
}

func (m *made) chunk() *format.ColumnMetaData { return &m.meta.RowGroups[0].Columns[0].MetaData }

// dictionary makes places in a dictionary of the content.
func (m *made) dictionary(indices ...byte) {
	first := format.PageHeader{Type: format.DictionaryPage, UncompressedPageSize: 16, CompressedPageSize: 16,
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: 4})}
	head, _ := thrift.Marshal(&thrift.CompactProtocol{}, &first)
	m.chunk().DictionaryPageOffset = 4
	m.chunk().DataPageOffset = int64(4 + len(head) + 16)
	m.magic += string(head) + string(m.content)
	m.content = indices
	m.header.UncompressedPageSize = int32(len(indices))
	m.header.DataPageHeader.V.Encoding = format.RLEDictionary
}

// bytes is the file. Sizes below 0 are those of the content.
func (m *made) bytes(t testing.TB) []byte {
	t.Helper()
	if m.header.CompressedPageSize < 0 {
		m.header.CompressedPageSize = int32(len(m.content))
	}
	head, err := thrift.Marshal(&thrift.CompactProtocol{}, &m.header)
	if err != nil {
		t.Fatal(err)
	}
	content := append([]byte(m.magic), append(head, m.content...)...)
	if chunk := &m.meta.RowGroups[0].Columns; len(*chunk) > 0 && (*chunk)[0].MetaData.TotalCompressedSize < 0 {
		(*chunk)[0].MetaData.TotalCompressedSize = int64(len(content) - len(Magic))
	}
	footer := m.footer
	if footer == nil {
		if footer, err = thrift.Marshal(&thrift.CompactProtocol{}, &m.meta); err != nil {
			t.Fatal(err)
		}
	}
	content = append(content, footer...)
	content = binary.LittleEndian.AppendUint32(content, uint32(len(footer)))
	return append(content, Magic...)
}

// readFile reads every column of a file of such content.
func readFile(t testing.TB, content []byte) (found []row, err error) {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "*.parquet")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(content); err != nil {
		t.Fatal(err)
	}
	file.Close()
	return readPath(file.Name())
}

// readPath reads every column of a file.
func readPath(path string) (found []row, err error) {
	r, err := OpenAll([]string{path}, frame.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var numbers, texts []int
	for i, c := range r.Columns() {
		if c.Kind == frame.Number {
			numbers = append(numbers, i)
		} else {
			texts = append(texts, i)
		}
	}
	return all(r, numbers, texts)
}

func gzipped(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(content)
	w.Close()
	return b.Bytes()
}

func zstandard(n int) []byte {
	w, _ := zstd.NewWriter(nil)
	return w.EncodeAll(make([]byte, n), nil)
}

func TestTheSoundFilesOfTheCasesAreRead(t *testing.T) {
	for name, change := range map[string]func(*made){
		"plain": func(*made) {},
		"a dictionary": func(m *made) {
			m.dictionary(2, 3, 0b11100100, 0)
		},
		"gzip": func(m *made) {
			m.chunk().Codec, m.content = format.Gzip, gzipped(m.content)
		},
		"runs": func(m *made) {
			m.dictionary(8, 2, 0, 2, 1, 4, 2)
			m.rows = "[[1] [2] [3] [3]]"
		},
	} {
		m := sound()
		change(m)
		if got, err := readFile(t, m.bytes(t)); err != nil || fmt.Sprint(got) != m.rows {
			t.Errorf("%s: %v, %v; want %s", name, got, err, m.rows)
		}
	}
}

func TestEachFaultOfTheDescriptionIsOneLine(t *testing.T) {
	oneLine(t, map[string]func(*made){
		`wanted a Parquet file, which begins with "PAR1", found "PARX"`: func(m *made) {
			m.magic = "PARX"
		},
		"truncated: the description of 3 bytes at the end breaks off": func(m *made) {
			m.footer = []byte{0x15, 2, 0x19}
		},
		"truncated: the description of 8 bytes at the end breaks off": func(m *made) {
			m.footer = []byte("\x15\x02\x19\xfc\xff\xff\xff\x7f")
		},
		"the description is nested more than 32 deep": func(m *made) {
			m.footer = bytes.Repeat([]byte{0x1c}, 1<<20)
		},
		"the description has a list of empty structures": func(m *made) {
			m.footer = append([]byte("\x15\x02\x19\xfc\x80\x80\x40"), make([]byte, 1<<20)...)
		},
		"claims 1152921504606846976 rows, its row groups 4; wanted the same number, at most 2147483647": func(m *made) {
			m.meta.NumRows = 1 << 60
		},
		"claims 1152921504606846976 rows, its row groups 1152921504606846976; wanted the same number, at most 2147483647": func(m *made) {
			m.meta.NumRows, m.meta.RowGroups[0].NumRows, m.chunk().NumValues = 1<<60, 1<<60, 1<<60
		},
		"row group 0 claims -1 rows of 1 columns; the table has 1 columns": func(m *made) {
			m.meta.RowGroups[0].NumRows = -1
		},
		"row group 0 claims 4 rows of 0 columns; the table has 1 columns": func(m *made) {
			m.meta.RowGroups[0].Columns = nil
		},
		`column "x", row group 0: the rows are in another file, "b.parquet": give that one`: func(m *made) {
			m.meta.RowGroups[0].Columns[0].FilePath = "b.parquet"
		},
		`column "x", row group 0: claims 4 values in 1099511627776 bytes from byte 4, but the file's pages end at byte 41`: func(m *made) {
			m.chunk().TotalCompressedSize = 1 << 40
		},
		`column "x", row group 0: claims 5 values for 4 rows`: func(m *made) {
			m.chunk().NumValues = 5
		},
	})
}

func TestEachFaultOfAPageIsOneLine(t *testing.T) {
	page := func(m *made) *format.DataPageHeader { return &m.header.DataPageHeader.V }
	oneLine(t, map[string]func(*made){
		`row 4, column "x": truncated: 1 values are left to be read at byte 37, where the column ends`: func(m *made) {
			page(m).NumValues, m.content, m.header.UncompressedPageSize = 3, m.content[:12], 12
		},
		`row 1, column "x": a page claims 5 values; wanted at most the 4 that are left, and 16777216`: func(m *made) {
			page(m).NumValues = 5
		},
		`row 1, column "x": a page claims 16 bytes, found 8`: func(m *made) {
			m.content = m.content[:8]
		},
		`row 1, column "x": truncated: a page claims 4 values, found 2`: func(m *made) {
			m.content, m.header.UncompressedPageSize = m.content[:8], 8
		},
		`row 1, column "x": byte 27: the checksum of a page is 0xaf05d4ef, wanted 0x00000007: fetch the file again`: func(m *made) {
			m.header.CRC = 7
		},
		`row 1, column "x": wanted a page of values or a dictionary, found type 9`: func(m *made) {
			m.header.Type = 9
		},
		`row 1, column "x": a page wants a dictionary, but there is none before it`: func(m *made) {
			page(m).Encoding = format.RLEDictionary
		},
		`row 1, column "x": a page wants place 9 of a dictionary of 4 values`: func(m *made) {
			m.dictionary(4, 8, 9)
		},
		`row 1, column "x": truncated: a page breaks off in a run of 4 values`: func(m *made) {
			m.dictionary(4, 8)
		},
		`row 1, column "x": truncated: a page has 2 of the 4 levels or places in a dictionary that it claims`: func(m *made) {
			m.dictionary(4, 4, 0)
		},
		`row 1, column "x": a page claims 4 values, its content 268435455`: func(m *made) {
			page(m).Encoding = format.DeltaBinaryPacked
			m.content = []byte("\x80\x01\x04\xff\xff\xff\x7f\x00")
			m.header.UncompressedPageSize = 8
		},
		`row 1, column "x": a page of values is encoded as BIT_PACKED, which is not read; write it again`: func(m *made) {
			page(m).Encoding = format.BitPacked
		},
		`row 1, column "x": compressed as LZO, which is not read; write it again with compression zstd or snappy`: func(m *made) {
			m.chunk().Codec = format.LZO
		},
		`row 1, column "x": the GZIP stream of a page is damaged`: func(m *made) {
			m.chunk().Codec = format.Gzip
		},
		`row 1, column "x": the ZSTD stream of a page is damaged`: func(m *made) {
			m.chunk().Codec = format.Zstd
		},
		`row 1, column "x": the SNAPPY stream of a page is damaged`: func(m *made) {
			m.chunk().Codec, m.content = format.Snappy, []byte{16, 0xff, 0xff}
		},
		`row 1, column "x": a page claims to unpack to 16 bytes, but its stream to 1`: func(m *made) {
			m.chunk().Codec = format.Snappy
		},
		`row 1, column "x": the LZ4_RAW stream of a page is damaged`: func(m *made) {
			m.chunk().Codec = format.Lz4Raw
		},
		`row 1, column "x": the BROTLI stream of a page is damaged`: func(m *made) {
			m.chunk().Codec = format.Brotli
		},
		`row 1, column "x": a page claims to unpack from 16 bytes to 2147483647; wanted at most 268435456`: func(m *made) {
			m.header.UncompressedPageSize = math.MaxInt32
		},
		`row 1, column "x": the GZIP stream of a page is damaged `: func(m *made) {
			m.chunk().Codec, m.content = format.Gzip, gzipped(make([]byte, 1<<26))
		},
		`row 1, column "x": the ZSTD stream of a page is damaged `: func(m *made) {
			m.chunk().Codec, m.content = format.Zstd, zstandard(1<<26)
		},
		`row 1, column "x": byte 29: a page claims 2147483647 bytes, which unpack to 16, but 16 are left in the column`: func(m *made) {
			m.header.CompressedPageSize = math.MaxInt32
		},
		`row 1, column "x": a page of 16 bytes claims 2147483647 and 0 for its levels`: func(m *made) {
			m.header.Type = format.DataPageV2
			m.header.DataPageHeader.Valid = false
			m.header.DataPageHeaderV2 = thrift.New(format.DataPageHeaderV2{NumValues: 4, RepetitionLevelsByteLength: math.MaxInt32})
		},
	})
}

// oneLine holds what is said of files that are not sound, and that none costs much.
func oneLine(t *testing.T, faults map[string]func(*made)) {
	t.Helper()
	for want, spoil := range faults {
		m := sound()
		spoil(m)
		content := m.bytes(t)
		var err error
		used := allocated.Bytes(func() { _, err = readFile(t, content) })
		wantFormat(t, "", err, strings.TrimSpace(want))
		if used > 16<<20 {
			t.Errorf("%q: %d bytes were allocated", want, used)
		}
	}
}

func TestATruncatedFileIsOneLine(t *testing.T) {
	content := fixture(t, "pandas.parquet")
	for n := 0; n < len(content); n += 97 {
		_, err := readFile(t, content[:n])
		if !errors.Is(err, strict.ErrFormat) || !strings.Contains(err.Error(), "truncated") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestADamagedFileIsNoPanic turns a bit of many bytes of files, and wants an error of the format, or a table.
func TestADamagedFileIsNoPanic(t *testing.T) {
	for _, name := range []string{"pandas.parquet", "lists.parquet", "encodings.parquet", "codec-snappy-v2.parquet"} {
		content := fixture(t, name)
		path := filepath.Join(t.TempDir(), "a.parquet")
		for i := 0; i < len(content); i += 41 {
			spoilt := bytes.Clone(content)
			spoilt[i] ^= byte(1 << (i % 8))
			if err := os.WriteFile(path, spoilt, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := readPath(path); err != nil && (!errors.Is(err, strict.ErrFormat) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("%s, byte %d: %v", name, i, err)
			}
		}
	}
}

// FuzzRead wants an error of the format, or a table, of any bytes.
func FuzzRead(f *testing.F) {
	names, err := filepath.Glob(filepath.Join(fixtures, "*.parquet"))
	if err != nil || len(names) == 0 {
		f.Fatalf("found %q, %v", names, err)
	}
	for _, name := range names {
		f.Add(fixture(f, filepath.Base(name)))
	}
	f.Add(sound().bytes(f))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := readFile(t, content)
		var word *frame.WordError
		if err != nil && !errors.Is(err, strict.ErrFormat) && !errors.As(err, &word) {
			t.Error(err)
		}
	})
}

// TestManyRowsNeedThePagesOfOneGroup holds that memory does not grow with the rows.
func TestManyRowsNeedThePagesOfOneGroup(t *testing.T) {
	const count, width = 100_000, 30
	type line struct {
		List  []float32 `parquet:"list,list"`
		Class int32     `parquet:"class,dict"`
	}
	path := filepath.Join(t.TempDir(), "many.parquet")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[line](file, parquet.MaxRowsPerRowGroup(20_000), parquet.Compression(&parquet.Zstd))
	batch := make([]line, 1000)
	for done := 0; done < count; done += len(batch) {
		for i := range batch {
			batch[i] = line{make([]float32, width), int32(i % 10)}
			for k := range width {
				batch[i].List[k] = float32(done + i + k)
			}
		}
		if _, err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	rows, most, err := frametest.Live(func() (frame.Reader, error) { return OpenAll([]string{path}, frame.Options{}) })
	// The numbers are 12 MB, a page of them 256 KiB as the writer makes it.
	if err != nil || rows != count || most > 3<<20 {
		t.Errorf("%d rows, %d bytes of memory, %v", rows, most, err)
	}
}
