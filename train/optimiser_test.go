package train

import (
	"testing"

	"ssdgm/engine"
)

func TestEveryRuleHasItsWord(t *testing.T) {
	for _, r := range engine.Rules() {
		c := configured(t, "supervised.train.optimiser.name="+r.String())
		if found := rule(c.Supervised.Train.Optimiser); found != r {
			t.Errorf("want %v, found %v", r, found)
		}
	}
}
