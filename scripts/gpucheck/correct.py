"""The stages that tell whether ssdgm is right on this card."""

import array
import ctypes
import glob
import json
import math
import os
import pathlib
import re
import shutil
import site
import struct
import sys

from stage import Failed, NotRun, last_line

# Folders where drivers and toolkits put what the linker's cache may not know.
LIBRARY_FOLDERS = [
    "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/local/nvidia/lib64", "/usr/local/nvidia/lib",
    "/usr/local/cuda*/lib64", "/usr/local/cuda*/targets/x86_64-linux/lib", "/usr/local/cuda/compat",
]  # fmt: skip
CARD = [
    "name",
    "driver_version",
    "compute_cap",
    "memory.total",
    "clocks.sm",
    "clocks.mem",
    "clocks.max.sm",
    "clocks.max.mem",
]
CARD += ["power.limit", "temperature.gpu", "utilization.gpu"]


def find_library(name):
    """Where a shared library lies: by the linker's path, its cache, the usual folders, then Python's packages."""
    for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":"):
        if folder and pathlib.Path(folder, name).exists():
            return str(pathlib.Path(folder, name))
    cache = os.popen("ldconfig -p 2>/dev/null").read()
    found = re.search(rf"^\s*{re.escape(name)}[\s.].* => (\S+)$", cache, re.MULTILINE)
    if found:
        return found[1]
    folders = LIBRARY_FOLDERS + [
        f"{packages}/nvidia/*/lib" for packages in {*site.getsitepackages(), *sys.path} if packages
    ]
    for folder in folders:
        for path in sorted(glob.glob(f"{folder}/{name}*")):
            return path
    return None


def loads(name):
    """Whether the linker finds a library by itself. Where it does, its path is left alone: PyTorch brings its own."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def versions(check):
    """The machine; and where the libraries are, for the stages that follow."""
    driver, blas = find_library("libcuda.so.1"), find_library("libcublas.so")
    if driver and not loads("libcuda.so.1"):
        folders = [str(pathlib.Path(driver).parent), check.environment.get("LD_LIBRARY_PATH", "")]
        check.environment["LD_LIBRARY_PATH"] = ":".join(filter(None, folders))
    if blas:
        check.environment["CUBLAS_PATH"] = blas
    machine = {"libcuda": driver, "libcublas": blas, "python": sys.version.split()[0], "cores": os.cpu_count()}
    machine |= {"glibc": os.confstr("CS_GNU_LIBC_VERSION")}
    if shutil.which("nvidia-smi"):
        query = check.command(["nvidia-smi", f"--query-gpu={','.join(CARD)}", "--format=csv,noheader"], 20)
        machine |= dict(zip(CARD, last_line(query.text).split(", ")))
    check.figures["machine"] = machine
    check.command(["uname", "-a"], 10)
    # The plain build finds ssdgm-cuda beside itself, and asks it.
    doctor = check.command([check.bin / "ssdgm", "doctor"], 60).must("ssdgm doctor")
    cuda = [line for line in doctor.text.splitlines() if re.match(r"(cuda|card|driver|cublas)", line)]
    if not driver:
        raise Failed("libcuda.so.1: not found; no stage that needs a card can run")
    name = machine.get("name", "no nvidia-smi")
    return {"says": f"{name}, driver {machine.get('driver_version')}, libcublas {blas or 'not found'}", "doctor": cuda}


def test_counts(text):
    """How many tests passed, failed and were skipped, parts of tests counted too."""
    return {word: len(re.findall(rf"^\s*--- {word.upper()}", text, re.MULTILINE)) for word in ("pass", "fail", "skip")}


def run_tests(check, binary, folder, pattern):
    """One of the test binaries, in the folder of its package."""
    (check.root / folder).mkdir(parents=True, exist_ok=True)
    limit = f"-test.timeout={check.seconds_left():.0f}s"
    done = check.command([check.bin / binary, "-test.v", f"-test.run={pattern}", limit], folder=check.root / folder)
    counts = test_counts(done.text)
    if done.code != 0 or counts["fail"]:
        failed = re.findall(r"^\s*--- FAIL: (\S+)", done.text, re.MULTILINE)
        done.must(f"{binary}: {counts['fail']} of {sum(counts.values())} tests fail ({', '.join(failed[-3:])})")
    return counts, done


def suite(check):
    """The conformance suite, and the device's and the models' other tests, on the card."""
    device, done = run_tests(
        check, "cuda.test", "engine/cuda", "TestConformance/cuda/Marginalise" if check.rehearse else "."
    )
    models, _ = run_tests(check, "model.test", "model", "TestACUDAStep" if check.rehearse else "CUDA|Golden")
    skipped = sorted(set(re.findall(r"^\s*--- SKIP: (\S+)", done.text, re.MULTILINE)))
    says = f"{device['pass']} tests of the device, {models['pass']} of the models"
    says += f"; {device['skip'] + models['skip']} that need the stand-in driver skipped"
    return {"says": says, "device": device, "models": models, "skipped": skipped}


def short_run(check, out, *settings, program="ssdgm-cuda", device="cuda", **environment):
    """A short M1+M2 run into a new folder; gives its model file."""
    folder = check.work / out
    config = check.root / "cmd" / "ssdgm" / "testdata" / "tiny.toml" if check.rehearse else "default.toml"
    # Whatever M1 has learned so far, M2 sees all of it.
    changed = ["yardstick=false", "m1.keep_above=0", *settings]
    arguments = [check.bin / program, "train", config, "--out", folder, "--device", device]
    arguments += [word for setting in changed for word in ("--set", setting)]
    check.command(arguments, **environment).must(f"a short run on {device}")
    return folder / "model.safetensors"


def steps_of(phase, steps):
    return [f"{phase}.train.epochs=0", f"{phase}.train.steps={steps}"]


def determinism(check):
    """Two runs of one configuration and seed end in the same bytes, in each precision."""
    steps = 10 if check.rehearse else 500
    settings = [*steps_of("m1", steps), *steps_of("m2", steps)]
    says = []
    for precision in ("fp32", "tf32"):
        files = [
            short_run(check, f"same-{precision}-{program}", f"precision={precision}", *settings, program=program)
            for program in ("ssdgm", "ssdgm-cuda")
        ]
        for name in ("model.safetensors", "metrics.jsonl"):
            first, second = (file.with_name(name).read_bytes() for file in files)
            if first != second:
                raise Failed(f"{precision}: two runs of {steps} + {steps} steps differ in {name}")
        says.append(f"{precision}: {files[0].stat().st_size} bytes the same")
    return {"says": f"{steps} + {steps} steps twice, " + ", ".join(says)}


def read_safetensors(path):
    """Name → array of float32."""
    content = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            tensors[name] = array.array("f", data[begin:end])
    return tensors


def relative_difference(found, wanted):
    """Relative L2 distance over all tensors, and the tensor that is farthest away."""
    if found.keys() != wanted.keys():
        raise Failed(f"the runs hold other parameters: {sorted(found.keys() ^ wanted.keys())}")
    distance, norm = {}, {}
    for name, values in wanted.items():
        distance[name] = sum((a - b) ** 2 for a, b in zip(found[name], values))
        norm[name] = sum(b * b for b in values)
    worst = max(wanted, key=lambda name: distance[name] / norm[name] if norm[name] else distance[name])
    return math.sqrt(sum(distance.values()) / sum(norm.values())), worst


def trajectory(check):
    """50 steps of M1 and 50 of M2: the card may be off the CPU by what rounding does to the CPU itself.

    The measure is how far the CPU's plain kernels are from its fast ones: both round differently at every sum.
    """
    settings = [*steps_of("m1", 50), *steps_of("m2", 50), "m2.train.ema=0"]
    settings += [f"{phase}.train.optimiser.warmup_steps=0" for phase in ("m1", "m2")]
    wanted = read_safetensors(short_run(check, "cpu", *settings, device="cpu"))
    plain = read_safetensors(short_run(check, "plain", *settings, device="cpu", SSDGM_SIMD="portable"))
    found = read_safetensors(short_run(check, "card", *settings))
    rounding, _ = relative_difference(plain, wanted)
    difference, worst = relative_difference(found, wanted)
    allowed = 4 * rounding + 1e-6
    says = f"after 50 + 50 steps the parameters differ by {difference:.1e}, most in {worst}"
    says += f"; the CPU's two kernels by {rounding:.1e}"
    if not difference <= allowed:
        raise Failed(f"{says}; allowed are {allowed:.1e}")
    return {"says": says, "difference": difference, "rounding": rounding, "worst": worst}


def sanitizer(check):
    """compute-sanitizer's tools over the suite, and over the self-test, which runs every kernel.

    In the suite every array has memory of its own, so that memcheck sees whoever leaves it.
    """
    program = shutil.which("compute-sanitizer") or next(iter(glob.glob("/usr/local/cuda*/bin/compute-sanitizer")), None)
    if not program:
        raise NotRun("compute-sanitizer: not on this machine")
    self_test = {p: check.ours("bench", "--serve", "--device", "cuda", "--precision", p) for p in ("fp32", "tf32")}
    conformance = [check.bin / "cuda.test", "-test.run=TestConformance", "-test.v"]
    jobs = [("memcheck", "tf32", self_test["tf32"]), ("racecheck", "tf32", self_test["tf32"])]
    jobs += [("memcheck", "fp32", self_test["fp32"]), ("racecheck", "fp32", self_test["fp32"])]
    jobs += [("initcheck", "fp32", self_test["fp32"]), ("memcheck", "suite", conformance)]
    found, clean = {}, []
    for i, (tool, what, command) in enumerate(jobs):
        limit = check.seconds_left() / (len(jobs) - i) + 5
        done = check.command([program, "--tool", tool, "--error-exitcode", "9", "--print-limit", "20", *command], limit)
        summary = re.findall(r"={9} (?:ERROR|RACECHECK) SUMMARY: (.*)", done.text)
        name, text = f"{tool} {what}", summary[-1] if summary else last_line(done.text)
        if done.code == 0 and summary and re.match("0 ", text):
            clean.append(name)
        else:
            found[name] = "not done in time" if done.late else text
    says = "; ".join([f"clean: {', '.join(clean) or 'none'}", *(f"{name}: {text}" for name, text in found.items())])
    if any(text != "not done in time" for text in found.values()):
        raise Failed(says)
    return {"says": says}
