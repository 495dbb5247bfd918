package server

import (
	"errors"

	"ssdgm/engine"
	"ssdgm/model/trained"
)

// Apply applies a model, or several whose mean is to answer, once for each of some workers, each on a device of its own
// that open gives. close closes them all.
func Apply(
	members []trained.Member, workers int, open func() (engine.Device, error),
) (_ []trained.Classifier, close func() error, err error) {
	var all []trained.Classifier
	var devices []engine.Device
	closeAll := func() (err error) {
		for _, c := range all {
			err = errors.Join(err, c.Close())
		}
		for _, dev := range devices {
			err = errors.Join(err, dev.Close())
		}
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAll())
		}
	}()
	for range workers {
		own := make([]trained.Member, len(members))
		for i, m := range members {
			dev, err := open()
			if err != nil {
				return nil, nil, err
			}
			devices = append(devices, dev)
			own[i] = trained.Member{Name: m.Name, Model: m.Model.On(dev)}
		}
		c, err := applied(own)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, c)
	}
	return all, closeAll, nil
}

// applied is a model, or the mean of several.
func applied(members []trained.Member) (trained.Classifier, error) {
	if len(members) > 1 {
		return trained.NewEnsemble(members...)
	}
	return members[0].Model.Apply()
}
