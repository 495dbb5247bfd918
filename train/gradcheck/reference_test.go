package gradcheck

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ssdgm/configs"
	"ssdgm/model/check"
	"ssdgm/train/data"
)

func newCheck(t *testing.T, sets ...string) *Check {
	t.Helper()
	c, _, err := configs.Load("../../cmd/ssdgm/testdata/tiny.toml", sets)
	if err != nil {
		t.Fatal(err)
	}
	k, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// madeUp is an answer of one number each.
func madeUp(p check.Problem, seed uint64) (*check.Answer, error) {
	one := func(x float64) map[string]check.Tensor {
		return map[string]check.Tensor{"x": {Shape: []int{1}, Data: []float64{x}}}
	}
	return &check.Answer{Seed: seed, Loss: 0.1, Parameters: one(1), Batch: one(2), Gradients: one(1. / 3)}, nil
}

func TestAReferenceIsAskedForOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers.safetensors")
	first := newCheck(t)
	if written, err := first.Answer(path, madeUp); err != nil || !written {
		t.Fatal(written, err)
	}
	second := newCheck(t)
	written, err := second.Answer(path, func(check.Problem, uint64) (*check.Answer, error) {
		return nil, errors.New("asked again")
	})
	if err != nil || written {
		t.Fatal(written, err)
	}
	if diff := cmp.Diff(first.answers, second.answers); diff != "" {
		t.Error(diff)
	}
	if _, err := newCheck(t, "m2.latents=5").Answer(path, madeUp); !errors.Is(err, data.ErrInput) {
		t.Errorf("want a reference of another configuration refused, found %v", err)
	}
}

func TestABaselineHasNoGradients(t *testing.T) {
	c, _, err := configs.Load("../../cmd/ssdgm/testdata/tiny.toml", []string{"model=knn", "yardstick=false"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(c); !errors.Is(err, data.ErrInput) {
		t.Errorf("want a mistake of the user's, found %v", err)
	}
}

func TestEveryPhaseWithGradientsHasAProblem(t *testing.T) {
	for _, sets := range [][]string{{"model=m1m2", "yardstick=true", "joint.steps=1"}, {"model=supervised"}} {
		c, _, err := configs.Load("../../cmd/ssdgm/testdata/tiny.toml", sets)
		if err != nil {
			t.Fatal(err)
		}
		for _, phase := range c.Phases() {
			if problems[phase] == nil {
				t.Errorf("%s has no problem for Gorgonia; add it to problems", phase)
			}
		}
	}
}
