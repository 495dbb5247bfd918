// Package cuda is the GPU device: the kernels of package kernels, loaded and
// launched through gorgonia.org/cu. It needs the build tag cuda, cgo, and a
// machine with NVIDIA's driver, because importing gorgonia.org/cu ends the
// process where there is none.
//
// A list of steps is compiled to kernel launches, see compile.go: steps are split into parts, rules merge
// neighbours, and steps wait for what they read and write alone, on up to four lanes: see branches.go. A program's
// first run launches the list in one cgo call; from the second on it replays a CUDA graph, with several
// copies of the list in one graph where it is short. What changes from step to step lies on the card, so
// that a replayed graph does the next step. Data that the card has no room for stay on the host, and
// each step's graph fetches the rows of the next: see fetch.go.
//
// The device is not tied to a goroutine: every entry to the driver makes the
// context current on the thread it happens to be on, in the cgo call that it
// makes anyway. A worker goroutine with a thread of its own would cost two thread
// switches a call, and locking the caller's thread would forbid handing the device
// from one goroutine to the next.
package cuda
