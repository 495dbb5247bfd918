// Package all registers every data set that the program knows.
package all

import (
	_ "ssdgm/train/data/arrays" // registers it
	_ "ssdgm/train/data/glyphs" // registers it
	_ "ssdgm/train/data/images" // registers it
	_ "ssdgm/train/data/mnist"  // registers it
	_ "ssdgm/train/data/norb"   // registers it
	_ "ssdgm/train/data/svhn"   // registers it
	_ "ssdgm/train/data/table"  // registers it
)
