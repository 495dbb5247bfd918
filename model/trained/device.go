package trained

import (
	"cmp"
	"context"
	"errors"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
	"ssdgm/model/trained/infer"
)

// On is the model on a device of one replica that is open already, for its methods to compute on, one at a time. The
// caller closes it. Without On, every call opens a device of its own, see OpenDevice.
func (m *Model) On(dev engine.Device) *Model {
	on := *m
	on.dev = dev
	return &on
}

// use calls f with a device and what tells it that ctx has ended, and frees all that f has made there.
func (m *Model) use(ctx context.Context, f func(dev engine.Device, stopped func() bool) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	dev := m.dev
	if dev == nil {
		if dev, err = m.device(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, dev.Close()) }()
	}
	mark := dev.Mark()
	defer dev.Release(mark)
	err = f(dev, func() bool { return ctx.Err() != nil })
	return cmp.Or(dev.Sync(), ctx.Err(), err)
}

// device opens a device for one call.
func (m *Model) device() (engine.Device, error) {
	if m.open != nil {
		return m.open()
	}
	return cpu.New(cpu.Options{Replicas: 1})
}

// walk is how a call goes through examples.
func (m *Model) walk(stopped func() bool) infer.Walk {
	return infer.Walk{Size: m.Config.Eval.BatchSize, Seed: m.Config.Seed, Stopped: stopped}
}
