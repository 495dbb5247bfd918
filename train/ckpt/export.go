package ckpt

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
// to the file out, or as onnx into the folder out. It tells which files were written. It writes over no run's own file,
// and not over what it exports.
func Export(w io.Writer, path, format, out string) error {
	format, err := formatOf(format, out)
	if err != nil {
		return err
	}
	files, err := exports(path, format, out)
	if err != nil {
		return err
	}
	for i, f := range files {
		if files[i].path, err = run.Replaceable(f.path, path); err != nil {
			return err
		}
	}
	if format == onnxFormat {
		if err := os.MkdirAll(out, 0o777); err != nil {
			return data.InputErrorf("%w; choose another --out", err)
		}
	}
	for _, f := range files {
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

// The formats of an export.
const (
	safetensorsFormat = "safetensors"
	npyFormat         = "npy"
	onnxFormat        = "onnx"
)

// endings are what files of a format are called.
var endings = map[string]string{
	".safetensors": safetensorsFormat, ".npz": npyFormat, ".npy": npyFormat, ".onnx": onnxFormat,
}

// foreign are names of files that other programs would not open if they held one of the formats.
var foreign = []string{
	".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".h5", ".hdf5", ".keras", ".pb", ".tflite", ".gguf", ".mat", ".csv",
	".json", ".zip", ".gz", ".tgz", ".png",
}

// formatOf is the format that was asked for or, where none was, that of files which are called like out.
func formatOf(format, out string) (string, error) {
	ending := strings.ToLower(filepath.Ext(out))
	named, known := endings[ending]
	switch {
	case out == "-":
		return "", data.InputErrorf("--out -: want the name of a file; an export does not go to stdout")
	case known && format != named && slices.Contains([]string{safetensorsFormat, npyFormat, onnxFormat}, format):
		return "", data.InputErrorf("--format %s: found --out %s, which is a name for %s; change one of them", format, out, named)
	case format == "" && slices.Contains(foreign, ending):
		return "", data.InputErrorf("--out %s: want a name for what can be written, such as one in .safetensors or .npz, or a "+
			"folder with --format onnx", out)
	}
	return cmp.Or(format, named, safetensorsFormat), nil
}

func exports(path, format, out string) ([]export, error) {
	switch format {
	case onnxFormat:
		return onnxExports(path, out)
	case safetensorsFormat, npyFormat:
	default:
		return nil, data.InputErrorf("--format %s: want %s", format, offered(path))
	}
	f, err := train.OpenParameters(path)
	if err != nil {
		return nil, err
	}
	if format == npyFormat {
		return []export{{out, func(w io.Writer) error { return npz.Write(w, f.Tensors, trained.ClassNames(f)) }}}, nil
	}
	return []export{{out, func(w io.Writer) error {
		return safetensors.Write(w, f.Tensors, safetensors.Summed(f.Tensors, f.Metadata))
	}}}, nil
}

// offered are the formats that what a path stands for has, in words; all of them where it cannot be opened.
func offered(path string) string {
	m, err := trained.Open(path)
	if err != nil {
		return "safetensors, npy or onnx"
	}
	return "one that this " + m.Config.Model + " has: " + strings.Join(m.Exports(), ", ")
}

// onnxExports are a trained model's networks, in a folder.
func onnxExports(path, out string) ([]export, error) {
	t, err := trained.Open(path)
	if err != nil {
		return nil, err
	}
	networks := t.ONNX()
	if len(networks) == 0 {
		return nil, data.InputErrorf("--format onnx: want %s", offered(path))
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
