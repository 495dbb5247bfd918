package folder

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
	"ssdgm/train/data/strict"
)

// whole reads a file's content to its end.
func whole(r io.Reader, _ int64) error {
	content, _, err := strict.Unzip(r)
	if err == nil {
		_, err = io.Copy(io.Discard, content)
	}
	return err
}

// TestAFolderThatIsNotThereIsSaidWithWhatHelps holds the advice: bringing the files would not mend a link, a file, or a
// folder that is the data set's own.
func TestAFolderThatIsNotThereIsSaidWithWhatHelps(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", "/me")
	datatest.WriteFile(t, filepath.Join("d", "mnist", "images"), nil)
	datatest.WriteFile(t, "file", nil)
	for dir, want := range map[string]string{
		"d/mnist":         "<nil>",
		"e/mnist":         "open e/mnist: no such directory; fetch it",
		"d/mnist/mnist":   "open d/mnist/mnist: no such directory; --data names the folder that mnist/ lies in: give --data d",
		"~/mnist":         "open ~/mnist: no such directory; want a path, found ~ at its beginning, which a shell alone expands; write /me/mnist",
		"file":            "open file: wanted a directory with MNIST's files, found a file; give a folder with --data",
		"d/mnist/link":    `open d/mnist/link: it is a link to "gone", where there is nothing; mend the link, or give another folder with --data`,
		"d/mnist/another": "<nil>",
	} {
		for link, target := range map[string]string{"link": "gone", "another": "."} {
			if err := os.Symlink(target, filepath.Join("d", "mnist", link)); err != nil && !errors.Is(err, fs.ErrExist) {
				t.Fatal(err)
			}
		}
		err := Want(filepath.FromSlash(dir), "MNIST", "fetch it")
		if got := filepath.ToSlash(fmt.Sprint(err)); got != want || err != nil && !errors.Is(err, data.ErrInput) {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// TestAPublishedFileIsKnownHoweverItIsPacked holds that the content counts, and that one bit of it does.
func TestAPublishedFileIsKnownHoweverItIsPacked(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 30_000)
	sum := sha256.Sum256(content)
	published := data.File{Name: "images", SHA256: hex.EncodeToString(sum[:])}
	damaged := bytes.Clone(content)
	damaged[len(damaged)/2] ^= 1
	path := filepath.Join(t.TempDir(), "images.gz")
	for name, packed := range map[string][]byte{
		"plain": content, "zipped": datatest.Zip(content),
		"zipped in two members": slices.Concat(datatest.Zip(content[:7]), datatest.Zip(content[7:])),
		"zipped and padded":     append(datatest.Zip(content), make([]byte, 512)...),
	} {
		datatest.WriteFile(t, path, packed)
		if note, err := Read(path, published, "fetch it", whole); note != "" || err != nil {
			t.Errorf("%s: %q, %v", name, note, err)
		}
	}
	for name, packed := range map[string][]byte{"plain": damaged, "zipped": datatest.Zip(damaged)} {
		datatest.WriteFile(t, path, packed)
		note, err := Read(path, published, "fetch it", whole)
		want := path + ": this is not images as it is published: wanted content with sha256 "
		if !strings.HasPrefix(note, want) || !strings.HasSuffix(note, "…; fetch it") || err != nil {
			t.Errorf("damaged, %s: %q, %v", name, note, err)
		}
		// Of another set's file that is called alike this is told, whatever is known of the published one.
		other := sha256.Sum256(damaged)
		note, err = Read(path, data.File{Name: "images", Length: 300_000, Packed: "00", Other: hex.EncodeToString(other[:]),
			OtherSet: "MNIST"}, "fetch it", whole)
		want = path + ": this is not images as it is published: its content is that of MNIST; fetch it"
		if note != want || err != nil {
			t.Errorf("another set's, %s: %q, %v", name, note, err)
		}
	}
}
