package fetch

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"ssdgm/train/data"
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
