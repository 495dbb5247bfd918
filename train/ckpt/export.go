package ckpt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ssdgm/model/trained"
	"ssdgm/train"
	"ssdgm/train/data"
	"ssdgm/train/npz"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

// export is a file to be written.
type export struct {
	path  string
	write func(io.Writer) error
}

// Export writes what path stands for, a run's result or what a file holds, for other programs: as safetensors or npy
// to the file out, or as onnx into the folder out. It tells which files were written.
func Export(w io.Writer, path, format, out string) error {
	files, err := exports(path, format, out)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.path, err = replaceable(f.path); err != nil {
			return err
		}
		err := run.WriteFile(f.path, f.write)
		if errors.Is(err, fs.ErrNotExist) {
			return data.InputErrorf("%w; want --out in a folder that is there", err)
		}
		if err != nil {
			return run.Unwritable(err)
		}
		if _, err := fmt.Fprintln(w, f.path); err != nil {
			return err
		}
	}
	return nil
}

// replaceable is what a path leads to, which is a file or nothing yet: a file is replaced as a whole, which a device
// or a pipe would not survive.
func replaceable(path string) (string, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", data.InputErrorf("--out %s: want a file that may be replaced or is not there yet, found something else",
			path)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target, nil
	}
	return path, nil
}

func exports(path, format, out string) ([]export, error) {
	if format == "onnx" {
		return onnxExports(path, out)
	}
	if format != "safetensors" && format != "npy" {
		return nil, data.InputErrorf("--format %s: want safetensors, npy or onnx", format)
	}
	f, err := train.OpenParameters(path)
	if err != nil {
		return nil, err
	}
	if format == "npy" {
		return []export{{out, func(w io.Writer) error { return npz.Write(w, f.Tensors) }}}, nil
	}
	return []export{{out, func(w io.Writer) error { return safetensors.Write(w, f.Tensors, f.Metadata) }}}, nil
}

// onnxExports makes the folder for a trained model's networks.
func onnxExports(path, out string) ([]export, error) {
	t, err := trained.Open(path)
	if err != nil {
		return nil, err
	}
	networks := t.ONNX()
	if len(networks) == 0 {
		return nil, data.InputErrorf("export %s: want a model with a network, found %s", path, t.Config.Model)
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return nil, data.InputErrorf("%w; choose another --out", err)
	}
	var files []export
	for _, n := range networks {
		files = append(files, export{filepath.Join(out, n.Name+".onnx"), func(w io.Writer) error {
			_, err := w.Write(n.File)
			return err
		}})
	}
	return files, nil
}
