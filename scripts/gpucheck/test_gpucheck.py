"""What gpu-check makes of what it finds, on what it found on an H200.

    python3 -B -m unittest discover scripts/gpucheck
"""

import pathlib
import sys
import tempfile
import types
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))

import report  # noqa: E402
import speed  # noqa: E402
import stage  # noqa: E402

H200 = HERE / "records" / "2026-11-27-h200"


class Mnist(unittest.TestCase):
    def test_training_time_is_that_of_every_phase(self):
        says = speed.mnist_result(stage.read_json(H200 / "first" / "mnist-summary.json"), 20.4)
        self.assertIn("2.37 % of the test images wrong", says)
        self.assertIn("after 18.8 s of training, 20.4 s with everything", says)


class Seeds(unittest.TestCase):
    def test_groups_are_those_that_ended(self):
        text = "m2 of seed0, seed1, … (10)\nm2 of 10 runs: step 60 of 60, took 0.3 s\njoint of 6 runs: step 5 of 5\n"
        self.assertEqual(speed.groups(text + "joint of 4 runs: step 5 of 5\n"), {"m2": [10], "joint": [6, 4]})


class Parts(unittest.TestCase):
    def check(self, *ended):
        """One whose commands end so, in turn."""
        limits, ended = [], list(ended)
        check = types.SimpleNamespace(figures={}, rehearse=False, seconds_left=lambda: 100.0, limits=limits)
        check.ours = lambda *arguments: list(arguments)
        check.command = lambda arguments, seconds: (limits.append(seconds), ended.pop(0))[1]
        return check

    def test_a_precision_that_is_late_leaves_what_was_done(self):
        fp32 = stage.Done(0, '{"case": "a", "parts": [1]}\n{"case": "b", "parts": [1, 2]}\n', 31.0, False)
        tf32 = stage.Done(-9, '{"case": "a", "parts": [1]}\n{"case": "b", "pa', 50.0, True)
        check = self.check(fp32, tf32)
        with self.assertRaisesRegex(stage.Failed, "tf32: not done after 50 s"):
            speed.parts(check)
        found = [(case["case"], case["precision"]) for case in check.figures["parts"]]
        self.assertEqual(found, [("a", "fp32"), ("b", "fp32"), ("a", "tf32")])
        self.assertEqual(check.limits, [50.0, 100.0])

    def test_both_precisions_count(self):
        done = stage.Done(0, '{"case": "a", "parts": [1, 2]}\n', 1.0, False)
        self.assertEqual(speed.parts(self.check(done, done))["says"], "4 steps of 2 cases")


class Table(unittest.TestCase):
    def table(self, parts):
        """Of the steps' run on the H200, whose stage parts failed."""
        figures = stage.read_json(H200 / "second" / "record.json")["figures"]
        for row in figures["steps"]:
            if row["case"] == "m1-b1000":
                row["mflop"] = 9564.0
        check = types.SimpleNamespace(figures=figures | {"parts": parts}, stages=[], rehearse=False, commit="a7293de")
        return report.table(check).splitlines()

    def line(self, lines, case, precision):
        return next(line for line in lines if line.startswith(case) and precision in line)

    def test_the_floor_needs_no_parts(self):
        lines = self.table([])
        self.assertRegex(self.line(lines, "m1-b1000 ", "fp32"), r"0\.1871\s+27 %$")
        self.assertRegex(self.line(lines, "m1-b1000 ", "tf32"), r"0\.0231\s+6 %$")
        self.assertRegex(self.line(lines, "m1-b100 ", "fp32"), r"-\s+-$")

    def test_the_floor_is_of_either_precisions_parts(self):
        with (H200 / "second" / "parts-fp32.jsonl").open() as lines:
            parts = [case | {"precision": "fp32"} for case in stage.json_lines(lines.read())]
        for case in ("m1-b100", "m1-b1000", "m2-100-100", "m2-100-500", "m1-b1000-r40"):  # of that record
            for precision in speed.PRECISIONS:
                self.assertRegex(self.line(self.table(parts), f"{case} ", precision), r"\d\.\d{4}\s+\d+ %$")

    def test_every_program_has_a_column(self):
        started = set()
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder)
            check = types.SimpleNamespace(out=out, root=out, rehearse=False, environment={}, ours=lambda *words: words)
            peers = speed.Peers.__new__(speed.Peers)
            peers.check, peers.cases = check, speed.CASES
            peers.start = lambda name, command, cases, environment=None: started.add(name)
            peers.add_ours("fp32")
            peers.add_peers("fp32", [])
        self.assertEqual(started, {"fp32/ours"} | {f"fp32/{name}" for name, _ in report.PEERS})


if __name__ == "__main__":
    unittest.main()
