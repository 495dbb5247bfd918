"""Command line of gpu-check; the script of that name tells how it is used."""

import argparse
import pathlib
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "peers"))

import correct  # noqa: E402
import pack  # noqa: E402
import report  # noqa: E402
import speed  # noqa: E402
from stage import Check  # noqa: E402

# The most important first, as far as one allows another; seconds at most. The peers get ready meanwhile.
STAGES = {
    "versions": (correct.versions, 60),
    "suite": (correct.suite, 120),
    "determinism": (correct.determinism, 60),
    "trajectory": (correct.trajectory, 60),
    "steps": (speed.steps, 300),
    "parts": (speed.parts, 100),  # 31 s for each precision on an H200
    "mnist": (speed.mnist, 60),
    "seeds": (speed.seeds, 120),
    "sanitizer": (correct.sanitizer, 150),
    "counters": (speed.counters, 60),
}
PREPARE_SECONDS = 230  # for compilers, from the start
REHEARSAL_SECONDS = 3600


def parse_arguments():
    parser = argparse.ArgumentParser(prog="gpu-check", description="checks and measures ssdgm on a machine with a GPU")
    parser.add_argument(
        "--pack", type=pathlib.Path, metavar="DIR", help="build all that is needed there into DIR, and end"
    )
    parser.add_argument("--out", type=pathlib.Path, help="folder for the record, the table and the log")
    parser.add_argument("--budget", type=float, default=540, metavar="SECONDS", help="for all stages together")
    parser.add_argument("--only", action="append", choices=STAGES, help="a stage to run, beside versions; default all")
    parser.add_argument(
        "--rehearse", action="store_true", help="tiny sizes, for the stand-in driver; packs first where needed"
    )
    arguments = parser.parse_args()
    if bool(arguments.pack) == bool(arguments.out):
        parser.error("wanted either --pack DIR or --out OUT")
    return arguments


def run(root, scratch, arguments):
    out = arguments.out.resolve()
    if (out / "record.json").exists():
        raise SystemExit(f"{out}: holds a record already; name another folder")
    budget = REHEARSAL_SECONDS if arguments.rehearse else arguments.budget
    check = Check(root, out, scratch, budget, arguments.rehearse)
    pack.unpack(root, check.bin)
    chosen = [name for name in STAGES if not arguments.only or name in arguments.only or name == "versions"]
    try:
        for name in chosen:
            function, seconds = STAGES[name]
            check.run(name, function, REHEARSAL_SECONDS if arguments.rehearse else seconds)
            if name == "versions" and "steps" in chosen:
                check.peers = speed.Peers(check)
                half = (check.deadline - time.monotonic()) / 2
                check.peers.prepare(half if arguments.rehearse else min(PREPARE_SECONDS, half))
    finally:
        if check.peers:
            check.peers.end()
    table = report.table(check)
    (out / "table.txt").write_text(table)
    print(table, end="")
    return 1 if any(stage["verdict"] == "FAILED" for stage in check.stages) else 0


def main():
    arguments = parse_arguments()
    if arguments.pack:
        pack.pack(ROOT, arguments.pack.resolve())
        return 0
    # What this starts runs in sessions of its own: end by an exception, which ends that too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as folder:
        scratch, root = pathlib.Path(folder), ROOT
        if not (root / "pack.json").exists():
            if not arguments.rehearse:
                raise SystemExit("wanted a folder that --pack has made, found the repository; see scripts/gpu-check")
            root = scratch / "pack"
            pack.pack(ROOT, root)
        return run(root, scratch, arguments)


if __name__ == "__main__":
    sys.exit(main())
