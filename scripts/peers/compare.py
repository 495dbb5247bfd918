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
asked; the quietest are kept, and the record says how quiet they were. A program that fails is left out from there on.

Before and after each case the processor's ceiling is measured, with one thread and with as many as ours has: two
virtual cores may share the vector units of one, and then every ratio is another.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import re
import select
import shlex
import signal
import statistics
import subprocess
import sys
import time

CASES = ["m1-b100", "m1-b1000", "m2-100-100", "m2-100-500", "joint-50-200"]
QUIET_PERCENT = 5.0  # of the machine, taken by others during a round
HEADER = "case         program               ms      best      25 %      75 %   ours/it others %  setting"
ATTEMPTS = 3  # rounds at most, as a multiple of those asked for


class ProgramError(Exception):
    """A program ended, or did not answer in time."""


class Program:
    """A running program, stopped except while it is asked something. A name may begin with a group: tf32/ours.

    command is a line or its words. cases are those it is asked for; one that it fails in is left out, with the reason
    in failures. mflop is the work of a step, where the program tells it.
    """

    def __init__(self, name, command, cases, errors=None, environment=None):
        words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
        self.name, self.command, self.setting = name, shlex.join(words), ""
        self.cases, self.failures, self.mflop = list(cases), {}, {}
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment, start_new_session=True
        )
        self.buffer = b""

    @property
    def group(self):
        return self.name.rpartition("/")[0]

    def read_line(self, deadline):
        """The next line of its output; deadline is one of time.monotonic(), None for none."""
        while b"\n" not in self.buffer:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self.process.stdout], [], [], left)[0]:
                raise ProgramError("no answer in time")
            read = os.read(self.process.stdout.fileno(), 1 << 16)
            if not read:
                raise ProgramError(f"ended with status {self.process.wait()}; see its message")
            self.buffer += read
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode().strip()

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

    def prepare(self, deadline=None):
        """Waits until it is ready and takes a few steps of each case, where compilers do their work; then stops it."""
        try:
            while self.read_line(deadline) != "READY":
                pass
            for case in self.cases:
                self.answer(case, 5, deadline)
            self.signal(signal.SIGSTOP)
        except (ProgramError, OSError) as error:
            self.fail(error)

    def fail(self, error):
        """Ends it; whatever it was still to do counts as failed."""
        for case in self.cases:
            self.failures[case] = str(error)
        self.cases = []
        print(f"{self.name}: {error}", file=sys.stderr)
        self.kill()

    def answer(self, case, number, deadline, figure="ms_median"):
        self.process.stdin.write(f"{case} {number}\n".encode())
        self.process.stdin.flush()
        answer = json.loads(self.read_line(deadline))
        if answer["case"] != case:
            raise ProgramError(f"asked for {case}, answered {answer['case']}")
        self.setting = answer.get("setting", self.setting)
        if "ms_median" in answer and "gflop_per_s" in answer:
            self.mflop[case] = answer["gflop_per_s"] * answer["ms_median"]
        return answer[figure]

    def ask(self, case, number, seconds=None, figure="ms_median"):
        """Median milliseconds of a step over one turn of so many; None where it fails."""
        try:
            self.signal(signal.SIGCONT)
            found = self.answer(case, number, seconds and time.monotonic() + seconds, figure)
            self.signal(signal.SIGSTOP)
        except (ProgramError, OSError) as error:
            self.fail(error)
            return None
        return found

    def peak_memory_mb(self):
        """Of the process itself, if it still runs."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        for line in status.read_text().splitlines() if status.exists() else []:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
        return None

    def end(self):
        """Lets it end by itself, which the end of its input asks for."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.process.stdin.close()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        try:
            self.signal(signal.SIGKILL)
        except ProcessLookupError:  # all of its processes have ended
            pass
        self.process.wait()


def busy_seconds():
    """CPU time that the whole machine has spent, with what its host took from it."""
    user, nice, system, _, _, irq, softirq, steal = pathlib.Path("/proc/stat").read_text().split()[1:9]
    return sum(map(int, (user, nice, system, irq, softirq, steal))) / os.sysconf("SC_CLK_TCK")


def steps_of_a_turn(program, case, turn_ms, seconds):
    """How many steps fill a turn; None where the program fails."""
    ms = program.ask(case, 5, seconds)
    return ms and max(3, round(turn_ms / ms))


def one_round(programs, case, steps, order, seconds):
    """Name → milliseconds, and under None the percentage of the machine that others took meanwhile."""
    start, busy, own = time.monotonic(), busy_seconds(), sum(p.cpu_seconds() for p in programs)
    shuffled = order.sample(programs, len(programs))
    result = {p.name: p.ask(case, steps[p.name], seconds) for p in shuffled if case in p.cases}
    own = sum(p.cpu_seconds() for p in programs) - own
    others = busy_seconds() - busy - own
    result[None] = max(0.0, 100 * others / (os.cpu_count() * (time.monotonic() - start)))
    return result


def measure(programs, case, rounds_wanted, turn_ms, order, seconds=None):
    """The quietest rounds, as many as asked for; seconds is how long an answer may take."""
    steps = {p.name: steps_of_a_turn(p, case, turn_ms, seconds) for p in programs if case in p.cases}
    rounds, quiet = [], 0
    while quiet < rounds_wanted and len(rounds) < ATTEMPTS * rounds_wanted:
        rounds.append(one_round(programs, case, steps, order, seconds))
        quiet += rounds[-1][None] <= QUIET_PERCENT
    return sorted(rounds, key=lambda result: result[None])[:rounds_wanted]


def ceiling(ours):
    """Threads → GFLOP/s of the processor; nothing where ours runs on a card."""
    threads = re.fullmatch(r"cpu .*, (\d+) threads?", ours.setting)
    counts = sorted({1, int(threads[1])}) if threads else []
    return {n: round(found, 1) for n in counts if (found := ours.ask("ceiling", n, figure="gflop_per_s"))}


def ceiling_row(case, before, after):
    """What the record says of the ceiling around a case; share_percent is of as many cores as there are threads."""
    rows = []
    for n, found in before.items():
        best, alone = max(found, after.get(n, 0)), max(before[1], after.get(1, 0))
        rows.append({"case": case, "threads": n, "gflop_per_s": [found, after.get(n)]})
        rows[-1] |= {"share_percent": round(100 * best / (n * alone))}
    return rows


def print_ceilings(rows):
    for row in rows:
        of = f", {row['share_percent']} % of {row['threads']} cores by themselves" if row["threads"] > 1 else ""
        print(f"{row['case']:12} ceiling, {row['threads']} threads: {row['gflop_per_s']} GFLOP/s{of}", file=sys.stderr)


def first_of_groups(programs):
    """Group → name of its first program, which is ours."""
    return {program.group: program.name for program in reversed(programs)}


def summarise(case, programs, rounds):
    """One row of the record for each program that went through all rounds; the first of each group is ours."""
    ours, rows = first_of_groups(programs), []
    for program in programs:
        if case not in program.cases:
            continue
        times = sorted(result[program.name] for result in rounds)
        own = ours[program.group]
        ratios = [result[own] / result[program.name] for result in rounds if result.get(own)]
        row = {"case": case, "program": program.name, "setting": program.setting}
        row |= {"ms_median": round(statistics.median(times), 4), "ms_min": round(times[0], 4)}
        row |= {"ms_quartiles": [round(q, 4) for q in statistics.quantiles(times, n=4)[::2]]}
        row |= {"ours_over_it": round(statistics.median(ratios), 3) if ratios else None}
        row |= {"others_percent_max": round(rounds[-1][None], 1)}
        if case in program.mflop:
            row["mflop"] = round(program.mflop[case], 3)
        rows.append(row)
    return rows


def print_rows(rows):
    for row in rows:
        figures = [row["ms_median"], row["ms_min"], *row["ms_quartiles"], row["ours_over_it"] or float("nan")]
        columns = " ".join(f"{figure:9.3f}" for figure in figures)
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
    programs, rows, ceilings, cases = [], [], [], arguments.case or CASES
    try:
        for named in [f"ours={arguments.ours}", *arguments.peer]:
            programs.append(Program(*named.split("=", 1), cases))
            programs[-1].prepare()
        print(HEADER)
        order = random.Random(arguments.seed)
        for case in cases:
            before = ceiling(programs[0])
            found = summarise(case, programs, measure(programs, case, arguments.rounds, arguments.turn_ms, order))
            print_rows(found)
            rows += found
            ceilings += ceiling_row(case, before, ceiling(programs[0]))
        record["peak_memory_mb"] = {program.name: program.peak_memory_mb() for program in programs}
        for program in programs:
            program.end()
    finally:
        for program in programs:
            if program.process.poll() is None:
                program.kill()
    print_ceilings(ceilings)
    failures = {program.name: program.failures for program in programs if program.failures}
    record |= {"commands": {program.name: program.command for program in programs}}
    record |= {"rows": rows, "ceilings": ceilings, "failures": failures}
    print(f"peak memory, MB: {record['peak_memory_mb']}", file=sys.stderr)
    if arguments.out:
        arguments.out.write_text(json.dumps(record, indent=1) + "\n")
    if failures:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
