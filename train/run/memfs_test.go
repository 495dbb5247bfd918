package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// memFS is a disk in memory that remembers what was made durable. It fails or dies at an
// operation of choice, and eachPowerCut gives the disks that can be found afterwards.
type memFS struct {
	live, durable map[string]*inode // by path
	pending       []entry           // changes of names that are not durable yet
	locked        map[string]bool

	ops   int           // operations so far that change something
	fault int           // the operation that fails, counted from 1; 0: none
	err   syscall.Errno // what it fails with
	dies  bool          // the fault is a crash: nothing works from then on
	dead  bool
}

type inode struct {
	dir          bool
	data, synced []byte
	pending      []change // of the content, not durable yet
}

// entry is a change of names in a folder: to stands for node from then on, or for nothing
// where that is nil, and from for nothing.
type entry struct {
	from, to string
	node     *inode
}

func (e entry) apply(names map[string]*inode) {
	delete(names, e.from)
	if e.node == nil {
		delete(names, e.to)
		return
	}
	names[e.to] = e.node
}

// change is a write at an offset, or without data a truncation to it.
type change struct {
	at   int64
	data []byte
}

func (c change) apply(content []byte) []byte {
	content = slices.Clone(content)
	if missing := c.at + int64(len(c.data)) - int64(len(content)); missing > 0 {
		content = append(content, make([]byte, missing)...)
	}
	if c.data == nil {
		return content[:c.at]
	}
	copy(content[c.at:], c.data)
	return content
}

var errDead = errors.New("the machine is dead")

func newMemFS() *memFS {
	return &memFS{live: map[string]*inode{}, durable: map[string]*inode{}, locked: map[string]bool{}, err: syscall.ENOSPC}
}

// restarted is the machine after its process was killed: all that was done is there, and what
// was not durable still is not.
func (m *memFS) restarted() *memFS {
	next := *m
	next.locked, next.fault, next.dead = map[string]bool{}, 0, false
	return &next
}

// eachPowerCut visits every disk that a power cut can leave behind: each change of names that
// is not durable is there or not, and so is each write, or its first half. A disk that was
// tried before, of which at least as much was promised, is not tried again. It counts the disks.
func (m *memFS) eachPowerCut(tried map[string]int64, saved int64, visit func(*memFS)) (states int) {
	seen := map[string]bool{}
	for chosen := range 1 << len(m.pending) {
		names := maps.Clone(m.durable)
		for i, e := range m.pending {
			if chosen>>i&1 == 1 {
				e.apply(names)
			}
		}
		contents := make([][]string, 0, len(names))
		paths := slices.Sorted(maps.Keys(names))
		for _, path := range paths {
			contents = append(contents, names[path].contents())
		}
		eachChoice(contents, func(picked []string) {
			next := newMemFS()
			var id strings.Builder
			for i, path := range paths {
				fmt.Fprintf(&id, "%q %q\n", path, picked[i])
				copied := &inode{dir: names[path].dir, data: []byte(picked[i]), synced: []byte(picked[i])}
				next.live[path], next.durable[path] = copied, copied
			}
			if seen[id.String()] {
				return
			}
			seen[id.String()] = true
			if promised, ok := tried[id.String()]; ok && promised >= saved {
				return
			}
			tried[id.String()] = saved
			next.dropOrphans()
			visit(next)
		})
	}
	return len(seen)
}

// contents lists what a file can hold after a power cut.
func (n *inode) contents() []string {
	found := []string{string(n.synced)}
	for _, c := range n.pending {
		for _, before := range slices.Clone(found) {
			found = append(found, string(c.apply([]byte(before))))
			if half := len(c.data) / 2; half > 0 {
				found = append(found, string(change{c.at, c.data[:half]}.apply([]byte(before))))
			}
		}
		slices.Sort(found)
		found = slices.Compact(found)
	}
	return found
}

// eachChoice visits every way of taking one of each.
func eachChoice(of [][]string, visit func([]string)) {
	picked := make([]string, len(of))
	var from func(i int)
	from = func(i int) {
		if i == len(of) {
			visit(picked)
			return
		}
		for _, picked[i] = range of[i] {
			from(i + 1)
		}
	}
	from(0)
}

// dropOrphans takes away what lies in folders that are not there.
func (m *memFS) dropOrphans() {
	for _, names := range []map[string]*inode{m.live, m.durable} {
		maps.DeleteFunc(names, func(name string, _ *inode) bool { return !m.exists(filepath.Dir(name)) })
	}
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
	return &fs.PathError{Op: op, Path: name, Err: m.err}
}

// note makes a change of names that no sync has made durable.
func (m *memFS) note(e entry) {
	e.apply(m.live)
	m.pending = append(m.pending, e)
}

func (m *memFS) Mkdir(name string) error {
	if err := m.step("mkdir", name); err != nil {
		return err
	}
	if m.live[name] != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	m.note(entry{to: name, node: &inode{dir: true}})
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
		m.live[name].change(change{})
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
		m.note(entry{to: name, node: &inode{}})
	}
	return m.Open(name)
}

func (m *memFS) Rename(from, to string) error {
	if err := m.step("rename", from); err != nil {
		return err
	}
	m.note(entry{from: from, to: to, node: m.live[from]})
	return nil
}

func (m *memFS) Remove(name string) error {
	if err := m.step("remove", name); err != nil {
		return err
	}
	m.note(entry{to: name})
	return nil
}

func (m *memFS) SyncDir(name string) error {
	if err := m.step("sync", name); err != nil {
		return err
	}
	m.pending = slices.DeleteFunc(m.pending, func(e entry) bool {
		if filepath.Dir(e.to) != name {
			return false
		}
		e.apply(m.durable)
		return true
	})
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

func (m *memFS) Locked(name string) (bool, error) { return m.locked[name], nil }

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
	if len(p) > 0 {
		f.node.change(change{at, slices.Clone(p)})
	}
	return len(p), err
}

// change changes what stands in a file.
func (n *inode) change(c change) {
	n.data = c.apply(n.data)
	n.pending = append(n.pending, c)
}

func (f *memFile) Size() (int64, error) { return int64(len(f.node.data)), nil }

// Sync that fails loses what it should have made durable, and the next one does not tell:
// kernels take the pages for clean then.
func (f *memFile) Sync() error {
	err := f.fs.step("sync", f.name)
	if err == nil {
		for _, c := range f.node.pending {
			f.node.synced = c.apply(f.node.synced)
		}
	}
	if !f.fs.dead {
		f.node.pending = nil
	}
	return err
}

func (f *memFile) Truncate(size int64) error {
	if err := f.fs.step("truncate", f.name); err != nil {
		return err
	}
	f.node.change(change{at: size})
	return nil
}

func (f *memFile) Close() error { return f.fs.step("close", f.name) }
