package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// device is what the generator knows of the device code.
type device struct {
	kernels []kernel
	structs map[string][]field
	tiles   []tile // in their order
}

// kernel is what an x.cu declares: one kernel x, or x_… for each tile.
type kernel struct {
	name       string
	tiled      bool
	parameters []field
}

// field is a parameter of a kernel, or a field of a struct.
type field struct{ kind, name string }

// tile is a tile of matrix products, see matmul_tile.cuh.
type tile struct {
	name                         string
	side, depth, stages, threads int
	folds, tf32                  bool
}

var (
	comment      = regexp.MustCompile(`//[^\n]*`)
	continuation = regexp.MustCompile(`[ \t]*\\\n`)
	blank        = regexp.MustCompile(`\s+`)
	bounds       = regexp.MustCompile(`BOUNDS\(T\)|__launch_bounds__\((?:[^()]|\([^()]*\))*\)`)
	signature    = regexp.MustCompile(`extern "C" __global__ void\s+(\w+?)(_##tile)?\(([^)]*)\)`)
	structure    = regexp.MustCompile(`(?s)\n(?:template [^\n]*\n)?struct (\w+) \{\n(.*?)\n\};`)
	fields       = regexp.MustCompile(`^  ((?:const )?[\w<> ]+?) (\w+(?:, \w+)*);$`)
	tileList     = regexp.MustCompile(`#define EACH_TILE\(KERNEL\)([^\n]*)`)
	tileItem     = regexp.MustCompile(`KERNEL\((\w+), (\w+)\)`)
	tileType     = regexp.MustCompile(`typedef Tile<(\d+), (\d+), (\d+), (\d+), (\d+), (true|false), (true|false)> (\w+);`)
)

// readDevice reads the device code in a folder.
func readDevice(folder string) (device, error) {
	d := device{structs: map[string][]field{}}
	names, err := filepath.Glob(filepath.Join(folder, "*.cu*"))
	if err != nil {
		return d, err
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			return d, err
		}
		text := continuation.ReplaceAllString(comment.ReplaceAllString(string(raw), ""), " ")
		if filepath.Ext(name) == ".cu" {
			k, err := readKernel(strings.TrimSuffix(filepath.Base(name), ".cu"), text)
			if err != nil {
				return d, err
			}
			d.kernels = append(d.kernels, k)
			continue
		}
		d.readStructs(text)
		if list := tileList.FindStringSubmatch(text); list != nil {
			if d.tiles, err = readTiles(list[1], text); err != nil {
				return d, err
			}
		}
	}
	return d, nil
}

// readKernel reads the one kernel of a file, which has the file's name.
func readKernel(file, text string) (kernel, error) {
	found := signature.FindAllStringSubmatch(bounds.ReplaceAllString(text, ""), -1)
	if len(found) != 1 || found[0][1] != file {
		return kernel{}, fmt.Errorf("%s.cu: want one kernel of the file's name, found %q", file, found)
	}
	k := kernel{name: file, tiled: found[0][2] != ""}
	for p := range strings.SplitSeq(found[0][3], ",") {
		p = strings.TrimSpace(blank.ReplaceAllString(p, " "))
		at := strings.LastIndexAny(p, " *") + 1
		k.parameters = append(k.parameters, field{strings.TrimSpace(p[:at]), p[at:]})
	}
	return k, nil
}

// readStructs reads the fields of all structs in a text, which stand before their methods. A
// struct with a field that is none of a parameter's is left out.
func (d device) readStructs(text string) {
	for _, found := range structure.FindAllStringSubmatch(text, -1) {
		var all []field
		for line := range strings.SplitSeq(found[2], "\n") {
			declared := fields.FindStringSubmatch(strings.TrimRight(line, " "))
			if declared == nil {
				if line != "" && !strings.Contains(line, "(") {
					all = nil
				}
				break
			}
			for name := range strings.SplitSeq(declared[2], ", ") {
				all = append(all, field{declared[1], name})
			}
		}
		d.structs[found[1]] = all
	}
}

// readTiles reads the tiles of a list, of which the text says what they are.
func readTiles(list, text string) (all []tile, err error) {
	types := tileType.FindAllStringSubmatch(text, -1)
	for _, item := range tileItem.FindAllStringSubmatch(list, -1) {
		at := slices.IndexFunc(types, func(t []string) bool { return t[8] == item[2] })
		if at < 0 || types[at][1] != types[at][2] {
			return nil, fmt.Errorf("%s: want a square tile of that type", item[2])
		}
		var n [5]int
		for i := range n {
			if n[i], err = strconv.Atoi(types[at][i+1]); err != nil {
				return nil, err
			}
		}
		all = append(all, tile{item[1], n[0], n[2], n[3], n[4], types[at][6] == "true", types[at][7] == "true"})
	}
	return all, nil
}
