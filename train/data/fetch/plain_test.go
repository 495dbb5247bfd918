package fetch

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
)

// A file that the mirrors have as it is keeps its name, there and here, and a damaged one is
// replaced.
func TestPlainFileKeepsItsName(t *testing.T) {
	f, zipped := sample()
	content := zipped[20:] // begins as no gzip stream does
	f.Name, f.Size, f.Length, f.SHA256 = "sample.mat", int64(len(content)), int64(len(content)), hexSum(content)
	server := serve(t, content, func(w http.ResponseWriter, r *http.Request, _ int32) bool {
		if r.URL.Path == "/sample.mat" {
			return false
		}
		return notFound(w, r, 0)
	})
	g := newGetter(t, silent{}, server.URL)
	for range 2 {
		if err := g.all(t.Context(), []file{f}); err != nil {
			t.Fatal(err)
		}
		if err := f.verify(filepath.Join(g.folder, "sample.mat")); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(filepath.Join(g.folder, "sample.mat"), content[:1000], 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAFileWhosePackedChecksumAloneIsPublishedIsComparedByIt holds that such a file is brought and verified by the
// checksum of NAME.gz, that one bit of it counts, and that of an unpacked one no more is said than is known.
func TestAFileWhosePackedChecksumAloneIsPublishedIsComparedByIt(t *testing.T) {
	f, zipped := sample()
	f.SHA256, f.Packed = "", hexSum(zipped)
	g := newGetter(t, silent{}, serve(t, zipped, nil).URL)
	if err := g.all(t.Context(), []file{f}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(g.folder, f.Name+".gz")
	if status := f.status(path); status.Err != nil || status.Verdict != sound || status.Bytes != f.Size {
		t.Errorf("the published file: %+v", status)
	}
	content := unzipped(t, zipped)
	plain := filepath.Join(g.folder, f.Name)
	datatest.WriteFile(t, plain, content)
	want := "of the published length (the published checksum is that of sample-idx1-ubyte.gz)"
	if status := f.status(plain); status.Err != nil || status.Verdict != want {
		t.Errorf("unpacked: %+v, want %s", status, want)
	}
	datatest.WriteFile(t, plain, content[1:])
	damaged := bytes.Clone(content)
	damaged[7] ^= 1
	datatest.WriteFile(t, path, datatest.Zip(damaged))
	for at, found := range map[string]string{plain: "found 299999 bytes or more", path: "found sha256 "} {
		err := f.verify(at)
		want := "wanted 300000 bytes of content, or sample-idx1-ubyte.gz with sha256 " + f.Packed + ", " + found
		if !errors.Is(err, errChecksum) || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %s", err, want)
		}
	}
}

func unzipped(t *testing.T, zipped []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestFilesOfArraysAreVerifiedByTheirFormat(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"train.csv": "0,1,2\n1,3,4\n", "test.csv": "1,5,6\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	statuses, err := Verify(data.Options{Name: "arrays", Dir: dir})
	if err != nil || len(statuses) != 2 || statuses[0].Err != nil || statuses[0].Bytes != 12 || statuses[1].Err != nil {
		t.Fatalf("found %+v, %v, want two sound files", statuses, err)
	}
	// What is wrong with the training part's labels is wrong with both parts, and told once.
	if err := os.WriteFile(filepath.Join(dir, "train.csv"), []byte("0,1,2\n1,3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	statuses, err = Verify(data.Options{Name: "arrays", Dir: dir})
	if err != nil || len(statuses) != 1 || statuses[0].Err == nil {
		t.Errorf("found %+v, %v, want one fault", statuses, err)
	}
	if err := Get(t.Context(), "arrays", dir, Options{}); err == nil || err.Error() != "data set arrays is not fetched by this program: "+data.Place("arrays", dir) {
		t.Errorf("Get: %v", err)
	}
}
