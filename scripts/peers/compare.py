#!/usr/bin/env python3
"""Times training steps of several programs in one interleaved run, and prints medians and ratios.

    python3 scripts/peers/compare.py --ours "bin/ssdgm bench --serve --threads 2" \\
        --peer "torch=python3 scripts/peers/torch_step.py --serve" \\
        --peer "torch-avx512=python3 scripts/peers/torch_step.py --serve --mkl avx512" \\
        --peer "jax=python3 scripts/peers/jax_step.py --serve" --out record.json

Each program speaks the protocol of protocol.py. In every round each of them, in random order, runs a turn of one case;
while one runs the others are stopped (SIGSTOP), so that no spinning thread of theirs takes a core. A ratio is the
median over rounds of ours to the peer's of the same round: what disturbs the machine for longer disturbs both.
A round during which other programs took more than 5 % of the machine is repeated, up to three times as many rounds as
asked; the quietest are kept, and the record says how quiet they were.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import shlex
import signal
import statistics
import subprocess
import sys
import time

CASES = ["m1-b100", "m1-b1000", "m2-100-100"]
QUIET_PERCENT = 5.0  # of the machine, taken by others during a round
HEADER = "case         program               ms      best      25 %      75 %   ours/it others %  setting"
ATTEMPTS = 3  # rounds at most, as a multiple of those asked for


class Program:
    """A running program, stopped except while it is asked something."""

    def __init__(self, name, command):
        self.name, self.command, self.setting = name, command, ""
        self.process = subprocess.Popen(
            shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        while self.read_line() != "READY":
            pass
        self.signal(signal.SIGSTOP)

    def read_line(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: ended with status {self.process.wait()}; see its message above")
        return line.strip()

    def signal(self, number):
        os.killpg(self.process.pid, number)

    def cpu_seconds(self):
        """CPU time of every process that the command has started and that still runs."""
        ticks = 0
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:  # ended meanwhile
                continue
            if int(fields[2]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def ask(self, case, steps):
        """Median milliseconds of a step over one turn."""
        self.signal(signal.SIGCONT)
        self.process.stdin.write(f"{case} {steps}\n")
        self.process.stdin.flush()
        answer = json.loads(self.read_line())
        self.signal(signal.SIGSTOP)
        if answer["case"] != case:
            raise SystemExit(f"{self.name}: asked for {case}, answered {answer['case']}")
        self.setting = answer.get("setting", self.setting)
        return answer["ms_median"]

    def peak_memory_mb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
        return None

    def end(self):
        self.signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait(timeout=60)


def busy_seconds():
    """CPU time that the whole machine has spent, with what its host took from it."""
    user, nice, system, _, _, irq, softirq, steal = pathlib.Path("/proc/stat").read_text().split()[1:9]
    return sum(map(int, (user, nice, system, irq, softirq, steal))) / os.sysconf("SC_CLK_TCK")


def steps_of_a_turn(program, case, turn_ms):
    """Warms the case up and finds how many steps fill a turn."""
    program.ask(case, 5)
    return max(3, round(turn_ms / program.ask(case, 5)))


def one_round(programs, case, steps, order):
    """Name → milliseconds, and under None the percentage of the machine that others took meanwhile."""
    start, busy, own = time.monotonic(), busy_seconds(), sum(p.cpu_seconds() for p in programs)
    result = {p.name: p.ask(case, steps[p.name]) for p in order.sample(programs, len(programs))}
    own = sum(p.cpu_seconds() for p in programs) - own
    others = busy_seconds() - busy - own
    result[None] = max(0.0, 100 * others / (os.cpu_count() * (time.monotonic() - start)))
    return result


def measure(programs, case, arguments, order):
    """The quietest rounds, as many as asked for."""
    steps = {p.name: steps_of_a_turn(p, case, arguments.turn_ms) for p in programs}
    rounds, quiet = [], 0
    while quiet < arguments.rounds and len(rounds) < ATTEMPTS * arguments.rounds:
        rounds.append(one_round(programs, case, steps, order))
        quiet += rounds[-1][None] <= QUIET_PERCENT
    return sorted(rounds, key=lambda result: result[None])[: arguments.rounds]


def summarise(case, programs, rounds):
    """One row of the record for each program; the first is ours."""
    ours = programs[0].name
    rows = []
    for program in programs:
        times = sorted(result[program.name] for result in rounds)
        ratios = [result[ours] / result[program.name] for result in rounds]
        row = {"case": case, "program": program.name, "setting": program.setting}
        row |= {"ms_median": round(statistics.median(times), 3), "ms_min": round(times[0], 3)}
        row |= {"ms_quartiles": [round(q, 3) for q in statistics.quantiles(times, n=4)[::2]]}
        row |= {"ours_over_it": round(statistics.median(ratios), 3)}
        row |= {"others_percent_max": round(rounds[-1][None], 1)}
        rows.append(row)
    return rows


def print_rows(rows):
    for row in rows:
        figures = [row["ms_median"], row["ms_min"], *row["ms_quartiles"], row["ours_over_it"]]
        columns = " ".join(f"{figure:9.2f}" for figure in figures)
        others = f"{row['others_percent_max']:8.1f}"
        print(f"{row['case']:12} {row['program']:14} {columns} {others}  {row['setting']}", flush=True)


def machine():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def commit():
    root = pathlib.Path(__file__).resolve().parent
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=root, capture_output=True, text=True
    )
    return described.stdout.strip() or "unknown"


def parse_arguments():
    parser = argparse.ArgumentParser(description="training steps of several programs, in one interleaved run")
    parser.add_argument("--ours", required=True, metavar="COMMAND")
    parser.add_argument("--peer", required=True, action="append", metavar="NAME=COMMAND")
    parser.add_argument("--case", action="append", help=f"default: {', '.join(CASES)}")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--turn-ms", type=float, default=1000.0, help="how long one turn should last")
    parser.add_argument("--seed", type=int, default=0, help="of the order in a round")
    parser.add_argument("--out", type=pathlib.Path, help="JSON record to write")
    arguments = parser.parse_args()
    if arguments.rounds < 2:
        parser.error(f"--rounds: wanted 2 or more, found {arguments.rounds}")
    for peer in arguments.peer:
        if "=" not in peer:
            parser.error(f"--peer: wanted NAME=COMMAND, found {peer}")
    return arguments


def main():
    arguments = parse_arguments()
    # Stopped programs would outlive this one: end by an exception, which ends them too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    record = {"date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")}
    record |= {"machine": machine(), "cores": os.cpu_count(), "system": platform.platform(), "commit": commit()}
    record |= {"rounds": arguments.rounds, "turn_ms": arguments.turn_ms, "load_average_before": os.getloadavg()[0]}
    programs, rows = [], []
    try:
        programs.append(Program("ours", arguments.ours))
        for peer in arguments.peer:
            programs.append(Program(*peer.split("=", 1)))
        print(HEADER)
        order = random.Random(arguments.seed)
        for case in arguments.case or CASES:
            rows += summarise(case, programs, measure(programs, case, arguments, order))
            print_rows(rows[-len(programs) :])
        record["peak_memory_mb"] = {program.name: program.peak_memory_mb() for program in programs}
        for program in programs:
            program.end()
    finally:
        for program in programs:
            if program.process.poll() is None:
                program.signal(signal.SIGKILL)
    record |= {"commands": {program.name: program.command for program in programs}, "rows": rows}
    print(f"peak memory, MB: {record['peak_memory_mb']}", file=sys.stderr)
    if arguments.out:
        arguments.out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
