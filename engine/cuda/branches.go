package cuda

import "ssdgm/engine"

// branch puts launches aside that nothing after them waits for: they read what others only read, and
// write what no other touches until the program ends. In a graph they are a branch of their own,
// beside the launches after them. They keep their order among themselves, and come after whatever
// stands before them. A library's products stay: it has one stream.
func branch(launches []launch) {
	for i := len(launches) - 2; i >= 0; i-- {
		launches[i].aside = launches[i].Kernel != productOfLibrary
		for j := i + 1; j < len(launches) && launches[i].aside; j++ {
			launches[i].aside = launches[j].aside || !conflict(&launches[i], &launches[j])
		}
	}
}

// conflict tells whether the order of two launches matters: one writes what the other touches, or
// both use the scratch memory.
func conflict(a, b *launch) bool {
	if a.Scratch && b.Scratch {
		return true
	}
	found := false
	touches(a.step, func(v engine.View, written bool) {
		touches(b.step, func(w engine.View, also bool) {
			found = found || (written || also) && v.Overlaps(w)
		})
	})
	return found
}

// touches calls f with every part of memory that a step reads or writes.
func touches(s engine.Step, f func(v engine.View, written bool)) {
	s.Args(func(a engine.View, arg engine.Arg) {
		if !a.IsNil() {
			f(a.Slice(0, arg.Len), arg.Access&engine.Write != 0)
		}
	})
}
