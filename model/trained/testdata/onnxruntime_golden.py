"""Run exported networks with onnxruntime and print what they give, with their digests.

    python model/trained/testdata/onnxruntime_golden.py FOLDER > model/trained/testdata/onnxruntime.json

FOLDER is what 'go test ./model/trained -run ONNX -onnx FOLDER' leaves.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime


def main() -> None:
    networks = {}
    for path in sorted(Path(sys.argv[1]).glob("*.onnx")):
        onnx.checker.check_model(str(path), full_check=True)
        value = json.loads(path.with_suffix(".json").read_text())
        pixels = np.array(value["Data"], dtype=np.float32).reshape(value["Shape"])
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        values = session.run(names, {session.get_inputs()[0].name: pixels})
        networks[path.stem] = {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "outputs": {name: value.flatten().tolist() for name, value in zip(names, values, strict=True)},
        }
    json.dump({"onnxruntime": onnxruntime.__version__, "networks": networks}, sys.stdout, indent=1)
    print()


main()
