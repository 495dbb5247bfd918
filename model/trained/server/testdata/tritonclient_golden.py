"""Writes tritonclient.json: requests as tritonclient makes them, for a model of 16 pixels in three classes.

    python tritonclient_golden.py > tritonclient.json

It was made with tritonclient 2.73.0 and numpy 2.4.6.
"""

import base64
import json

import numpy as np
import tritonclient.http as http

rows = (np.arange(32, dtype=np.float32) / 31).reshape(2, 16)
pixels = np.arange(0, 256, 8, dtype=np.uint8).reshape(2, 4, 4)


def tensor(name, values, datatype, binary=True):
    t = http.InferInput(name, list(values.shape), datatype)
    t.set_data_from_numpy(values, binary_data=binary)
    return t


def names(*words):
    return np.array([w.encode() for w in words], dtype=np.object_)


requests = [
    ("as it comes", "classifier", [tensor("rows", rows, "FP32")], None),
    ("bytes of images", "classifier", [tensor("rows", pixels, "UINT8")], None),
    ("double", "classifier", [tensor("rows", rows.astype(np.float64), "FP64")], None),
    ("as JSON", "classifier", [tensor("rows", rows, "FP32", False)],
     [http.InferRequestedOutput("probabilities", binary_data=False), http.InferRequestedOutput("class", binary_data=False)]),
    ("both", "classifier", [tensor("rows", rows, "FP32")],
     [http.InferRequestedOutput("class", binary_data=False), http.InferRequestedOutput("probabilities")]),
    ("latents", "encoder", [tensor("rows", rows, "FP32")], None),
    ("classes by name", "generator", [tensor("class", names("b", "a", "b"), "BYTES"),
                                      tensor("seed", np.array([7], dtype=np.int64), "INT64")], None),
    ("classes by number", "generator", [tensor("class", np.array([1, 0, 1], dtype=np.int64), "INT64", False),
                                        tensor("seed", np.array([7], dtype=np.int64), "INT64", False)],
     [http.InferRequestedOutput("rows")]),
]

golden = []
for name, model, inputs, outputs in requests:
    body, header = http.InferenceServerClient.generate_request_body(inputs, outputs=outputs, request_id=name)
    golden.append({
        "name": name, "model": model, "header": header,
        "body": base64.b64encode(body if isinstance(body, bytes) else body.encode()).decode(),
    })
print(json.dumps(golden, indent=1))
