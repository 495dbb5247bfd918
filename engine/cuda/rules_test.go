//go:build cuda

package cuda

import (
	"reflect"
	"slices"
	"testing"

	"ssdgm/engine"
	"ssdgm/engine/enginetest"
	"ssdgm/engine/enginetest/cases"
)

// Without any rule a device keeps the contract.
func TestWithoutRulesTheContractHolds(t *testing.T) {
	enginetest.Run(t, "no rules", func(replicas int) engine.Device {
		d := opened(t, Options{Replicas: replicas})
		d.rules = nil
		return d
	})
}

// reordering is the rule that changes the order of a sum, and which sum that is.
var reordering = map[string]string{"the bias with the weights": "grad.bias"}

// A program gives the same without each of the rules: to the bit, but for the one sum whose order a
// rule changes.
func TestFusedIsUnfused(t *testing.T) {
	// run gives what a sequence comes to, unless it is that of the steps that another was made of.
	run := func(s cases.Sequence, rules []rule, other []engine.Step) (tensors []cases.Tensor, steps []engine.Step, launches []label) {
		d := opened(t, Options{Replicas: 2})
		defer closed(t, d)
		d.rules = rules
		r := cases.New(d, cases.Seeds(2), cases.Layout{})
		list := s.Set(r)
		if steps = merge(d.compiler().split(list), rules); other != nil && reflect.DeepEqual(steps, other) {
			return nil, steps, nil
		}
		p := d.Compile(list)
		p.Run(1)
		tensors, err := r.Outputs()
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		return tensors, steps, p.(*program).list.names
	}
	fired := map[string]bool{}
	for _, s := range cases.Sequences() {
		fused, steps, few := run(s, rules, nil)
		for i, r := range rules {
			without, _, many := run(s, slices.Delete(slices.Clone(rules), i, i+1), steps)
			if without == nil {
				continue
			}
			fired[r.name] = fired[r.name] || !reflect.DeepEqual(many, few)
			for j, want := range without {
				got := fused[j]
				if want.Name == reordering[r.name] && cases.RelativeError(got.Values[0], want.Values[0]) < 1e-6 {
					continue
				}
				// What is computed from a bias's gradient follows it.
				if reordering[r.name] != "" && s.Name == "a training step" && cases.RelativeError(got.Values[0], want.Values[0]) < 1e-5 {
					continue
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %s differs without the rule of %s", s.Name, want.Name, r.name)
				}
			}
		}
	}
	for _, r := range rules {
		if !fired[r.name] {
			t.Errorf("no sequence of the suite has the rule of %s fire", r.name)
		}
	}
}
