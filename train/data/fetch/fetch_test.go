package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ssdgm/train/data"
	_ "ssdgm/train/data/all" // what there is to fetch
	"ssdgm/train/data/rng"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sample returns a file of content that does not compress, and its gzipped bytes.
func sample() (file, []byte) {
	content := make([]byte, 300_000)
	random := rng.New(1)
	for i := range content {
		content[i] = byte(random.Uint64())
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write(content)
	w.Close()
	return file{Name: "sample-idx1-ubyte", Size: int64(zipped.Len()), Length: int64(len(content)), SHA256: hexSum(content)}, zipped.Bytes()
}

func hexSum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// mirror is a server of one file, with its ranges and a count of its requests.
type mirror struct {
	*httptest.Server
	requests atomic.Int32
	bytes    atomic.Int64
}

// serve starts a server. The handler sees every request and may answer it.
func serve(t *testing.T, zipped []byte, handler func(w http.ResponseWriter, r *http.Request, request int32) (answered bool)) *mirror {
	t.Helper()
	m := &mirror{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := m.requests.Add(1)
		if handler != nil && handler(w, r, request) {
			return
		}
		counter := &countingWriter{ResponseWriter: w, n: &m.bytes}
		http.ServeContent(counter, r, "", time.Time{}, bytes.NewReader(zipped))
	}))
	t.Cleanup(m.Close)
	return m
}

type countingWriter struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return c.ResponseWriter.Write(p)
}

// diary is a Progress that writes down what it is told.
type diary struct {
	begins []string
	bytes  int64
	ends   int
	notes  []string
}

func (d *diary) Begin(_ string, done, total int64) {
	d.begins = append(d.begins, fmt.Sprintf("%d of %d", done, total))
}
func (d *diary) Advance(n int64)     { d.bytes += n }
func (d *diary) End(string)          { d.ends++ }
func (d *diary) Note(message string) { d.notes = append(d.notes, message) }

func newGetter(t *testing.T, progress Progress, mirrors ...string) *getter {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return &getter{
		client:   &http.Client{Transport: transport},
		mirrors:  mirrors,
		folder:   t.TempDir(),
		progress: progress,
		stall:    5 * time.Second,
	}
}

// wantFile checks that the file is in its place and no part is left.
func wantFile(t *testing.T, g *getter, f file) {
	t.Helper()
	if err := f.verify(filepath.Join(g.folder, f.Name+".gz")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(g.folder, f.Name+".part")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a part is left: %v", err)
	}
}

func notFound(w http.ResponseWriter, r *http.Request, _ int32) bool {
	http.NotFound(w, r)
	return true
}

func TestNextMirrorIsTriedAfterOneThatHasNot(t *testing.T) {
	f, zipped := sample()
	bad, good := serve(t, zipped, notFound), serve(t, zipped, nil)
	d := &diary{}
	g := newGetter(t, d, bad.URL, good.URL+"/")
	if err := g.all(t.Context(), []file{f}); err != nil {
		t.Fatal(err)
	}
	wantFile(t, g, f)
	if bad.requests.Load() != 1 || good.requests.Load() != 1 || d.ends != 1 || d.bytes != f.Size {
		t.Errorf("%d and %d requests, %d ends, %d bytes", bad.requests.Load(), good.requests.Load(), d.ends, d.bytes)
	}
	if want := bad.URL + "/" + f.Name + ".gz: the mirror answers 404 Not Found"; len(d.notes) != 1 || d.notes[0] != want {
		t.Errorf("notes %q, want %q", d.notes, want)
	}
}

// cut answers a request from its start with half the bytes that it announced.
func cut(zipped []byte) func(w http.ResponseWriter, r *http.Request, request int32) bool {
	return func(w http.ResponseWriter, r *http.Request, request int32) bool {
		if r.Header.Get("Range") != "" {
			return false
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(zipped)))
		w.Write(zipped[:len(zipped)/2])
		return true
	}
}

func TestCutConnectionIsGoneOnWith(t *testing.T) {
	f, zipped := sample()
	server := serve(t, zipped, cut(zipped))
	d := &diary{}
	g := newGetter(t, d, server.URL)
	if err := g.all(t.Context(), []file{f}); err != nil {
		t.Fatal(err)
	}
	wantFile(t, g, f)
	half := int64(len(zipped) / 2)
	if server.bytes.Load() != f.Size-half || d.bytes != f.Size {
		t.Errorf("the second request brought %d bytes, want the missing %d; progress counts %d", server.bytes.Load(), f.Size-half, d.bytes)
	}
	if want := fmt.Sprintf("%d of %d", half, f.Size); len(d.begins) != 2 || d.begins[1] != want {
		t.Errorf("begins %q, want the second to be %q", d.begins, want)
	}
}

func TestAnotherMirrorGoesOnWithAPart(t *testing.T) {
	f, zipped := sample()
	first, second := serve(t, zipped, cut(zipped)), serve(t, zipped, nil)
	g := newGetter(t, silent{}, first.URL, second.URL)
	if err := g.all(t.Context(), []file{f}); err != nil {
		t.Fatal(err)
	}
	wantFile(t, g, f)
	if want := f.Size - int64(len(zipped)/2); second.bytes.Load() != want {
		t.Errorf("the second mirror sent %d bytes, want %d", second.bytes.Load(), want)
	}
}

func TestMirrorWithoutRangesStartsAgain(t *testing.T) {
	f, zipped := sample()
	server := serve(t, zipped, func(w http.ResponseWriter, r *http.Request, _ int32) bool {
		w.Write(zipped)
		return true
	})
	g := newGetter(t, silent{}, server.URL)
	writePart(t, g, f, zipped[:1000])
	if err := g.all(t.Context(), []file{f}); err != nil {
		t.Fatal(err)
	}
	wantFile(t, g, f)
}

func writePart(t *testing.T, g *getter, f file, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(g.folder, f.Name+".part"), content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWrongBytesNeverGetTheFilesName(t *testing.T) {
	f, zipped := sample()
	wrong := bytes.Clone(zipped)
	wrong[len(wrong)/2] ^= 1
	server := serve(t, wrong, nil)
	g := newGetter(t, silent{}, server.URL)
	err := g.all(t.Context(), []file{f})
	if !errors.Is(err, errChecksum) {
		t.Errorf("error = %v, want a wrong checksum", err)
	}
	if left, _ := os.ReadDir(g.folder); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if n := server.requests.Load(); n != 1 {
		t.Errorf("%d requests to a mirror that serves wrong bytes, want 1", n)
	}
	g.mirrors = append(g.mirrors, serve(t, zipped, nil).URL)
	if err := g.all(t.Context(), []file{f}); err != nil {
		t.Fatal(err)
	}
	wantFile(t, g, f)
}

// A part may come from a mirror that served something else.
func TestPartWithWrongBytesIsThrownAway(t *testing.T) {
	f, zipped := sample()
	for name, part := range map[string][]byte{
		"beginning": []byte("<html>please log in</html>"),
		"whole":     bytes.Repeat([]byte("x"), len(zipped)),
		"longer":    bytes.Repeat([]byte("x"), len(zipped)+1),
	} {
		server := serve(t, zipped, nil)
		g := newGetter(t, silent{}, server.URL)
		writePart(t, g, f, part)
		if err := g.all(t.Context(), []file{f}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wantFile(t, g, f)
	}
}

func TestFileOfAnotherSizeIsRefusedBeforeItIsRead(t *testing.T) {
	f, _ := sample()
	server := serve(t, []byte("<html>please log in</html>"), nil)
	g := newGetter(t, silent{}, server.URL)
	err := g.all(t.Context(), []file{f})
	if want := fmt.Sprintf("wanted a file of %d bytes, found one of 26", f.Size); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func TestSilentMirrorIsGivenUp(t *testing.T) {
	f, zipped := sample()
	release := make(chan struct{})
	stuck := serve(t, zipped, func(w http.ResponseWriter, r *http.Request, _ int32) bool {
		w.Header().Set("Content-Length", fmt.Sprint(len(zipped)))
		w.Write(zipped[:1000])
		w.(http.Flusher).Flush()
		<-release
		return true
	})
	defer close(release)
	d := &diary{}
	g := newGetter(t, d, stuck.URL, serve(t, zipped, nil).URL)
	g.stall = 50 * time.Millisecond
	if err := g.all(t.Context(), []file{f}); err != nil {
		t.Fatal(err)
	}
	wantFile(t, g, f)
	if len(d.notes) != 1 || !strings.HasSuffix(d.notes[0], "nothing arrived for 50ms") {
		t.Errorf("notes %q, want that nothing arrived", d.notes)
	}
}

func TestStoppedDownloadKeepsItsPart(t *testing.T) {
	f, zipped := sample()
	ctx, stop := context.WithCancel(t.Context())
	server := serve(t, zipped, func(w http.ResponseWriter, r *http.Request, _ int32) bool {
		w.Header().Set("Content-Length", fmt.Sprint(len(zipped)))
		w.Write(zipped[:1000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	g := newGetter(t, stopAtFirstByte{silent{}, stop}, server.URL)
	err := g.all(ctx, []file{f})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want that it was stopped", err)
	}
	if info, err := os.Stat(filepath.Join(g.folder, f.Name+".part")); err != nil || info.Size() == 0 {
		t.Errorf("the part is gone: %v", err)
	}
}

type stopAtFirstByte struct {
	Progress
	stop context.CancelFunc
}

func (s stopAtFirstByte) Advance(int64) { s.stop() }

func TestSoundFileIsLeftAlone(t *testing.T) {
	f, zipped := sample()
	g := newGetter(t, silent{}, "http://127.0.0.1:1")
	path := filepath.Join(g.folder, f.Name+".gz")
	if err := os.WriteFile(path, zipped, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := g.all(t.Context(), []file{f}); err != nil {
		t.Error(err)
	}
}

func TestDamagedFileIsReplaced(t *testing.T) {
	f, zipped := sample()
	g := newGetter(t, silent{}, serve(t, zipped, nil).URL)
	if err := os.WriteFile(filepath.Join(g.folder, f.Name+".gz"), zipped[:5000], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := g.all(t.Context(), []file{f}); err != nil {
		t.Error(err)
	}
	wantFile(t, g, f)
}

func TestFolderIsAMirror(t *testing.T) {
	f, zipped := sample()
	for _, below := range []string{"", "SET"} {
		source := t.TempDir()
		g := newGetter(t, silent{}, source)
		below = strings.ReplaceAll(below, "SET", filepath.Base(g.folder))
		if err := os.MkdirAll(filepath.Join(source, below), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(source, below, f.Name+".gz"), zipped, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := g.all(t.Context(), []file{f}); err != nil {
			t.Error(err)
		}
		wantFile(t, g, f)
	}
}

func TestFolderWithoutTheFileIsTheUsersMistake(t *testing.T) {
	f, _ := sample()
	err := newGetter(t, silent{}, t.TempDir()).all(t.Context(), []file{f})
	if !errors.Is(err, data.ErrInput) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v, want an input error", err)
	}
}

// fetched begins what is said of a name that cannot be fetched.
var fetched = "wanted a data set that can be fetched (" + strings.Join(data.NamesOf(data.Fetched), ", ") + ")"

func TestNamesThatCannotBeFetched(t *testing.T) {
	for name, want := range map[string]string{
		"MNIST": fetched + `, found "MNIST"; did you mean mnist?`,
		"emnist": fetched + `, found "emnist"; did you mean one of emnist-balanced, emnist-byclass, emnist-bymerge, ` +
			"emnist-digits, emnist-letters, emnist-mnist?",
		"FashionMNIST": fetched + `, found "FashionMNIST"; did you mean fashion-mnist?`,
		"minst":        fetched + `, found "minst"`,
		"glyphs":       "data set glyphs is drawn by this program: there is nothing to fetch or verify",
	} {
		_, err := Verify(data.Options{Name: name, Dir: t.TempDir()})
		if err == nil || err.Error() != want || !errors.Is(err, data.ErrInput) {
			t.Errorf("Verify: %v, want %s", err, want)
		}
		if err := Get(t.Context(), name, t.TempDir(), Options{}); err == nil || err.Error() != want {
			t.Errorf("Get: %v, want %s", err, want)
		}
	}
}

func TestVerifyNamesEveryFileThatIsMissing(t *testing.T) {
	statuses, err := Verify(data.Options{Name: "mnist", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if len(statuses) != 4 {
		t.Fatalf("%d statuses, want one for each of four files", len(statuses))
	}
	for _, status := range statuses {
		if !errors.Is(status.Err, data.ErrInput) || !errors.Is(status.Err, fs.ErrNotExist) {
			t.Errorf("%s: %v, want a missing file", status.Path, status.Err)
		}
	}
}

func TestADataSetIsDescribedByItsFirstFault(t *testing.T) {
	dir := t.TempDir()
	statuses, err := Verify(data.Options{Name: "mnist", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if found := Describe(data.Options{Name: "mnist", Dir: dir}); found != statuses[0].Err.Error() {
		t.Errorf("want %v, found %s", statuses[0].Err, found)
	}
	if found := Describe(data.Options{Name: "nowhere", Dir: dir}); !strings.Contains(found, "nowhere") {
		t.Errorf("want that there is no data set nowhere, found %s", found)
	}
}

// The real files, from a folder: fetched, verified, and found damaged when one byte is.
func TestRealMNISTFromAFolder(t *testing.T) {
	source := os.Getenv("SSDGM_DATA")
	if source == "" {
		t.Skip("SKIP: SSDGM_DATA names no folder with mnist/")
	}
	dir := t.TempDir()
	if err := Get(t.Context(), "mnist", dir, Options{Mirrors: []string{source}}); err != nil {
		t.Fatal(err)
	}
	statuses, err := Verify(data.Options{Name: "mnist", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range statuses {
		if status.Err != nil || status.Bytes == 0 {
			t.Errorf("%+v", status)
		}
	}
	labels := filepath.Join(dir, "mnist", "t10k-labels-idx1-ubyte.gz")
	content, err := os.ReadFile(labels)
	if err != nil {
		t.Fatal(err)
	}
	content[2000] ^= 4
	if err := os.WriteFile(labels, content, 0o644); err != nil {
		t.Fatal(err)
	}
	statuses, _ = Verify(data.Options{Name: "mnist", Dir: dir})
	if !errors.Is(statuses[3].Err, data.ErrInput) {
		t.Errorf("a damaged file passes: %+v", statuses[3])
	}
}

func TestLastFaultIsToldOnce(t *testing.T) {
	f, zipped := sample()
	bad, worse := serve(t, zipped, notFound), serve(t, zipped, notFound)
	d := &diary{}
	err := newGetter(t, d, bad.URL, worse.URL).all(t.Context(), []file{f})
	if err == nil || !strings.Contains(err.Error(), worse.URL) {
		t.Errorf("error = %v, want that of %s", err, worse.URL)
	}
	if len(d.notes) != 1 || !strings.HasPrefix(d.notes[0], bad.URL) {
		t.Errorf("notes %q, want one, of %s", d.notes, bad.URL)
	}
}

func TestFailedGetLeavesNothingEmpty(t *testing.T) {
	_, zipped := sample()
	server := serve(t, zipped, notFound)
	dir := filepath.Join(t.TempDir(), "data")
	if err := Get(t.Context(), "mnist", dir, Options{Mirrors: []string{server.URL}}); err == nil {
		t.Fatal("want an error of a mirror that has nothing")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was left: %v", err)
	}
	// A folder that was there stays.
	if err := os.MkdirAll(filepath.Join(dir, "mnist"), 0o755); err != nil {
		t.Fatal(err)
	}
	_ = Get(t.Context(), "mnist", dir, Options{Mirrors: []string{server.URL}})
	if left, err := os.ReadDir(filepath.Join(dir, "mnist")); err != nil || len(left) > 0 {
		t.Errorf("want the folder empty, found %v, %v", left, err)
	}
}

func TestMirrorsOfOtherSchemesAreRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	err := Get(t.Context(), "mnist", dir, Options{Mirrors: []string{"ftp://mirror/"}})
	want := "mirror ftp://mirror/: want an address that begins with http:// or https://, or a folder, found ftp://"
	if err == nil || err.Error() != want || !errors.Is(err, data.ErrInput) {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func TestAdviceNamesTheFolder(t *testing.T) {
	dir := t.TempDir()
	statuses, err := Verify(data.Options{Name: "mnist", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if want := "; try 'ssdgm data get mnist --data " + dir + "'"; !strings.HasSuffix(statuses[0].Err.Error(), want) {
		t.Errorf("%v, want %s", statuses[0].Err, want)
	}
}
