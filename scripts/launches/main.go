// Command launches writes the training steps that 'ssdgm bench' times as the launches that a card with so many
// multiprocessors gets: a case and precision a line of JSON. It needs no card. A record of a card keeps them, so that
// what package predict foretells of them can be held to what was measured, whatever the program becomes.
//
//	go run ./scripts/launches 132 > launches.jsonl
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"

	"ssdgm/engine"
	"ssdgm/engine/counting"
	"ssdgm/engine/cuda"
	"ssdgm/kernels"
	"ssdgm/kernels/predict"
	"ssdgm/train"
)

func main() {
	if err := write(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "launches:", err)
		os.Exit(1)
	}
}

func write(arguments []string) error {
	if len(arguments) != 1 {
		return fmt.Errorf("want a card's number of multiprocessors, found %d arguments", len(arguments))
	}
	multiprocessors, err := strconv.Atoi(arguments[0])
	if err != nil {
		return fmt.Errorf("want a card's number of multiprocessors: %w", err)
	}
	for precision, name := range cuda.Precisions {
		for _, step := range train.StepNames(math.MaxInt) {
			c, err := launches(step, multiprocessors, kernels.Precision(precision))
			if err != nil {
				return err
			}
			c.Case, c.Precision = step, name
			if err := json.NewEncoder(os.Stdout).Encode(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// launches are those of a training step.
func launches(name string, multiprocessors int, precision kernels.Precision) (c predict.Case, err error) {
	replicas, err := train.StepReplicas(name)
	if err != nil {
		return c, err
	}
	step, err := train.NewStep(counting.New(replicas), name)
	if err != nil {
		return c, err
	}
	card := kernels.Card{Multiprocessors: multiprocessors, Replicas: replicas}
	for _, s := range step.Steps {
		nodes := cuda.Nodes([]engine.Step{s}, card, precision)
		c.Steps = append(c.Steps, predict.Step{Step: engine.Name(s), Nodes: nodes})
	}
	c.Program = cuda.Nodes(step.Steps, card, precision)
	return c, nil
}
