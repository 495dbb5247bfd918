package configs

import "testing"

func TestAPieceHasTheStepsOfAFewAndLooksOnce(t *testing.T) {
	for _, name := range BuiltIn() {
		c, _, err := Load(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		before := string(c.TOML())
		piece := c.Piece(7)
		if _, _, err := Parse(name, piece.TOML(), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, phase := range c.Phases() {
			steps, epochs, every := piece.Length(phase)
			switch whole, _, _ := c.Length(phase); {
			case every > 0 && (steps != 7 || epochs != 0 || every != 7):
				t.Errorf("%s: %s has %d steps, %d epochs and a look every %d", name, phase, steps, epochs, every)
			case every == 0 && (steps < 1 || steps > 100 || steps > whole):
				t.Errorf("%s: %s has %d parts of %d", name, phase, steps, whole)
			}
		}
		if string(c.TOML()) != before {
			t.Errorf("%s: the whole was changed", name)
		}
	}
}
