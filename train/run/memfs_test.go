package run

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// memFS is a disk in memory that remembers what was made durable. It fails or dies at an
// operation of choice, and reboot gives the disk that is found after the power came back.
type memFS struct {
	live, durable map[string]*inode // by path
	locked        map[string]bool

	ops   int  // operations so far that change something
	fault int  // the operation that fails, counted from 1; 0: none
	dies  bool // the fault is a crash: nothing works from then on
	dead  bool
}

type inode struct {
	dir          bool
	data, synced []byte
}

var errDead = errors.New("the machine is dead")

func newMemFS() *memFS {
	return &memFS{live: map[string]*inode{}, durable: map[string]*inode{}, locked: map[string]bool{}}
}

// The ways in which a machine comes back.
const (
	killed       = iota // the process died, the machine did not: all that was done is there
	powerCut            // only what was synced is there
	powerReorder        // all names are there, but only synced contents: renames overtook the data
)

// reboot returns the disk as it is found afterwards, free of faults and locks.
func (m *memFS) reboot(way int) *memFS {
	names := m.live
	if way == powerCut {
		names = m.durable
	}
	next := newMemFS()
	for name, node := range names {
		data := node.data
		if way != killed {
			data = node.synced
		}
		copied := &inode{dir: node.dir, data: slices.Clone(data), synced: slices.Clone(data)}
		next.live[name], next.durable[name] = copied, copied
	}
	for name := range next.live {
		if !next.exists(filepath.Dir(name)) {
			delete(next.live, name)
			delete(next.durable, name)
		}
	}
	return next
}

// exists tells whether a folder and all above it exist.
func (m *memFS) exists(dir string) bool {
	if dir == "." {
		return true
	}
	return m.live[dir] != nil && m.exists(filepath.Dir(dir))
}

// contents returns the files by path, without the lock's.
func (m *memFS) contents() map[string]string {
	files := map[string]string{}
	for name, node := range m.live {
		if !node.dir && !strings.HasPrefix(filepath.Base(name), lockName) {
			files[name] = string(node.data)
		}
	}
	return files
}

// step counts an operation and returns its fault.
func (m *memFS) step(op, name string) error {
	if m.dead {
		return &fs.PathError{Op: op, Path: name, Err: errDead}
	}
	m.ops++
	if m.ops != m.fault {
		return nil
	}
	if m.dies {
		m.dead = true
		return &fs.PathError{Op: op, Path: name, Err: errDead}
	}
	return &fs.PathError{Op: op, Path: name, Err: syscall.ENOSPC}
}

func (m *memFS) Mkdir(name string) error {
	if err := m.step("mkdir", name); err != nil {
		return err
	}
	if m.live[name] != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	m.live[name] = &inode{dir: true}
	return nil
}

func (m *memFS) ReadDir(name string) ([]string, error) {
	if !m.exists(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	var names []string
	for path := range m.live {
		if filepath.Dir(path) == name && path != name {
			names = append(names, filepath.Base(path))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (m *memFS) Open(name string) (File, error) {
	node := m.live[name]
	if node == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memFile{fs: m, name: name, node: node}, nil
}

func (m *memFS) Create(name string) (File, error) {
	f, err := m.OpenOrCreate(name)
	if err == nil {
		m.live[name].data = nil
	}
	return f, err
}

func (m *memFS) OpenOrCreate(name string) (File, error) {
	if err := m.step("open", name); err != nil {
		return nil, err
	}
	if !m.exists(filepath.Dir(name)) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if m.live[name] == nil {
		m.live[name] = &inode{}
	}
	return m.Open(name)
}

func (m *memFS) Rename(from, to string) error {
	if err := m.step("rename", from); err != nil {
		return err
	}
	m.live[to] = m.live[from]
	delete(m.live, from)
	return nil
}

func (m *memFS) Remove(name string) error {
	if err := m.step("remove", name); err != nil {
		return err
	}
	delete(m.live, name)
	return nil
}

func (m *memFS) SyncDir(name string) error {
	if err := m.step("sync", name); err != nil {
		return err
	}
	in := func(path string, _ *inode) bool { return filepath.Dir(path) == name }
	maps.DeleteFunc(m.durable, in)
	for path, node := range m.live {
		if in(path, node) {
			m.durable[path] = node
		}
	}
	return nil
}

type unlocker func()

func (u unlocker) Close() error { u(); return nil }

func (m *memFS) Lock(name string) (io.Closer, error) {
	if m.locked[name] {
		return nil, ErrLocked
	}
	m.locked[name] = true
	return unlocker(func() { delete(m.locked, name) }), nil
}

// memFile is an open file of a memFS.
type memFile struct {
	fs   *memFS
	name string
	node *inode
	at   int64
}

func (f *memFile) Read(p []byte) (int, error) {
	if f.at >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.data[f.at:])
	f.at += int64(n)
	return n, nil
}

func (f *memFile) Write(p []byte) (int, error) {
	n, err := f.WriteAt(p, f.at)
	f.at += int64(n)
	return n, err
}

// WriteAt writes half of p when it fails, as a disk does that runs full.
func (f *memFile) WriteAt(p []byte, at int64) (int, error) {
	wasDead := f.fs.dead
	err := f.fs.step("write", f.name)
	if wasDead {
		return 0, err
	}
	if err != nil {
		p = p[:len(p)/2]
	}
	if missing := at + int64(len(p)) - int64(len(f.node.data)); missing > 0 {
		f.node.data = append(f.node.data, make([]byte, missing)...)
	}
	return copy(f.node.data[at:], p), err
}

func (f *memFile) Size() (int64, error) { return int64(len(f.node.data)), nil }

func (f *memFile) Sync() error {
	if err := f.fs.step("sync", f.name); err != nil {
		return err
	}
	f.node.synced = slices.Clone(f.node.data)
	return nil
}

func (f *memFile) Truncate(size int64) error {
	if err := f.fs.step("truncate", f.name); err != nil {
		return err
	}
	f.node.data = f.node.data[:size]
	return nil
}

func (f *memFile) Close() error { return f.fs.step("close", f.name) }
