# Writes the tables of own.txtar as people write them: python3 make.py, with pandas 3.1.1, pyarrow 26.0.1, scipy 1.17.1.
import numpy as np
import pandas as pd
import scipy.io

rng = np.random.default_rng(0)
n = 40
y = np.arange(n) % 2
x = (rng.normal(size=(n, 4)) + 2 * y[:, None]) * [1, 10, 100, 0.1]
x = x.round(2)
table = pd.DataFrame(x, columns=["height", "weight", "income", "ratio"])
table["group"] = np.where(y == 1, "case", "control")

table.to_csv("table.csv", index=False)
table.to_csv("index.csv")
table.to_csv("european.csv", index=False, sep=";", decimal=",", encoding="utf-8-sig")
table.to_csv("table.tsv.gz", index=False, sep="\t", compression={"method": "gzip", "mtime": 0})
table.to_parquet("table.parquet")
np.save("X.npy", x.astype("float32"))
np.save("y.npy", y + 1)
np.savez("parts.npz", x_train=x[:30].astype("float32"), y_train=y[:30], x_test=x[30:].astype("float32"), y_test=y[30:])
scipy.io.savemat("table.mat", {"X": x, "y": y.reshape(1, -1)})

messy = table.copy()
messy.insert(0, "patient_id", 1000 + 7 * np.arange(n) ** 2)
messy["city"] = rng.choice(["Rome", "Oslo", "Bern"], n)
messy.loc[rng.choice(n, 10, replace=False), "weight"] = np.nan
messy.loc[np.arange(n) % 5 > 1, "group"] = np.nan
messy.to_csv("messy.csv", index=False)

table[(y == 0) | (np.arange(n) % 10 == 1)].to_csv("unequal.csv", index=False)
marked = table.copy()
marked["group"] = np.where(np.arange(n) % 4 < 2, y, -1)
marked.to_csv("minus.csv", index=False)
marked["group"] = np.where(np.arange(n) % 4 < 2, y, np.nan)
marked.to_csv("float.csv", index=False)
table.drop(columns="group").to_csv("unlabelled.csv", index=False)
table[:30].to_csv("train.csv", index=False)
table[30:][["group", "ratio", "income", "weight", "height"]].to_csv("test.csv", index=False)
