// Command comparespeed times the training steps of two programs turn about; see scripts/compare-speed.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// blockMS is about how long a program steps before it is the next one's turn.
const blockMS = 250

func main() {
	base := flag.String("base", "", "the `program` to compare with")
	present := flag.String("present", "", "the `program` that is compared")
	rounds := flag.Int("rounds", 21, "how many times each program has its turn")
	limit := flag.Float64("limit", 1.03, "the largest ratio that is no error")
	cases := flag.String("cases", "m1-b100,m1-b1000,m2-100-100,m2-100-500,joint-50-200", "training steps, with commas between")
	flag.Parse()
	if err := run(*base, *present, strings.Split(*cases, ","), *rounds, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "comparespeed:", err)
		os.Exit(1)
	}
}

func run(base, present string, cases []string, rounds int, limit float64) error {
	// The base stands twice: the ratio of it to itself says what the machine's noise makes of sameness.
	var players []*player
	for _, path := range []string{base, base, present} {
		p, err := start(path, flag.Args())
		if err != nil {
			return err
		}
		defer p.close()
		players = append(players, p)
	}
	fmt.Printf("%-14s %10s %10s %18s %18s\n", "training step", "base, ms", "now, ms", "now / base", "base / base")
	slower := 0
	for _, name := range cases {
		times, err := compare(players, name, rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		now, same := ratios(times[2], times[0], times[1]), ratios(times[1], times[0], times[0])
		fmt.Printf("%-14s %10.3f %10.3f %18s %18s\n", name, median(times[0]), median(times[2]), spread(now), spread(same))
		if median(now) > limit {
			slower++
		}
	}
	if slower > 0 {
		return fmt.Errorf("%d steps are slower than %.2f times the base", slower, limit)
	}
	return nil
}

// compare gives the milliseconds of a step in each round, for each player.
func compare(players []*player, name string, rounds int) ([][]float64, error) {
	times := make([][]float64, len(players))
	steps := 3
	for round := range rounds + 1 {
		for turn := range players {
			i := (turn + round) % len(players) // a machine that warms up or cools down favours nobody
			ms, err := players[i].ask(name, steps)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				times[i] = append(times[i], ms)
			} else if turn == len(players)-1 {
				steps = max(3, int(blockMS/ms))
			}
		}
	}
	return times, nil
}

// ratios are those of a player's rounds to the mean of two others' in the same rounds.
func ratios(of, a, b []float64) []float64 {
	all := make([]float64, len(of))
	for i := range of {
		all[i] = of[i] / ((a[i] + b[i]) / 2)
	}
	return all
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return (s[len(s)/2] + s[(len(s)-1)/2]) / 2
}

// spread is the median and the quartiles.
func spread(x []float64) string {
	s := slices.Sorted(slices.Values(x))
	return fmt.Sprintf("%.3f (%.2f–%.2f)", median(x), s[len(s)/4], s[3*len(s)/4])
}

// player is a program that answers 'CASE STEPS', as scripts/peers/protocol.py says.
type player struct {
	command *exec.Cmd
	to      io.WriteCloser
	from    *bufio.Scanner
}

func start(path string, options []string) (*player, error) {
	p := &player{command: exec.Command(path, append([]string{"bench", "--serve"}, options...)...)}
	p.command.Stderr = os.Stderr
	to, err := p.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	from, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.to, p.from = to, bufio.NewScanner(from)
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	if !p.from.Scan() || p.from.Text() != "READY" {
		return nil, fmt.Errorf("%s bench --serve: want READY, found %q", path, p.from.Text())
	}
	return p, nil
}

// ask has the program take some steps, and gives the median of their times in milliseconds.
func (p *player) ask(name string, steps int) (float64, error) {
	if _, err := fmt.Fprintln(p.to, name, steps); err != nil {
		return 0, err
	}
	if !p.from.Scan() {
		return 0, fmt.Errorf("%s: no answer", p.command.Path)
	}
	var answer struct {
		MS float64 `json:"ms_median"`
	}
	err := json.Unmarshal(p.from.Bytes(), &answer)
	return answer.MS, err
}

func (p *player) close() {
	_ = p.to.Close()
	_ = p.command.Wait() // it has answered; how it ends does not matter
}
