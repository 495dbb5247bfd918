package machine

import (
	"fmt"
	"math"
	"time"

	"ssdgm/engine"
	"ssdgm/engine/noise"
	"ssdgm/engine/ref"
)

// Trial is one layer's run on a device.
type Trial struct {
	rows, in, out int
	difference    float64 // from plain float64 code, relative L2
	seconds       float64
}

// Sound says whether the difference is one of rounding: a sum of 784 products in float32
// is off by some 1e-7.
func (t Trial) Sound() bool { return t.difference < 1e-5 }

// String says what the trial found.
func (t Trial) String() string {
	verdict := "sound"
	if !t.Sound() {
		verdict = "WRONG"
	}
	gflops := 2 * float64(t.rows) * float64(t.in) * float64(t.out) / t.seconds / 1e9
	return fmt.Sprintf("%s: a layer %d×%d→%d differs from plain float64 by %.1e; %.0f GFLOP/s",
		verdict, t.rows, t.in, t.out, t.difference, gflops)
}

// Try runs one layer of the paper's M1 on the device and in plain float64.
func Try(dev engine.Device) (Trial, error) {
	t := Trial{rows: 200, in: 784, out: 600}
	fast, seconds, err := t.layer(dev)
	if err != nil {
		return t, err
	}
	want, _, err := t.layer(ref.New[float64](1))
	if err != nil {
		return t, err
	}
	t.seconds = seconds
	var difference, norm float64
	for i, w := range want {
		difference += float64(fast[i]-w) * float64(fast[i]-w)
		norm += float64(w) * float64(w)
	}
	t.difference = math.Sqrt(difference / norm)
	return t, nil
}

// layer computes softplus(x·Wᵀ + b) of random numbers twice, and gives the time of the
// second run: the first one brings the memory in.
func (t Trial) layer(dev engine.Device) (y []float32, seconds float64, err error) {
	mark := dev.Mark()
	defer dev.Release(mark)
	fill := func(n, number int, scale float32) engine.Floats {
		host := make([]float32, n)
		noise.Fill(host, 0, number)
		for i := range host {
			host[i] *= scale
		}
		a := dev.NewFloats(n)
		dev.WriteFloats(a, 0, host)
		return a
	}
	x := fill(t.rows*t.in, 0, 1)
	l := engine.Layer{In: t.in, Out: t.out, Activation: engine.Softplus}
	l.Weight, l.Bias = fill(t.in*t.out, 1, float32(1/math.Sqrt(float64(t.in)))), fill(t.out, 2, 1)
	out := dev.NewFloats(t.rows * t.out)
	program := dev.Compile([]engine.Step{engine.Dense{Y: out, X: x, Rows: t.rows, Layer: l}})
	var start time.Time
	for range 2 {
		start = time.Now()
		program.Run(1)
		if err := dev.Sync(); err != nil {
			return nil, 0, err
		}
	}
	seconds = time.Since(start).Seconds()
	y = make([]float32, out.Len)
	dev.ReadFloats(y, out, 0)
	return y, seconds, nil
}
