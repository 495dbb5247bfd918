# Writes the tables of these examples from scikit-learn's data sets: python3 make.py, with scikit-learn 1.9.1, pandas 3.1.1.
# Of the wines 12 of each cultivar keep their label, of the tumours 25 of each kind; 3 in 10 and 1 in 5 are for the test.
# Six of the test wines are also bottles whose cultivar nobody has told: wine-new.csv and wine-gaps.csv.
import gzip

import numpy as np
import pandas
from sklearn.datasets import load_breast_cancer, load_digits, load_wine


def parts(name, bunch, label, kept, test, write):
    table = bunch.data.copy()
    table[label] = [str(bunch.target_names[t]) for t in bunch.target]
    table = table.iloc[np.random.default_rng(2014).permutation(len(table))]
    place = table.groupby(label).cumcount()
    apart = place < (table[label].map(table[label].value_counts()) * test).round()
    train = table[~apart].copy()
    train.loc[train.groupby(label).cumcount() >= kept, label] = ""
    write(name, train)
    write(f"{name}-test", table[apart])
    return table[apart]


def text(name, table):
    table.to_csv(f"{name}.csv", index=False)


def packed(name, table):
    table.to_csv(f"{name}.csv.gz", index=False, compression={"method": "gzip", "mtime": 0})


def bottles(wines):
    """Two wines of each cultivar: without it, with a name, and the measurements the other way round."""
    few = wines.groupby("cultivar").head(2).drop(columns="cultivar").iloc[:, ::-1].reset_index(drop=True)
    few.insert(0, "bottle", list("ABCDEF"))
    slip = few.iloc[[0]].assign(bottle="G", alcohol=few.alcohol[0] * 10)  # A again, its decimal point mistaken
    text("wine-new", pandas.concat([few, slip]))
    for row, missing in enumerate([["alcohol"], ["proline", "hue"], ["flavanoids"], [], ["ash", "magnesium"], ["color_intensity"]]):
        few.loc[row, missing] = np.nan
    text("wine-gaps", few)


bottles(parts("wine", load_wine(as_frame=True), "cultivar", 12, 0.3, text))
parts("breast-cancer", load_breast_cancer(as_frame=True), "diagnosis", 25, 0.2, packed)

digits = load_digits()
order = np.random.default_rng(2014).permutation(len(digits.target))
lines = [",".join([f"p{i}" for i in range(64)] + ["digit"])]
for i in order:
    lines.append(",".join(str(int(v)) for v in [*digits.data[i], digits.target[i]]))
with gzip.GzipFile("digits.csv.gz", "wb", mtime=0) as file:
    file.write(("\n".join(lines) + "\n").encode())
