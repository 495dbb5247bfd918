package configs

import (
	"slices"
	"strings"
	"testing"
)

func TestAStackIsTrainedAsOneOnlyWithALength(t *testing.T) {
	lengths := []string{"m1.train.steps=1", "m2.train.steps=1"}
	for _, c := range []struct {
		sets   []string
		phases []string
	}{
		{nil, []string{"m1", "m2"}},
		{[]string{"joint.steps=5", "yardstick=true", "supervised.train.steps=1"}, []string{"m1", "m2", "joint", "supervised"}},
		{[]string{"joint.epochs=5", `m1.from="run"`}, []string{"m2", "joint"}},
		{[]string{"model=m2", "joint.steps=5"}, []string{"m2"}},
		{[]string{"model=m1", "joint.steps=5"}, []string{"m1"}},
	} {
		config, _, err := Parse("f.toml", nil, append(slices.Clone(lengths), c.sets...))
		if err != nil {
			t.Fatal(err)
		}
		if found := config.Phases(); !slices.Equal(found, c.phases) {
			t.Errorf("%v: phases %v, want %v", c.sets, found, c.phases)
		}
	}
}

func TestAJointPhaseThatCannotBeIsRefused(t *testing.T) {
	for want, sets := range map[string][]string{
		"joint.steps = 5: must be 0 where joint.epochs = 5": {"joint.steps=5", "joint.epochs=5"},
		"joint.m2_rate = 0: must be > 0":                    {"joint.m2_rate=0"},
	} {
		_, _, err := Parse("f.toml", nil, append([]string{"m1.train.steps=1", "m2.train.steps=1"}, sets...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", sets, err, want)
		}
	}
}
