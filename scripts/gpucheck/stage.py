"""What a stage of gpu-check works with: places, time limits, the log, and commands."""

import dataclasses
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time
import traceback


class NotRun(Exception):
    """A stage cannot run here; the message says why."""


class Failed(Exception):
    """What a stage checks does not hold; the message says what was found."""


@dataclasses.dataclass
class Done:
    """A command that has ended. text is all it wrote, late says that it ran into its time limit."""

    code: int
    text: str
    seconds: float
    late: bool

    def must(self, what):
        """Fails the stage unless the command ended well."""
        if self.late:
            raise Failed(f"{what}: not done after {self.seconds:.0f} s")
        if self.code != 0:
            raise Failed(f"{what}: ended with status {self.code}: {last_line(self.text)}")
        return self


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "no output"


class Check:
    """One run of gpu-check. figures holds what stages leave for later ones and for the report."""

    def __init__(self, root, out, scratch, budget, rehearse):
        self.root, self.out, self.rehearse = root, out, rehearse
        self.bin, self.work = scratch / "bin", scratch / "work"
        for folder in (out, self.bin, self.work):
            folder.mkdir(parents=True, exist_ok=True)
        self.log = (out / "log.txt").open("ab", buffering=0)
        self.started = time.monotonic()
        self.deadline = self.started + budget
        self.stage_deadline = self.deadline
        self.environment = dict(os.environ)
        self.note = read_json(root / "pack.json")
        self.commit = self.note["commit"]
        self.stages, self.figures, self.peers = [], {}, None

    def seconds_left(self):
        """Until the end of the stage, or of all."""
        return max(0.0, min(self.stage_deadline, self.deadline) - time.monotonic())

    def say(self, text):
        self.log.write(f"{text}\n".encode())

    def ours(self, *arguments):
        """A command of the build with CUDA."""
        return [str(self.bin / "ssdgm-cuda"), *map(str, arguments)]

    def command(self, arguments, seconds=None, folder=None, **environment):
        """Runs a command within the stage's time; its output goes to the log and comes back."""
        limit = min(seconds or self.seconds_left(), self.seconds_left())
        settings = "".join(f"{name}={value} " for name, value in environment.items())
        self.say(f"\n$ {settings}{shlex.join(map(str, arguments))}")
        start, position = time.monotonic(), self.log.seek(0, os.SEEK_END)
        try:
            process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True,
                cwd=folder or self.work, env=self.environment | environment,
            )  # fmt: skip
        except OSError as error:
            raise NotRun(f"{arguments[0]}: {error.strerror}") from error
        try:
            process.wait(limit)
            late = False
        except subprocess.TimeoutExpired:
            late = True
        finally:  # also when this program is told to end
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        with (self.out / "log.txt").open("rb") as log:
            log.seek(position)
            text = log.read().decode(errors="replace")
        took = time.monotonic() - start
        self.say(f"[{'stopped' if late else f'status {process.returncode}'} after {took:.1f} s]")
        return Done(process.returncode, text, took, late)

    def run(self, name, function, seconds):
        """Runs a stage and keeps its result, whatever happens in it."""
        start, result = time.monotonic(), {"stage": name}
        self.stage_deadline = start + seconds
        self.say(f"\n== {name}")
        try:
            if self.seconds_left() < 2:
                raise NotRun("no time is left; --only STAGE runs it alone")
            found = function(self)
            result |= {"verdict": "ok", "says": found.pop("says", ""), **found}
        except NotRun as reason:
            result |= {"verdict": "not run", "says": str(reason)}
        except Failed as reason:
            result |= {"verdict": "FAILED", "says": str(reason)}
        except Exception as error:  # a fault of this program's must not cost the other stages
            self.say(traceback.format_exc())
            result |= {"verdict": "FAILED", "says": f"gpu-check itself: {type(error).__name__}: {error}"}
        result["seconds"] = round(time.monotonic() - start, 1)
        self.stages.append(result)
        self.say(f"{name}: {result['verdict']}: {result['says']}")
        print(f"gpu-check: {name}: {result['verdict']} ({result['seconds']} s): {result['says']}", file=sys.stderr)
        self.write_record()

    def write_record(self):
        """After every stage, so that what was found survives whatever comes."""
        record = {"pack": self.note, "rehearsed": self.rehearse, "stages": self.stages, "figures": self.figures}
        (self.out / "record.json").write_text(json.dumps(record, indent=1) + "\n")


def json_lines(text):
    """The JSON objects among a command's lines; a last line that was cut off is none."""
    lines = text.splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]


def read_json(path):
    return json.loads(pathlib.Path(path).read_text())
