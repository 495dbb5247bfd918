package formats

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data/datatest"
	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/frametest"
	"ssdgm/train/data/strict"
)

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAFileIsKnownByItsContent holds that no name says of which format it is, and that gzip is seen through.
func TestAFileIsKnownByItsContent(t *testing.T) {
	const text = "a,b\n1,2\n"
	for name, content := range map[string][]byte{
		"a table.parquet": []byte(text), "x.csv": packed(t, text), "y": packed(t, text),
	} {
		path := filepath.Join(t.TempDir(), name)
		datatest.WriteFile(t, path, content)
		r, err := Open(path, frame.Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		if found, want := frametest.Texts(t, r), [][]string{{"1", "2"}}; !cmp.Equal(found, want) {
			t.Errorf("%s: found %q", name, found)
		}
	}
}

func TestWhatIsNoTableIsTold(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ content, want string }{
		"page":    {"<!DOCTYPE html>\n<p>a, b", "it looks like an HTML page, such as a server sends instead of a file"},
		"pointer": {"version https://git-lfs.github.com/spec/v1\n", "it looks like a pointer of git-lfs"},
		"picture": {"\x89PNG\r\n", "it looks like a PNG picture"},
		"utf-16":  {"\xff\xfea\x00,\x00", "it looks like text in UTF-16; save it as UTF-8"},
		"feather": {"ARROW1\x00\x00", "it looks like a Feather file; save it as Parquet or CSV"},
		"pickle":  {"\x80\x05\x95\x01", "it looks like a pickle of Python's; save what is in it as Parquet, npy or CSV"},
		"R":       {"RDX3\nX\n", "it looks like a file of R's; save it with write.csv"},
		"json":    {"[ {\"a\": 1},\n{\"a\": 2}]", "it looks like JSON; save it as CSV or Parquet"},
		"lists":   {"{\"a\": 1, \"b\": 2}\n", "it looks like JSON; save it as CSV or Parquet"},
		"weka":    {"% iris\n@RELATION iris\n@DATA\n1,2\n", "it looks like ARFF of Weka; take away the lines down to @data"},
		"bytes":   {"\x00\x01\x02\x03", "found none"},
	} {
		path := filepath.Join(dir, name)
		datatest.WriteFile(t, path, []byte(c.content))
		_, err := Open(path, frame.Options{})
		if !errors.Is(err, frame.ErrNoTable) || !errors.Is(err, strict.ErrFormat) ||
			!strings.HasPrefix(err.Error(), path+": wanted a table (") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error = %v, want %s", name, err, c.want)
		}
	}
}

// TestStrangersFilesThatAreNoTablesAreTold holds it of files that others have made.
func TestStrangersFilesThatAreNoTablesAreTold(t *testing.T) {
	for name, want := range map[string]string{
		"cases/idx-html-page.gz": "found none; it looks like an HTML page, such as a server sends instead of a file",
		"bsr.npz":                `wanted a sparse matrix in the format csr, csc or coo, found "bsr"; save x.tocsr()`,
	} {
		_, err := Open(filepath.Join(testdata, name), frame.Options{})
		if !errors.Is(err, strict.ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want %s", name, err, want)
		}
	}
}

// TestFaultsOfIDXAreNamed holds that a header is not believed, and that nothing may lack or follow.
func TestFaultsOfIDXAreNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	for content, want := range map[string]string{
		"\x00\x00\x08\x01\x00\x00\x00\x02\x07":                    "the header claims 2 elements of type uint8, more than a file of 9 bytes can hold",
		"\x00\x00\x08\x01\x7f\xff\xff\xff\x07":                    "the header claims 2147483647 elements of type uint8, more than",
		"\x00\x00\x08\x01\xff\xff\xff\xff\x07":                    "the header claims a dimension of 4294967295",
		"\x00\x00\x08\x01\x00\x00\x00\x01\x07\x08":                "trailing bytes after the 1 that the header claims",
		"\x00\x00\x08\x01\x00\x00\x00\x00":                        "the header claims a dimension of 0",
		"\x00\x00\x08\x02\x00\x00\x00\x01":                        "truncated: wanted a header of 8 bytes, found 4",
		string(packed(t, "\x00\x00\x08\x01\x00\x00\x00\x02\x07")): "truncated: wanted 2 bytes of data, found ",
	} {
		datatest.WriteFile(t, path, []byte(content))
		r, err := Open(path, frame.Options{})
		if err == nil {
			err = frametest.Fault(r)
		}
		if err == nil || !errors.Is(err, strict.ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error = %v, want %s", content, err, want)
		}
	}
}

func TestAPathThatCannotBeReadIsTold(t *testing.T) {
	dir := t.TempDir()
	missing, link := filepath.Join(dir, "missing.csv"), filepath.Join(dir, "link.csv")
	if err := os.Symlink(missing, link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		missing: "no such file", dir: "wanted a file, or a folder of files whose names end in .parquet, found none of them", link: "it is a link to",
	} {
		_, err := Open(path, frame.Options{})
		if !errors.Is(err, strict.ErrPath) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %s", err, want)
		}
		if path != dir && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v is no ErrNotExist", err)
		}
	}
}

// TestMATFilesAreKnown holds it of one that is packed, and of one of a version that is not read.
func TestMATFilesAreKnown(t *testing.T) {
	content, err := os.ReadFile("../testdata/matlab/rows.mat")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.csv")
	datatest.WriteFile(t, path, packed(t, string(content)))
	r, err := Open(path, frame.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if rows := frametest.Texts(t, r); len(rows) != 5 || !cmp.Equal(rows[4], []string{"40.5", "41.5", "42.5", "5"}) {
		t.Errorf("found %q", rows)
	}
	head := append([]byte("MATLAB 7.3 MAT-file"), bytes.Repeat([]byte(" "), 105)...)
	datatest.WriteFile(t, path, append(head, "\x00\x02IM"...))
	_, err = Open(path, frame.Options{})
	if want := "a MAT-file of version 7.3, which is HDF5: wanted version 5 to 7"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error = %v, want %s", err, want)
	}
}

// TestAFolderAndAPatternAreOneTable holds it of files in Parquet, as Hugging Face publishes them.
func TestAFolderAndAPatternAreOneTable(t *testing.T) {
	const shards = "../testdata/parquet/shards"
	hub := t.TempDir()
	for _, name := range []string{"train-00000-of-00002.parquet", "train-00001-of-00002.parquet"} {
		content, err := os.ReadFile(filepath.Join(shards, name))
		if err != nil {
			t.Fatal(err)
		}
		datatest.WriteFile(t, filepath.Join(hub, "data", name), content)
	}
	for _, path := range []string{shards + "/train-*.parquet", hub} {
		r, err := Open(path, frame.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var classes []string
		for _, row := range frametest.Texts(t, r) {
			classes = append(classes, row[1])
		}
		if want := []string{"ant", "bee", "", "cow", "bee"}; !cmp.Equal(classes, want) {
			t.Errorf("%s: found %q", path, classes)
		}
	}
	if _, err := Open(shards, frame.Options{}); !errors.Is(err, strict.ErrPath) || !strings.Contains(err.Error(), "not of one table") {
		t.Errorf("train and test in one folder: %v", err)
	}
	if r, err := Open(shards+"/test-00000-of-00001.parquet", frame.Options{}); err != nil {
		t.Error(err)
	} else if found := frametest.Texts(t, r); len(found) != 1 {
		t.Errorf("one file: %q", found)
	}
}

// TestFaultsNameTheFile holds it of the head and of the rows, and that what an error is can still be asked.
func TestFaultsNameTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	for text, want := range map[string]string{
		"a,a\n1,2\n":     ": line 1: the columns 1 and 2 are both headed",
		"a,b\n1,two\n":   ": line 2, field 2: wanted a number, found a word",
		"a,b\n1,2\n3\n":  ": line 3: wanted 2 fields, as on the lines before, found 1",
		"\x1f\x8b\x08\n": ": truncated: the gzip stream breaks off",
	} {
		datatest.WriteFile(t, path, []byte(text))
		r, err := Open(path, frame.Options{})
		if err == nil {
			err = frametest.Fault(r)
		}
		if err == nil || !strings.HasPrefix(err.Error(), path+want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error = %v, want %s%s", text, err, path, want)
		}
		var word *frame.WordError
		if !errors.Is(err, strict.ErrFormat) && !errors.As(err, &word) {
			t.Errorf("%v is no ErrFormat", err)
		}
	}
}
