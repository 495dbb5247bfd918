//go:build !cuda

package main

import "ssdgm/model/check"

// oracle asks Gorgonia.
func oracle(p check.Problem, seed uint64) (*check.Answer, error) { return check.Reference(p, seed) }
