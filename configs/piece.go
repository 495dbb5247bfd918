package configs

// Piece is the configuration with phases of so many steps each, or of a few parts of a baseline, to be timed: as much
// is computed in a step, and each phase looks at the validation data once, at its end. Of an M1 that has learnt
// nothing yet all latents are kept.
func (c *Config) Piece(steps int) *Config {
	piece := *c
	if c.TrainsM1() {
		piece.M1.KeepAbove = 0
	}
	for _, p := range phases {
		if p.parts != nil {
			parts := p.parts(&piece)
			*parts = min(*parts, p.enough)
		}
		if p.training == nil {
			continue
		}
		if t := p.training(&piece); t.Epochs > 0 || t.Steps > 0 {
			t.Epochs, t.Steps, t.LogEvery, t.ValidateEvery = 0, steps, steps, steps
		}
	}
	return &piece
}

// Length is how long a phase is: in steps, or in parts of a baseline, or where that is 0 in epochs; and how many steps
// lie between two looks at the validation data, 0 where there is one look.
func (c *Config) Length(name string) (steps, epochs, every int) {
	for _, p := range phases {
		switch {
		case p.name != name:
		case p.training != nil:
			t := p.training(c)
			return t.Steps, t.Epochs, t.ValidationInterval()
		case p.parts != nil:
			return *p.parts(c), 0, 0
		}
	}
	return 1, 0, 0
}
