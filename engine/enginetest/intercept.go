package enginetest

import "ssdgm/engine"

// Intercept is dev with around called in place of every step: take takes it. A test bends a step
// so, or plants a fault.
func Intercept(dev engine.Device, around func(s engine.Step, take func())) engine.Device {
	return &intercepted{dev, around}
}

type intercepted struct {
	engine.Device
	around func(s engine.Step, take func())
}

// Compile implements engine.Device: each step is a program of its own.
func (d *intercepted) Compile(steps []engine.Step) engine.Program {
	p := interceptedProgram{d, steps, nil}
	for _, s := range steps {
		program := d.Device.Compile([]engine.Step{s})
		p.takes = append(p.takes, func() { program.Run(1) })
	}
	return p
}

type interceptedProgram struct {
	*intercepted
	steps []engine.Step
	takes []func()
}

// Ahead implements engine.Program.
func (interceptedProgram) Ahead() int { return 1 }

// Run implements engine.Program.
func (p interceptedProgram) Run(times int) {
	for range times {
		for i, take := range p.takes {
			p.around(p.steps[i], take)
		}
	}
}

// Rewrite is dev with every step put through rewrite before it is compiled.
func Rewrite(dev engine.Device, rewrite func(engine.Step) engine.Step) engine.Device {
	return &rewritten{dev, rewrite}
}

type rewritten struct {
	engine.Device
	rewrite func(engine.Step) engine.Step
}

// Compile implements engine.Device.
func (d *rewritten) Compile(steps []engine.Step) engine.Program {
	changed := make([]engine.Step, len(steps))
	for i, s := range steps {
		changed[i] = d.rewrite(s)
	}
	return d.Device.Compile(changed)
}
