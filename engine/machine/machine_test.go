package machine

import (
	"strings"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/cpu"
)

func TestASoundDeviceIsFoundSound(t *testing.T) {
	dev, err := cpu.New(cpu.Options{Replicas: 1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	found, err := Try(dev)
	if err != nil || !found.Sound() || !strings.HasPrefix(found.String(), "sound: a layer 200×784→600 differs") {
		t.Errorf("%v, %v", found, err)
	}
}

// lying is a device that reads out a wrong number.
type lying struct{ engine.Device }

func (l lying) ReadFloats(dst []float32, src engine.Floats, at int) {
	l.Device.ReadFloats(dst, src, at)
	dst[0] += 10
}

func TestAWrongNumberIsFound(t *testing.T) {
	dev, err := cpu.New(cpu.Options{Replicas: 1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	found, err := Try(lying{dev})
	if err != nil || found.Sound() || !strings.HasPrefix(found.String(), "WRONG: ") {
		t.Errorf("%v, %v", found, err)
	}
}
