package numpy

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"ssdgm/train/data/frame"
	"ssdgm/train/data/frame/array"
	"ssdgm/train/data/npy"
	"ssdgm/train/data/strict"
)

// maxMembers is the most arrays of an archive.
const maxMembers = 1 << 12

// OpenArchive reads the heads of the arrays of an archive, compressed or not, and chooses that of the examples and that
// of the labels. It closes the file in the end, unless there is an error now. Names of members name arrays, never paths.
//
// What is compressed is unpacked row by row; see Open for Fortran's order. SciPy's sparse matrices are read row by row
// where their format is csr, and are brought into this order where it is csc or coo: those of up to 2²⁰ values in
// memory, larger ones by a temporary file of 16 bytes a value.
func OpenArchive(file *os.File, size int64, o frame.Options) (frame.Reader, error) {
	in, err := newArchive(file, size)
	if err != nil {
		return nil, err
	}
	if o.Variable == "" && in.sparse() {
		return in.openSparse(o)
	}
	examples, err := o.Examples(in.variables)
	if err != nil {
		return nil, err
	}
	a, err := in.open(examples, false)
	if err != nil {
		return nil, err
	}
	return in.frame(a, examples, o)
}

// archive is a file of arrays.
type archive struct {
	file      *os.File
	content   io.ReaderAt
	members   []*zip.File
	variables []frame.Variable
}

// newArchive reads the heads of all arrays.
func newArchive(file *os.File, size int64) (*archive, error) {
	content := io.NewSectionReader(file, 0, size) // in which a place before its beginning is its end
	list, err := zip.NewReader(content, size)
	if err != nil {
		return nil, describe(err)
	}
	in := &archive{file: file, content: content}
	seen := map[string]bool{}
	for _, member := range list.File {
		name, isArray := strings.CutSuffix(member.Name, ".npy")
		switch {
		case !isArray:
			continue
		case seen[name]:
			return nil, strict.Errorf("the archive holds two arrays %.40q", name)
		case len(in.members) == maxMembers:
			return nil, strict.Errorf("wanted at most %d arrays, found more", maxMembers)
		}
		seen[name] = true
		in.members = append(in.members, member)
		v := frame.Variable{Name: name}
		if s, err := in.source(member, name); err != nil {
			v.Fault = err
		} else {
			v.Shape, v.Type, v.Fault = s.head.Shape, s.head.Type.Name, s.close()
		}
		in.variables = append(in.variables, v)
	}
	if len(in.members) == 0 {
		return nil, noArrays(list.File)
	}
	return in, nil
}

// noArrays says what an archive holds instead of arrays.
func noArrays(files []*zip.File) error {
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	held := func(suffix string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, suffix) })
	}
	what := "none"
	switch {
	case held("xl/workbook.xml"):
		what = "a workbook of Excel; save the table as CSV"
	case held("data.pkl"):
		what = "a file of PyTorch; save the tensors with numpy.savez"
	case len(names) > 0:
		what = fmt.Sprintf("files such as %.40q; unpack it", names[0])
	}
	return strict.Errorf("wanted an archive of arrays (npz), found one of %s", what)
}

// source is where a member of the archive is read from.
func (in *archive) source(member *zip.File, name string) (*source, error) {
	opened, err := member.Open()
	if err != nil {
		return nil, describe(err)
	}
	closed := func() error {
		_ = opened.Close() // It only repeats what reading has ended with.
		return nil
	}
	content := bufio.NewReaderSize(described{opened}, readAhead)
	head, err := npy.ReadHeader(content)
	if err != nil {
		return nil, errors.Join(err, closed())
	}
	compressed, total := int64(member.CompressedSize64), int64(member.UncompressedSize64)
	zipped := member.Method != zip.Store
	if compressed < 0 || total < int64(head.Size) || total > strict.Limit(compressed, zipped) {
		return nil, errors.Join(closed(), strict.Errorf(
			"the archive claims %d bytes, more than %d can hold", member.UncompressedSize64, member.CompressedSize64))
	}
	s := &source{
		name: name, content: content, head: head, size: compressed, limit: total - int64(head.Size), close: closed,
		checksum: true,
	}
	if !zipped {
		begin, err := member.DataOffset()
		if err != nil {
			return nil, errors.Join(describe(err), closed())
		}
		s.at = io.NewSectionReader(in.content, begin+int64(head.Size), s.limit)
	}
	return s, nil
}

// readAhead is how much of a member is read at once.
const readAhead = 1 << 16

// open prepares to read an array, or one whose elements are labels of a row each.
func (in *archive) open(member int, labels bool) (*array.Array, error) {
	name := in.variables[member].Name
	s, err := in.source(in.members[member], name)
	if err == nil {
		if labels {
			s.head.Shape = []int{slices.Max(s.head.Shape)} // of n×1 or 1×n
		}
		var a *array.Array
		if a, err = s.open(); err == nil {
			next := a.Next
			a.Next = func() ([]byte, error) {
				row, err := next()
				if err != nil && !errors.Is(err, io.EOF) {
					err = fmt.Errorf("array %.40q: %w", name, err)
				}
				return row, err
			}
			return a, nil
		}
		err = errors.Join(err, s.close())
	}
	return nil, fmt.Errorf("array %.40q: %w", name, err)
}

// frame puts the labels beside the examples, which it closes if there is an error.
func (in *archive) frame(a *array.Array, examples int, o frame.Options) (frame.Reader, error) {
	var label *array.Array
	at, err := o.Labels(in.variables, examples, a.Shape[0])
	if err == nil && at >= 0 {
		label, err = in.open(at, true)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	both := *a
	both.Close = func() error { return errors.Join(a.Close(), in.file.Close()) }
	r, err := array.Open(both, label, o)
	if err != nil {
		err = errors.Join(err, a.Close())
		if label != nil {
			err = errors.Join(err, label.Close())
		}
		return nil, err
	}
	return r, nil
}

// described is a member whose errors are in the words of package strict.
type described struct{ io.Reader }

func (d described) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		err = describe(err)
	}
	return n, err
}

// describe puts what the reader of archives says into words that tell what is wrong.
func describe(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return strict.Errorf("wanted a zip archive, found one that is damaged or breaks off")
	case errors.Is(err, zip.ErrChecksum), errors.As(err, &corrupt):
		return strict.Errorf("its bytes in the archive are damaged")
	case errors.Is(err, zip.ErrAlgorithm):
		return strict.Errorf("wanted a member that is stored or deflated, found another compression")
	}
	return err
}
