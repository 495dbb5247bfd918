// Command servebench loads 'ssdgm serve' and plain Python servers that run the same network by onnxruntime
// (scripts/servebench/plain.py), turn about, and tells rows a second and latencies. With -stop it asks ssdgm to stop
// under load instead, and counts what became of every request.
//
//	servebench -ssdgm bin/ssdgm -run runs/mnist -python python3 -network onnx/classifier.onnx
//	servebench -ssdgm bin/ssdgm -run runs/mnist -stop -clients 1000
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type options struct {
	program, run, python, network string
	clients, plain                string
	rounds                        int
	seconds                       float64
	stop                          bool
}

func main() {
	var o options
	flag.StringVar(&o.program, "ssdgm", "ssdgm", "the `program`")
	flag.StringVar(&o.run, "run", "", "`run` of a model of 784 pixels")
	flag.StringVar(&o.python, "python", "", "`python` with onnxruntime and numpy; none: ssdgm alone")
	flag.StringVar(&o.network, "network", "", "the run's classifier.onnx, by 'ssdgm ckpt export'")
	flag.StringVar(&o.plain, "plain", "threading,uvicorn", "the plain `servers`, with commas between")
	flag.StringVar(&o.clients, "clients", "1,64,1000", "how `many` clients ask at once, with commas between")
	flag.IntVar(&o.rounds, "rounds", 5, "how many times each server has its turn")
	flag.Float64Var(&o.seconds, "seconds", 4, "how long a turn takes")
	flag.BoolVar(&o.stop, "stop", false, "ask ssdgm to stop under load")
	flag.Parse()
	work := bench
	if o.stop {
		work = stopped
	}
	if err := work(o); err != nil {
		fmt.Fprintln(os.Stderr, "servebench:", err)
		os.Exit(1)
	}
}

// server is a process that answers.
type server struct {
	name, url string
	command   *exec.Cmd
	lines     *bufio.Reader
}

// start starts a server and waits for the line that says where it listens.
func start(name, program string, arguments ...string) (*server, error) {
	s := &server{name: name, command: exec.Command(program, arguments...)}
	said, err := s.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	s.lines = bufio.NewReader(said)
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("%s: want where it listens, found %q: %w", name, line, err)
		}
		if found := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line); found != "" {
			s.url = found
			return s, nil
		}
	}
}

func (s *server) kill() {
	_ = s.command.Process.Kill() // It may have ended.
	_ = s.command.Wait()         // It was killed.
}

func (o options) numbers() (all []int, err error) {
	for text := range strings.SplitSeq(o.clients, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

func (o options) serve(more ...string) (*server, error) {
	return start("ssdgm", o.program, append([]string{"serve", o.run, "--listen", "127.0.0.1:0", "--device", "cpu"},
		more...)...)
}

// bench has every server take its turn at every load, and prints medians over the rounds.
func bench(o options) error {
	clients, err := o.numbers()
	if err != nil {
		return err
	}
	ours, err := o.serve("--usual=false")
	if err != nil {
		return err
	}
	defer ours.kill()
	servers := []*server{ours}
	for name := range strings.SplitSeq(o.plain, ",") {
		if o.python == "" || name == "" {
			break
		}
		s, err := start(name, o.python, "scripts/servebench/plain.py", name, o.network)
		if err != nil {
			return err
		}
		defer s.kill()
		servers = append(servers, s)
	}
	fmt.Printf("%-8s %5s %8s  %-10s %10s %10s %10s %8s %8s\n", "request", "rows", "clients", "server", "rows/s",
		"p50, ms", "p99, ms", "faults", "ratio")
	for _, l := range []load{{"json", 1, 0}, {"binary", 1, 0}, {"json", 32, 0}, {"binary", 32, 0}} {
		for _, l.clients = range clients {
			if l.rows > 1 && l.clients > 64 {
				continue
			}
			if err := o.turns(l, servers); err != nil {
				return err
			}
		}
	}
	return nil
}

// turns prints what the servers do under one load.
func (o options) turns(l load, servers []*server) error {
	results := make([][]result, len(servers))
	for range o.rounds {
		for i, s := range servers {
			r, err := l.on(s.url, time.Duration(o.seconds*float64(time.Second)))
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			results[i] = append(results[i], r)
		}
	}
	median := func(i int, of func(r result) float64) float64 {
		var all []float64
		for _, r := range results[i] {
			all = append(all, of(r))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	for i, s := range servers {
		rate := func(r result) float64 { return r.rate }
		fmt.Printf("%-8s %5d %8d  %-10s %10.0f %10.2f %10.2f %8.0f %8.2f\n", l.kind, l.rows, l.clients, s.name, median(i,
			rate),
			median(i, func(r result) float64 { return r.p50 }), median(i, func(r result) float64 { return r.p99 }),
			median(i, func(r result) float64 { return float64(r.faults) }), median(0, rate)/median(i, rate))
	}
	return nil
}

// stopped asks a server to stop under load, and tells what became of every request.
func stopped(o options) error {
	clients, err := o.numbers()
	if err != nil {
		return err
	}
	for _, n := range clients {
		s, err := o.serve()
		if err != nil {
			return err
		}
		defer s.kill()
		if err := stopUnder(s, n, time.Duration(o.seconds*float64(time.Second))); err != nil {
			return err
		}
	}
	return nil
}

// stopUnder loads a server with n clients and asks it to stop halfway.
func stopUnder(s *server, n int, long time.Duration) error {
	l := load{"json", 1, n}
	asked := time.AfterFunc(long/2, func() { _ = s.command.Process.Signal(os.Interrupt) }) // It is there.
	defer asked.Stop()
	began := time.Now()
	r, err := l.on(s.url, 2*long)
	if err != nil {
		return err
	}
	line, _ := s.lines.ReadString('\n') // It is printed as it is.
	ended := s.command.Wait()
	took := time.Since(began).Round(10 * time.Millisecond)
	fmt.Printf("%d clients, asked to stop after %v: %d answered (200), %d other statuses, %d refused a connection, "+
		"%d reset; it said %q and ended with %v after %v\n",
		n, long/2, r.answered, r.faults, r.refused, r.cut, strings.TrimSpace(line), s.command.ProcessState, took)
	// A connection that the kernel has taken, and the server not yet, is reset when the server closes its port. What the
	// server has counted tells that it had none of those requests.
	if said := fmt.Sprintf("stopped: answered %d requests\n", r.answered); r.faults > 0 || line != said || ended != nil {
		return errors.New("want every request that was accepted answered, and exit code 0")
	}
	return nil
}
