"""How a program that times training steps is spoken to, ours and every peer alike.

It prints READY when it can be asked. Each line `CASE STEPS` on its standard input has it run that many training steps,
and it answers one JSON line with at least `case`, `ms_median` and `ms_total`; a peer says also its `steps`, which may
be more than were asked for, and its `setting`. Ours also answers `ceiling THREADS` with `gflop_per_s`, which so many of
the CPU's threads do together in registers alone. It ends at the end of its input.
"""

import json
import statistics
import sys


def serve(open_case):
    """open_case(name) gives a pair: run(steps) → milliseconds of each step, and what to say of its setting."""
    opened = {}
    print("READY", flush=True)
    for line in sys.stdin:
        name, steps = line.split()
        if name not in opened:
            opened[name] = open_case(name)
        run, setting = opened[name]
        times_ms = run(int(steps))
        answer = {"case": name, "steps": len(times_ms), "ms_median": round(statistics.median(times_ms), 4)}
        answer |= {"ms_total": round(sum(times_ms), 3), "setting": setting}
        print(json.dumps(answer), flush=True)


def report(open_case, names, steps):
    """Without --serve: each case once, as a first look."""
    for name in names:
        run, setting = open_case(name)
        run(max(3, steps // 10))
        times_ms = sorted(run(steps))
        median = statistics.median(times_ms)
        print(f"{name:12} {median:8.2f} ms median {times_ms[0]:8.2f} ms best  {setting}", flush=True)
