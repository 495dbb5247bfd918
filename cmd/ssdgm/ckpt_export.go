package main

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ssdgm/train"
	"ssdgm/train/run"
	"ssdgm/train/safetensors"
)

func newCkptExport() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "export RUN|FILE",
		Short: "Write a model's parameters or networks for other programs",
		Long: "Writes a run's result, or what a file holds, for other programs:\n\n" +
			"  safetensors  the parameters, without what a checkpoint needs to go on\n" +
			"  npy          the same, as NumPy's archive .npz with an array a tensor\n" +
			"  onnx         a folder with classifier.onnx (pixels to probabilities) and encoder.onnx (pixels to the\n" +
			"               mean and logvar of the latents), of a finished run",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usageErrorf("want --out PATH, found none; see '%s --help'", cmd.CommandPath())
			}
			return exportTo(cmd.OutOrStdout(), args[0], format, out)
		},
	}
	cmd.Flags().StringVar(&format, "format", "safetensors", "safetensors, npy or onnx")
	cmd.Flags().StringVar(&out, "out", "", "`path` of the file, or for onnx of the folder, to write")
	return cmd
}

// export is a file to be written.
type export struct {
	path  string
	write func(io.Writer) error
}

// exportTo writes what path stands for, and tells which files were written.
func exportTo(w io.Writer, path, format, out string) error {
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
			return usageErrorf("%w; want --out in a folder that is there", err)
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
		return "", usageErrorf("--out %s: want a file that may be replaced or is not there yet, found something else", path)
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
		return nil, usageErrorf("--format %s: want safetensors, npy or onnx", format)
	}
	f, err := train.OpenParameters(path)
	if err != nil {
		return nil, err
	}
	if format == "npy" {
		return []export{{out, func(w io.Writer) error { return writeNPZ(w, f.Tensors) }}}, nil
	}
	return []export{{out, func(w io.Writer) error { return safetensors.Write(w, f.Tensors, f.Metadata) }}}, nil
}

// onnxExports makes the folder for a trained model's networks.
func onnxExports(path, out string) ([]export, error) {
	t, err := train.OpenTrained(path, nil)
	if err != nil {
		return nil, err
	}
	networks := t.ONNX()
	if len(networks) == 0 {
		return nil, usageErrorf("export %s: want a model with a network, found %s", path, t.Config.Model)
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return nil, usageErrorf("%w; choose another --out", err)
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

// writeNPZ writes tensors as NumPy's archive: a zip file with an array NAME.npy each.
func writeNPZ(w io.Writer, tensors []safetensors.Tensor) error {
	archive := zip.NewWriter(w)
	for _, t := range tensors {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: t.Name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if _, err := entry.Write(npyHeader(t)); err != nil {
			return err
		}
		if err := t.WriteData(entry); err != nil {
			return err
		}
	}
	return archive.Close()
}

// npyTypes are the types of elements as NumPy has them.
var npyTypes = map[safetensors.DType]string{
	safetensors.F32: "<f4", safetensors.F64: "<f8", safetensors.I64: "<i8", safetensors.U64: "<u8", safetensors.U8: "|u1",
}

// npyHeader is what stands before an array's elements, in version 1.0 of NumPy's format: a
// mark, the header's length in two bytes, and a Python dictionary that is filled up with
// spaces so that the elements begin at a multiple of 64.
func npyHeader(t safetensors.Tensor) []byte {
	const mark, align = "\x93NUMPY\x01\x00", 64
	shape := strings.Join(strings.Fields(strings.Trim(fmt.Sprint(t.Shape), "[]")), ", ")
	if len(t.Shape) == 1 {
		shape += ","
	}
	dictionary := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", npyTypes[t.DType()], shape)
	used := len(mark) + 2 + len(dictionary) + 1
	dictionary += strings.Repeat(" ", (align-used%align)%align) + "\n"
	return append(binary.LittleEndian.AppendUint16([]byte(mark), uint16(len(dictionary))), dictionary...)
}
