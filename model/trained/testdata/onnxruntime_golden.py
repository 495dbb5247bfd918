"""Run exported networks with onnxruntime and print what they give, with their digests.

    python model/trained/testdata/onnxruntime_golden.py FOLDER > model/trained/testdata/onnxruntime.json

FOLDER is what 'go test ./model/trained -run ONNX -onnx FOLDER' leaves. It fails where onnxruntime takes an input of
another type or width, or a label that is none.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

# What tells of a refused input would otherwise be told on the terminal too.
onnxruntime.set_default_logger_severity(4)


def given(array: dict) -> np.ndarray:
    """An array as the test wrote it: float32 by their bits, or whole numbers."""
    if array["Type"] == "float32":
        return np.array(array["Floats"], dtype=np.uint32).view(np.float32).reshape(array["Shape"])
    return np.array(array["Whole"], dtype=array["Type"]).reshape(array["Shape"])


def refused(session: onnxruntime.InferenceSession, inputs: dict[str, np.ndarray]) -> bool:
    try:
        session.run(None, inputs)
    except Exception:
        return True
    return False


def wrong(inputs: dict[str, np.ndarray]):
    """Inputs that no network may take."""
    for name, array in inputs.items():
        other = np.float32 if array.dtype != np.float32 else np.uint8
        yield f"{name} as {other.__name__}", inputs | {name: np.zeros(array.shape, other)}
        yield f"{name} as float64", inputs | {name: np.zeros(array.shape, np.float64)}
        if array.ndim == 2:
            yield f"{name} a column short", inputs | {name: array[:, 1:]}
            yield f"{name} a column long", inputs | {name: np.concatenate([array, array[:, :1]], axis=1)}
            yield f"{name} as one row", inputs | {name: array[0]}
    if "label" in inputs:
        for label in (-1, -3, 3):
            yield f"label {label}", inputs | {"label": np.full_like(inputs["label"], label)}


def rounded(value: float) -> float | None:
    """A float32 in as few digits as tell it; JSON has no NaN."""
    return None if np.isnan(value) else float(format(value, ".9g"))


def main() -> None:
    networks, failed = {}, False
    for path in sorted(Path(sys.argv[1]).glob("*.onnx")):
        onnx.checker.check_model(str(path), full_check=True)
        inputs = {name: given(array) for name, array in json.loads(path.with_suffix(".json").read_text()).items()}
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        values = session.run(names, inputs)
        for what, others in wrong(inputs):
            if not refused(session, others):
                print(f"{path.stem}: takes {what}", file=sys.stderr)
                failed = True
        networks[path.stem] = {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "outputs": {
                name: [rounded(v) for v in value.flatten().tolist()] for name, value in zip(names, values, strict=True)
            },
        }
    if failed:
        sys.exit(1)
    lines = [f' {json.dumps(name)}: {json.dumps(network)}' for name, network in networks.items()]
    print(f'{{"onnxruntime": {json.dumps(onnxruntime.__version__)}, "networks": {{\n' + ",\n".join(lines) + "\n}}")


main()
