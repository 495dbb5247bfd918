"""Classify rows with onnxruntime on request, so that ssdgm and it can run in turns.

    onnxruntime_classify.py MODEL ROWS THREADS

ROWS is a file of what the network in MODEL takes, one row after the other. It prints READY when it can be asked. A line `answers PATH` has it
classify all rows and write their probabilities, float32, to the file PATH; a line `BATCH SECONDS` has it classify so many
rows a call for so long. Either is answered by a line of JSON with `rows_per_s`.
"""

import json
import sys
import time

import numpy as np
import onnxruntime


def main() -> None:
    model, path, threads = sys.argv[1:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    elements = np.uint8 if given.type == "tensor(uint8)" else np.float32
    rows, name = np.fromfile(path, dtype=elements).reshape(-1, given.shape[1]), given.name
    print("READY", flush=True)
    for line in sys.stdin:
        what, argument = line.rstrip("\n").split(" ", 1)
        start, done = time.perf_counter(), 0
        if what == "answers":
            probabilities, = session.run(["probabilities"], {name: rows})
            probabilities.tofile(argument)
            done = len(rows)
        else:
            batch, first = int(what), 0
            while time.perf_counter() - start < float(argument):
                session.run(["probabilities"], {name: rows[first : first + batch]})
                done += batch
                first = first + batch if first + 2 * batch <= len(rows) else 0
        print(json.dumps({"rows_per_s": done / (time.perf_counter() - start)}), flush=True)


main()
