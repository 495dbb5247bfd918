package parquet

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/train/data/strict"
)

func TestShardsOfOnePartAreOneTable(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(fixtures, "shards")
	want := []string{filepath.Join(folder, "train-00000-of-00002.parquet"), filepath.Join(folder, "train-00001-of-00002.parquet")}
	if got, err := Shards(filepath.Join(folder, "train-*.parquet")); err != nil || !cmp.Equal(want, got) {
		t.Errorf("a pattern: %q, %v", got, err)
	}
	hub := t.TempDir()
	place := filepath.Join(hub, "data", "train-00000-of-00001.parquet")
	if err := errors.Join(os.Mkdir(filepath.Dir(place), 0o755), os.WriteFile(place, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if got, err := Shards(hub); err != nil || !cmp.Equal([]string{place}, got) {
		t.Errorf("a folder as of the hub: %q, %v", got, err)
	}
}

func TestFilesThatAreNotOneTableAreRefused(t *testing.T) {
	t.Parallel()
	for want, names := range map[string][]string{
		"wanted a file, or a folder of files whose names end in .parquet, found none of them": {"a.txt", ".b.parquet"},
		"give one part, as in": {"test-00000-of-00001.parquet", "train-00000-of-00001.parquet"},
		`file 00000 of part "train" is missing before train-00001-of-00002.parquet`:     {"train-00001-of-00002.parquet"},
		"the files Test.parquet and train.parquet are not of one table":                 {"Test.parquet", "train.parquet"},
		`wanted the 3 files of part "train", found 2`:                                   {"train-00000-of-00003.parquet", "train-00001-of-00003.parquet"},
		"the files a.parquet and train-00000-of-00001.parquet are not of one table":     {"a.parquet", "train-00000-of-00001.parquet"},
		"the files train-00000-of-00001.parquet and z.parquet are not of one table":     {"train-00000-of-00001.parquet", "z.parquet"},
		`file 00001 of part "train" is missing before train-99999999999999999999-of-2.`: {"train-00000-of-2.parquet", "train-99999999999999999999-of-2.parquet"},
	} {
		folder := t.TempDir()
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Shards(folder); !errors.Is(err, strict.ErrPath) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error = %v, want %q", names, err, want)
		}
	}
	for _, path := range []string{"missing-*.parquet", "bad[.parquet"} {
		if _, err := Shards(filepath.Join(t.TempDir(), path)); !errors.Is(err, strict.ErrPath) {
			t.Errorf("%s: error = %v", path, err)
		}
	}
}
