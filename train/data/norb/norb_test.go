package norb

import (
	"path/filepath"
	"slices"
	"testing"

	"ssdgm/train/data"
	"ssdgm/train/data/datatest"
)

func writeNORB(t *testing.T, dir, prefix string, labels []uint32) {
	t.Helper()
	n := uint32(len(labels))
	images := datatest.Words(0x1e3d4c55, 4, n, 2, 96, 96)
	for image := range n {
		for i := range uint32(2 * 96 * 96) {
			images = append(images, byte(image+i%96+i/96))
		}
	}
	datatest.WriteFile(t, filepath.Join(dir, "norb", prefix+"-dat.mat.gz"), datatest.Zip(images))
	datatest.WriteFile(t, filepath.Join(dir, "norb", prefix+"-cat.mat"), slices.Concat(datatest.Words(0x1e3d4c54, 1, n, 1, 1), datatest.Words(labels...)))
}

func TestNORBIsTheLeftImageHalved(t *testing.T) {
	dir := t.TempDir()
	writeNORB(t, dir, trainPrefix, []uint32{4, 0, 2})
	for first, n := range map[int]int{0: 3, 2: 2} {
		train, _ := datatest.Open(t, data.Options{Name: "norb", Dir: dir, Train: first})
		set := datatest.Load(t, train)
		if set.N != n || set.D() != 48*48 || len(set.Images) != n*48*48 || !slices.Equal(set.Labels, []uint8{4, 0, 2}[:n]) {
			t.Fatalf("first %d: %d examples of %d, labels %v", first, set.N, set.D(), set.Labels)
		}
		// The mean of v, v+1, v+1 and v+2, where v = image + 2·column + 2·row.
		for _, at := range [][3]int{{0, 0, 0}, {1, 7, 40}, {1, 47, 47}} {
			if found, want := set.Images[(at[0]*48+at[1])*48+at[2]], byte(at[0]+2*at[1]+2*at[2]+1); found != want {
				t.Errorf("image, row, column %v: %d, want %d", at, found, want)
			}
		}
	}
}
