// Package cuda is the GPU device: the kernels of package kernels, loaded and
// launched through gorgonia.org/cu. It needs the build tag cuda, cgo, and a
// machine with NVIDIA's driver, because importing gorgonia.org/cu ends the
// process where there is none.
//
// A step is a list of kernel launches on one stream. Called by itself it is
// launched at once, one cgo call a step; inside Record it is only written down,
// and the program is captured once as a CUDA graph and replayed, several copies
// in one graph where a program is short. What changes from step to step lies on
// the card, so that a replayed graph does the next step. Data that the card has no room
// for stay on the host, and each step's graph fetches the rows of the next: see fetch.go.
//
// The device is not tied to a goroutine: every entry to the driver makes the
// context current on the thread it happens to be on, in the cgo call that it
// makes anyway. A worker goroutine with a thread of its own would cost two thread
// switches a call, and locking the caller's thread would forbid handing the device
// from one goroutine to the next.
package cuda
