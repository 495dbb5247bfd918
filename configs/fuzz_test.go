package configs

import (
	"os"
	"testing"

	"ssdgm/train/allocated"
)

// FuzzParseGrid holds that any text is refused or is a grid, and that few words do not make
// many members.
func FuzzParseGrid(f *testing.F) {
	text, err := os.ReadFile("default.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text), "seed=3")
	f.Add(small+"[grid]\nseed = [1, 2, 3]\n\"m2.latents\" = [4, 5]\n", "m2.alpha=0.2")
	f.Add(small+"seeds = [1, 1, 2]\n", "m2.alpha=0.2")
	f.Fuzz(func(t *testing.T, text, set string) {
		var grid *Grid
		var origins *Origins
		var err error
		used := allocated.Bytes(func() { grid, origins, err = ParseGrid("f.toml", []byte(text), []string{set}) })
		if most := uint64(4<<20 + 4096*(len(text)+len(set))); used > most {
			t.Errorf("%d bytes made it allocate %d, want at most %d", len(text)+len(set), used, most)
		}
		if err != nil && (grid != nil || origins != nil || err.Error() == "") {
			t.Fatalf("half a success: %v", err)
		}
	})
}
