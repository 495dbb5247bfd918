"""Writes the fixtures of the formats' tests, as independent programs write them, and expected.json, what each one holds.

Made with Python 3.11.7, numpy 2.4.6, scipy 1.17.1, pandas 3.1.1 and idx2numpy 1.2.3, by

    python make.py

in this folder. The tests never run it. A fixture is added by a call of case() below.
"""

import csv
import gzip
import json
import math

import idx2numpy
import numpy as np
import pandas as pd
import scipy.sparse as sp

cases = []


def text(value):
    """The shortest form of a cell; empty where it is missing."""
    if value is None or isinstance(value, (float, np.floating)) and math.isnan(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return str(int(value)) if float(value).is_integer() else str(value)
    return value.decode() if isinstance(value, bytes) else str(value)


def number(value):
    """A cell as float32; null where it is missing."""
    value = float(np.float32(value)) if value is not None else math.nan
    return None if math.isnan(value) else value


def case(file, rows, names=None, words=(), shape=None, options=None, index=False, **flags):
    """A fixture: rows of cells, as they are read, of which a few are kept; columns of words are read as texts only."""
    total, kept = len(rows), 5 if len(rows[0]) < 100 else 1
    rows = [list(row) for row in rows[:kept]]
    width = len(rows[0])
    cases.append({
        "file": file, "options": options or {}, "names": names or [""] * width, "shape": shape or [1, width, 1],
        "texts": [[text(v) for v in row] for row in rows],
        "columns": [i for i in range(width) if i not in words],
        "numbers": [[number(v) for i, v in enumerate(row) if i not in words] for row in rows],
        "rows": total, "index": index, "bytes": flags.get("bytes", False), "sparse": flags.get("sparse", False),
    })


def texts():
    frame = pd.DataFrame({
        "mean radius (cm)": [17.99, 20.57, math.nan, 11.42], "area, mean": [1001, 1326, 1203, 386],
        "kind": ["malignant", "benign", None, "grün"],
    })
    names, rows = list(frame.columns), frame.values.tolist()
    rows = [[None if isinstance(v, float) and math.isnan(v) else v for v in row] for row in rows]

    def table(file, **options):
        frame.to_csv(file, index=False, **options)
        case(file, rows, names, words=[2])

    table("pandas.csv")
    table("pandas.tsv", sep="\t")
    table("pandas-semicolon.csv", sep=";", decimal=",")
    table("pandas-bar.txt", sep="|", na_rep="NA")
    table("pandas-bom-windows.csv", encoding="utf-8-sig", lineterminator="\r\n")
    table("pandas-quoted.csv", quoting=csv.QUOTE_ALL)
    table("pandas.csv.gz", compression={"method": "gzip", "mtime": 0})
    frame.to_csv("pandas-index.csv")
    case("pandas-index.csv", [[i] + row for i, row in enumerate(rows)], [""] + names, words=[3], index=True)
    frame.iloc[[2, 0, 3, 1]].to_csv("pandas-shuffled.csv")
    case("pandas-shuffled.csv", [[i] + rows[i] for i in [2, 0, 3, 1]], [""] + names, words=[3], index=True)
    pd.read_csv("pandas-index.csv").to_csv("pandas-unnamed.csv", index=False)
    case("pandas-unnamed.csv", [[i] + row for i, row in enumerate(rows)], ["Unnamed: 0"] + names, words=[3], index=True)
    labels = pd.DataFrame({"label": [0.0, math.nan, 2.0], "a": [True, False, True], "b": [0.5, 1e-7, -3.0]})
    labels.to_csv("pandas-labels.csv", index=False)
    case("pandas-labels.csv", [[0.0, "True", 0.5], [None, "False", 1e-7], [2.0, "True", -3.0]], ["label", "a", "b"],
         words=[1])
    square = np.array([[0.5, 7, 1e10], [-1.25, 0, 3]])
    np.savetxt("savetxt.txt", square)
    case("savetxt.txt", square)
    np.savetxt("savetxt-headed.csv", square, delimiter=",", header="a,b,c", comments="")
    case("savetxt-headed.csv", square, ["a", "b", "c"])
    pd.DataFrame(square).to_csv("pandas-numbered.csv")
    case("pandas-numbered.csv", [[i, *row] for i, row in enumerate(square)], ["", "0", "1", "2"], index=True)


def arrays():
    for descr in ["<f2", "<f4", "<f8", ">f4", ">f8", "|i1", "<i2", ">i2", "<u2", "<i4", ">u4", "<i8", ">i8", "<u8"]:
        table = np.array([[0, 1, 2.5], [-7, 100, 3]]).astype(descr) if "u" not in descr else \
            np.array([[0, 1, 2], [7, 100, 3]]).astype(descr)
        np.save(file := f"type-{descr.strip('<|').replace('>', 'big-')}.npy", table)
        case(file, table)
    np.save("type-b1.npy", truth := np.array([[True, False], [False, False]]))
    case("type-b1.npy", truth)
    np.save("vector.npy", vector := np.array([3, -1, 3]))
    case("vector.npy", vector[:, None])
    np.save("words.npy", words := np.array(["cat", "grün", "", "1.0"]))
    case("words.npy", [["cat"], ["grün"], [None], [1]], words=[0])
    np.save("words-big.npy", words.astype(">U4"))
    case("words-big.npy", [["cat"], ["grün"], [None], [1]], words=[0])
    np.save("bytes.npy", np.array([b"cat", b"dog", b"NA"]))
    case("bytes.npy", [["cat"], ["dog"], [None]], words=[0])
    np.save("missing.npy", missing := np.array([[1.5, math.nan], [math.nan, -2]], dtype="<f4"))
    case("missing.npy", missing)
    images = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)
    colours = np.arange(2 * 2 * 4 * 3, dtype=np.uint8).reshape(2, 2, 4, 3)
    planes = np.ascontiguousarray(colours.transpose(0, 3, 1, 2))
    for order in "CF":
        for name, array, flat, shape in [
            ("table", images[:, :, 0], images[:, :, 0], [1, 4, 1]),
            ("images", images, images, [4, 5, 1]), ("colours", colours, colours, [2, 4, 3]),
            ("planes", planes, colours, [2, 4, 3]),
        ]:
            np.save(file := f"{name}-{order}.npy", np.asarray(array, order=order))
            case(file, flat.reshape(len(flat), -1), shape=shape, bytes=True)
    with gzip.GzipFile("images-F.npy.gz", "wb", mtime=0) as out:
        np.save(out, np.asfortranarray(images))
    case("images-F.npy.gz", images.reshape(3, -1), shape=[4, 5, 1], bytes=True)


def archives():
    x = np.array([[0.5, -1, 2], [3, 4, 5], [6, 7, 8], [9, 1, 2]], dtype=np.float32)
    y = np.array([1, 0, 2, 1], dtype=np.int64)
    both = [[*row, label] for row, label in zip(x, y)]
    np.savez("both.npz", X=x, y=y)
    case("both.npz", both, ["", "", "", "y"], shape=[1, 3, 1])
    np.savez_compressed("both-compressed.npz", X=x, y=y)
    case("both-compressed.npz", both, ["", "", "", "y"], shape=[1, 3, 1])
    np.savez("unnamed.npz", x, y[:, None])
    case("unnamed.npz", both, ["", "", "", "arr_1"], shape=[1, 3, 1])
    np.savez_compressed("fortran.npz", X=np.asfortranarray(x), labels=np.array([["a", "b", "a", "?"]]))
    case("fortran.npz", [[*row, w] for row, w in zip(x, ["a", "b", "a", None])], ["", "", "", "labels"], words=[3],
         shape=[1, 3, 1])
    np.savez("fortran-stored.npz", X=np.asfortranarray(x))
    case("fortran-stored.npz", x)
    np.save("labels-row.npy", y[None, :])
    case("labels-row.npy", y[None, :])
    parts = {"x_train": x, "y_train": y, "x_test": x[:2], "y_test": y[1:3]}
    np.savez_compressed("parts.npz", **parts)
    case("parts.npz", both, ["", "", "", "y_train"], shape=[1, 3, 1], options={"Variable": "x_train"})
    case("parts.npz", [[*row, label] for row, label in zip(x[:2], y[1:3])], ["", "", "", "y_test"], shape=[1, 3, 1],
         options={"Variable": "x_test"})
    case("parts.npz", y[:, None], options={"Variable": "y_train"})
    case("parts.npz", [[*row, label] for row, label in zip(x[:2], y[1:3])], ["", "", "", "y_test"], shape=[1, 3, 1],
         options={"Variable": "x_test", "Label": "y_test"})
    pictures = np.arange(2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 3)
    np.savez("pictures.npz", train_images=pictures, train_labels=np.array([[4], [2]], dtype=np.uint8),
             val_images=pictures[:1], val_labels=np.array([[4]], dtype=np.uint8))
    case("pictures.npz", [[*p.ravel(), label] for p, label in zip(pictures, [4, 2])], [""] * 6 + ["train_labels"],
         shape=[2, 3, 1], options={"Variable": "train_images"}, bytes=True)
    np.savez("objects.npz", X=x, note=np.array([{"a": 1}], dtype=object))
    case("objects.npz", x)


def matrices():
    dense = np.zeros((5, 4))
    dense[0, 1], dense[2, 3], dense[2, 0], dense[4, 2] = 1.5, -2, 7, 0.1
    rows, columns, values = [2, 4, 0, 2, 4], [3, 2, 1, 0, 2], [-2, 0.0625, 1.5, 7, 0.0375]  # one place twice
    for dtype in ["f8", "f4"]:
        matrix = sp.coo_matrix((np.array(values, dtype=dtype), (rows, columns)), shape=(5, 4))
        for form in ["csr", "csc", "coo"]:
            sp.save_npz(file := f"{form}-{dtype}.npz", matrix.asformat(form))
            case(file, matrix.toarray(), sparse=True)
    # Places out of order, and one twice, as SciPy allows.
    loose = sp.csr_array((np.array([1, 2, 4, 8], dtype=np.int32), [3, 0, 3, 1], [0, 3, 3, 4]), shape=(3, 5))
    sp.save_npz("csr-loose.npz", loose, compressed=False)
    case("csr-loose.npz", loose.toarray(), sparse=True)
    truth = sp.csr_matrix((np.array([True, True, True]), [0, 0, 1], [0, 2, 3]), shape=(2, 2))
    sp.save_npz("csr-truth.npz", truth)
    case("csr-truth.npz", truth.toarray(), sparse=True)
    sp.save_npz("csr-empty.npz", empty := sp.csr_matrix((3, 2)))
    case("csr-empty.npz", empty.toarray(), sparse=True)
    parts = {"format": b"csr", "shape": truth.shape, "data": truth.data, "indices": truth.indices, "indptr": truth.indptr}
    np.savez("csr-labels.npz", **parts, y=np.array(["a", "b"]))
    case("csr-labels.npz", [[1, 0, "a"], [0, 1, "b"]], ["", "", "y"], words=[2], shape=[1, 2, 1], sparse=True)
    sp.save_npz("bsr.npz", sp.bsr_matrix(dense))  # of a format that is refused


def idx():
    images = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    idx2numpy.convert_to_file("images-idx3-ubyte", images)
    case("images-idx3-ubyte", images.reshape(2, -1), shape=[3, 4, 1], bytes=True)
    for name, array in [
        ("labels-idx1-int", np.array([7, -1, 3], dtype="i4")),
        ("table-idx2-double", np.array([[0.5, -1], [3, 1e9]], dtype="f8")),
        ("table-idx2-short", np.array([[5, -1]], dtype="i2")),
        ("stereo-idx4-float", np.arange(16, dtype="f4").reshape(2, 2, 2, 2)),
    ]:
        idx2numpy.convert_to_file(name, array)
        case(name, array.reshape(len(array), -1))
    with gzip.GzipFile("images-idx3-ubyte.gz", "wb", mtime=0) as out, open("images-idx3-ubyte", "rb") as content:
        out.write(content.read())
    case("images-idx3-ubyte.gz", images.reshape(2, -1), shape=[3, 4, 1], bytes=True)


def strangers():
    """The files in cases/ were made by hand, after faults that people report: what NumPy and pandas read of them."""
    for name, options in [
        ("bom-no-heading", {"header": None}), ("label-last", {"header": None}), ("pandas-float-labels", {}),
        ("semicolon", {"sep": ";"}), ("sorted-by-class", {"header": None}),
    ]:
        frame = pd.read_csv(file := f"cases/csv-{name}.csv", encoding="utf-8-sig", **options)
        case(file, frame.values.tolist(), None if options.get("header", "") is None else list(frame.columns))
    for name in ["images-bigendian", "images-bool", "images-fortran", "labels-from-1", "labels-int8", "nchw"]:
        array = np.load(file := f"cases/npy-{name}.npy")
        bytes_, shape = array.dtype == np.uint8, [1, 1, 1]
        if name == "nchw":
            array = array.transpose(0, 2, 3, 1)
        if array.ndim > 1:
            shape = [*array.shape[1:], 1, 1, 1][:3] if array.ndim > 2 else [1, array.shape[1], 1]
        case(file, array.reshape(len(array), -1), shape=shape, bytes=bytes_)
    for name, dtype, shape in [("gz-zero-padding", "u1", [28, 28, 1]), ("labels-int32-idx2", ">i4", [1, 8, 1])]:
        with gzip.open(file := f"cases/idx-{name}.gz") as content:
            data = content.read()
        rank = data[3]
        dims = np.frombuffer(data, ">u4", rank, 4)
        array = np.frombuffer(data, dtype, -1, 4 + 4 * rank).reshape(dims)
        case(file, array.reshape(len(array), -1), shape=shape, bytes=dtype == "u1")


if __name__ == "__main__":
    strangers()
    texts()
    arrays()
    archives()
    matrices()
    idx()
    with open("expected.json", "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases) + "\n]\n")
