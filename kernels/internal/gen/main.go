// Gen writes what device code and Go must agree on, each from its one source:
//
//	enums.cuh      the enums of device code, from the constants of package engine
//	arguments.go   a struct for the arguments of every kernel, from the kernels' signatures
//	tiles.go       the tiles of matrix products, from matmul_tile.cuh
//
// It runs in the folder of package kernels, by go generate.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	files, err := generate(".", filepath.Join("..", "engine"))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err == nil {
			err = os.WriteFile(name, files[name], 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// generate is the files by name, for the folders of packages kernels and engine.
func generate(kernels, engine string) (map[string][]byte, error) {
	enums, err := enumsOf(engine)
	if err != nil {
		return nil, err
	}
	d, err := readDevice(kernels)
	if err != nil {
		return nil, err
	}
	w := writer{device: d, enums: enums}
	if w.local, err = typesOf(kernels); err != nil {
		return nil, err
	}
	files := map[string][]byte{"enums.cuh": enumsFile(enums)}
	if files["arguments.go"], err = w.arguments(); err != nil {
		return nil, err
	}
	if files["tiles.go"], err = w.tiles(); err != nil {
		return nil, err
	}
	return files, nil
}
