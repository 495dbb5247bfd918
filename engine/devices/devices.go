// Package devices chooses what a program computes on: the processor or a card. A build without CUDA, which starts
// on every machine, has the build with CUDA (CUDAProgram) take its process over where a card is wanted.
package devices

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/engine/cpu/simd"
)

// LevelVariable names the instruction set to use instead of the processor's best.
const LevelVariable = "SSDGM_SIMD"

// The kinds of device that a person can ask for.
const (
	Auto = "auto"
	CPU  = "cpu"
	CUDA = "cuda"
)

// maxThreads is more than any machine has processors for.
const maxThreads = 4096

// ErrUser is what errors.Is finds in an error that the user mends by choosing another device.
var ErrUser = errors.New("a device that the user can choose otherwise")

// userError is an error with its own text for which errors.Is finds ErrUser.
type userError struct{ error }

func (userError) Is(target error) bool { return target == ErrUser }

func (e userError) Unwrap() error { return e.error }

func userErrorf(format string, args ...any) error { return userError{fmt.Errorf(format, args...)} }

// NoCUDA is why there is no card to compute on.
type NoCUDA struct {
	reason string
	// expected says that something on this machine hints at a card, so that a person
	// should hear why it stays idle.
	expected bool
}

func (e *NoCUDA) Error() string { return e.reason }

// Choice is what to compute on.
type Choice struct {
	Device   string // auto, cpu, cuda or cuda:N
	Threads  int    // of the CPU; 0: one for each processor that this process may use
	Replicas int    // how many models the device is for; 0 is one

	// Note is told in a line why a card stays idle; nil: nobody is.
	Note func(line string)
	// HandOver gives what the build with CUDA is to get beside the command's arguments when it takes over, and
	// TakeOver is called right before: it tells whether the process was asked to stop. nil is nothing.
	HandOver func() (arguments []string, err error)
	TakeOver func() (stopped bool)
}

// Parse splits the device into its kind and a card, 0 where none is named.
func (f *Choice) Parse() (kind string, card int, err error) {
	if f.Threads < 0 || f.Threads > maxThreads {
		return "", 0, userErrorf("--threads %d: want 1 to %d, or 0 for all processors", f.Threads, maxThreads)
	}
	kind, number, numbered := strings.Cut(f.Device, ":")
	if kind == CUDA && f.Threads > 0 {
		return "", 0, userErrorf("--threads %d: a card computes, which has none; leave it out, or use --device cpu", f.Threads)
	}
	if numbered && kind == CUDA {
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return "", 0, userErrorf("--device %s: want a card's number after the colon, as in cuda:0", f.Device)
		}
		return kind, int(n), nil
	}
	if numbered || kind != Auto && kind != CPU && kind != CUDA {
		return "", 0, userErrorf("--device %s: want auto, cpu, cuda or cuda:N", f.Device)
	}
	return kind, 0, nil
}

// All are the devices of this machine, one for each process that is to have its own.
func (f *Choice) All(ctx context.Context) ([]string, error) {
	kind, _, err := f.Parse()
	if err != nil {
		return nil, err
	}
	all := []string{f.Device}
	if kind == CPU || strings.Contains(f.Device, ":") {
		return all, nil
	}
	if n := Count(ctx); n > 1 {
		all = nil
		for i := range n {
			all = append(all, fmt.Sprintf("%s:%d", CUDA, i))
		}
	}
	return all, nil
}

// Arithmetic is how a device is to multiply matrices, in the words of a configuration.
type Arithmetic struct{ Precision, MatMul string }

// Plain is the arithmetic that every device has.
var Plain = Arithmetic{"fp32", "own"}

// Check refuses words that are none of a configuration's.
func (a Arithmetic) Check() error {
	if a.Precision != Plain.Precision && a.Precision != "tf32" {
		return userErrorf("--precision %s: want fp32 or tf32", a.Precision)
	}
	if a.MatMul != Plain.MatMul && a.MatMul != "cublas" {
		return userErrorf("--matmul %s: want own or cublas", a.MatMul)
	}
	return nil
}

// Open opens a device. In the build without CUDA it does not return where
// the build with CUDA takes over: nothing may be held open that must be closed.
func (f *Choice) Open(ctx context.Context, a Arithmetic) (engine.Device, error) {
	kind, card, err := f.Parse()
	if err != nil {
		return nil, err
	}
	if kind == CPU {
		return f.OpenCPU(a, "--device cpu is none")
	}
	dev, err := openCUDA(ctx, f, card, a)
	var none *NoCUDA
	switch {
	case !errors.As(err, &none):
		return dev, err
	case kind == CUDA:
		return nil, userErrorf("--device %s: %w; or use --device cpu", f.Device, none)
	}
	dev, err = f.OpenCPU(a, none.reason)
	if err == nil && none.expected && f.Note != nil {
		f.Note(fmt.Sprintf("computing on the CPU: %v; --device cpu does so without this line", none))
	}
	return dev, err
}

// More opens devices like one that is open already, for more replicas.
func (f *Choice) More(ctx context.Context, dev engine.Device, a Arithmetic) func(replicas int) (engine.Device, error) {
	return func(replicas int) (engine.Device, error) {
		choice := *f
		choice.Replicas = replicas
		if onCPU(dev) {
			return choice.OpenCPU(a, "this run is on the CPU")
		}
		_, card, err := choice.Parse()
		if err != nil {
			return nil, err
		}
		return openCUDA(ctx, &choice, card, a)
	}
}

// OpenCPU opens the CPU; why says why no card is there that could do another arithmetic.
func (f *Choice) OpenCPU(a Arithmetic, why string) (engine.Device, error) {
	if a.Precision != Plain.Precision {
		return nil, userErrorf("precision = %q: want a CUDA card: %s; or use precision = %q", a.Precision, why, Plain.Precision)
	}
	if a.MatMul != Plain.MatMul {
		return nil, userErrorf("matmul = %q: want a CUDA card: %s; or use matmul = %q", a.MatMul, why, Plain.MatMul)
	}
	dev, err := cpu.New(cpu.Options{Replicas: max(1, f.Replicas), Threads: f.Threads, Level: os.Getenv(LevelVariable)})
	if err != nil {
		return nil, userErrorf("%s=%s: %w", LevelVariable, os.Getenv(LevelVariable), err)
	}
	return dev, nil
}

// threadsTogether compute one batch rather than several at once. On two cores a batch after the other answered a lone client
// 1.7 times as fast as two at once, and many clients as fast: each device has its own copy of the parameters, and one fits
// the caches.
const threadsTogether = 4

// Divide divides the threads among so many devices, all open at once; of 0 there is one for each threadsTogether, or one on
// a card. It says how many there are.
func (f *Choice) Divide(ctx context.Context, among int) (int, error) {
	kind, _, err := f.Parse()
	switch {
	case err != nil:
		return 0, err
	case among < 0 || among > maxThreads:
		return 0, userErrorf("--workers %d: want 1 to %d, or 0 for one per %d threads", among, maxThreads,
			threadsTogether)
	case kind == CUDA || kind == Auto && Count(ctx) > 0:
		return max(1, among), nil
	case among == 0:
		among = max(1, f.Count()/threadsTogether)
	}
	f.Threads = max(1, f.Count()/among)
	return among, nil
}

// Count is how many threads the CPU works with.
func (f *Choice) Count() int {
	if f.Threads > 0 {
		return f.Threads
	}
	return cpu.DefaultThreads()
}

// CountOn is how many threads a device works with; 0 for a card.
func (f *Choice) CountOn(dev engine.Device) int {
	if !onCPU(dev) {
		return 0
	}
	return f.Count()
}

// onCPU tells whether a device is the processor: its name begins with its back end.
func onCPU(dev engine.Device) bool { return strings.HasPrefix(dev.Name(), CPU+" ") }

// Level is the instruction set that OpenCPU takes.
func Level() simd.Level {
	if l, err := simd.ParseLevel(os.Getenv(LevelVariable)); err == nil {
		return l
	}
	return simd.Best()
}
