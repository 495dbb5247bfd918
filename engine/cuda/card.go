//go:build cuda

package cuda

// #include "driver.h"
import "C"

import (
	"fmt"
	"sync"

	"gorgonia.org/cu"

	"ssdgm/kernels"
)

// Info describes a card.
type Info struct {
	Index        int
	Name         string
	Major, Minor int // compute capability
	TotalBytes   int64
	Driver       string // the newest CUDA that the driver knows: "13.0"
	UUID         string
}

// Devices lists the cards of this machine. It opens none of them: that takes a while
// and some of a card's memory.
func Devices() ([]Info, error) {
	n, err := cu.NumDevices()
	if err != nil {
		return nil, fmt.Errorf("cuda: number of cards: %w", known(err))
	}
	all := make([]Info, n)
	for i := range all {
		if all[i], err = describe(i); err != nil {
			return nil, fmt.Errorf("cuda: card %d: %w", i, known(err))
		}
	}
	return all, nil
}

// describe asks the driver about a card.
func describe(index int) (info Info, err error) {
	info.Index = index
	card, err := cu.GetDevice(index)
	if err != nil {
		return info, err
	}
	if info.Name, err = card.Name(); err != nil {
		return info, err
	}
	if info.Major, info.Minor, err = card.ComputeCapability(); err != nil {
		return info, err
	}
	if info.TotalBytes, err = card.TotalMem(); err != nil {
		return info, err
	}
	id, err := card.UUID()
	if err != nil {
		return info, err
	}
	info.UUID = "GPU-" + id.String()
	version := cu.Version()
	info.Driver = fmt.Sprintf("%d.%d", version/1000, version%1000/10)
	return info, nil
}

// card is what all devices of this process on one card share: its context, and
// the kernels, which the driver compiles once.
type card struct {
	info            Info
	multiprocessors int
	context         cu.CUContext
	module          cu.Module
	functions       map[string]*loaded
	tested          map[string]bool // the device names whose self-test has passed
}

// loaded is a kernel and the dynamic shared memory that it may use.
type loaded struct {
	function C.CUfunction
	shared   uint32
}

// plainShared is the dynamic shared memory that every kernel may use unasked.
const plainShared = 48 << 10

// cards are those in use. They stay open until the process ends: the driver needs
// longer to compile the kernels than a small run to train.
var cards = struct {
	sync.Mutex
	open map[int]*card
}{open: map[int]*card{}}

// openCard makes a card ready, or finds it so.
func openCard(index int) (*card, error) {
	cards.Lock()
	defer cards.Unlock()
	if c := cards.open[index]; c != nil {
		return c, nil
	}
	n, err := cu.NumDevices()
	if err != nil {
		return nil, fmt.Errorf("cuda: number of cards: %w", known(err))
	}
	if index < 0 || index >= n {
		return nil, fmt.Errorf("cuda:%d: want one of this machine's %d cards, counted from 0; 'nvidia-smi -L' lists them", index, n)
	}
	c := &card{functions: map[string]*loaded{}, tested: map[string]bool{}}
	dev, err := cu.GetDevice(index)
	if err == nil {
		c.context, err = dev.RetainPrimaryCtx()
	}
	if err == nil {
		c.info, err = describe(index)
	}
	if err == nil {
		c.multiprocessors, err = dev.Attribute(cu.MultiprocessorCount)
	}
	if err != nil {
		return nil, fmt.Errorf("cuda:%d: %w", index, known(err))
	}
	if err := c.load(); err != nil {
		return nil, err
	}
	cards.open[index] = c
	return c, nil
}

// load has the driver compile the kernels for the card.
func (c *card) load() error {
	ptx, err := kernels.PTX(c.info.Major, c.info.Minor)
	if err != nil {
		return fmt.Errorf("cuda:%d: %s: %w", c.info.Index, c.info.Name, err)
	}
	return onThread(c.context, func() error {
		if c.module, err = cu.LoadData(ptx); err != nil {
			return fmt.Errorf("cuda:%d: the driver (CUDA %s) cannot compile the kernels for %s (sm_%d%d): %w; update the driver to CUDA 11.8 or newer",
				c.info.Index, c.info.Driver, c.info.Name, c.info.Major, c.info.Minor, known(err))
		}
		return nil
	})
}

// hasPassed tells whether a device of that name has passed its self-test.
func (c *card) hasPassed(name string) bool {
	cards.Lock()
	defer cards.Unlock()
	return c.tested[name]
}

func (c *card) pass(name string) {
	cards.Lock()
	defer cards.Unlock()
	c.tested[name] = true
}

// kernel is the function that a launch names, ready for its shared memory.
func (c *card) kernel(l kernels.Launch) (C.CUfunction, error) {
	cards.Lock()
	defer cards.Unlock()
	k := c.functions[l.Kernel]
	if k == nil {
		k = &loaded{shared: plainShared}
		err := onThread(c.context, func() error {
			f, err := c.module.Function(l.Kernel)
			k.function = function(f)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("cuda: kernel %s: %w; 'scripts/build-kernels' rebuilds them", l.Kernel, known(err))
		}
		c.functions[l.Kernel] = k
	}
	if l.Shared > k.shared {
		err := onThread(c.context, func() error {
			return failed(C.cuFuncSetAttribute(k.function, C.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, C.int(l.Shared)))
		})
		if err != nil {
			return nil, fmt.Errorf("cuda: %s: %d bytes of shared memory: %w", l.Kernel, l.Shared, err)
		}
		k.shared = l.Shared
	}
	return k.function, nil
}
