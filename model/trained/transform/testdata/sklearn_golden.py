"""What scikit-learn makes of a small table, for TestTransformationsAreScikitLearns.

    pip install scikit-learn==1.7.2 && python testdata/sklearn_golden.py > testdata/sklearn.json
"""

import json

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

random = np.random.default_rng(13)
base = random.normal(size=(23, 3))
x = np.column_stack([
    np.exp(2 * base[:, 0]),                                # positive and skew
    5 + 0.01 * base[:, 1],                                 # small beside its mean
    np.round(900 + 300 * base[:, 2] + 90 * base[:, 0]),    # large whole numbers
    np.full(23, 7.5),                                      # constant
    np.abs(base[:, 1] + base[:, 2]),
]).astype(np.float32)
gaps = x.copy()
gaps[2, 0] = gaps[5, 4] = gaps[6, 4] = np.nan
wide = x.astype(np.float64)


def rows(a):
    return [[None if v != v else float(v) for v in row] for row in a]


def pca(a, k, whiten):
    p = PCA(n_components=k, whiten=whiten, svd_solver="full").fit(a)
    return {"rows": rows(p.transform(a)), "explained": float(p.explained_variance_ratio_.sum()),
            "inverse": rows(p.inverse_transform(p.transform(a)))}


standard = StandardScaler().fit_transform(wide)
filled = SimpleImputer().fit_transform(gaps.astype(np.float64))
print(json.dumps({
    "scikit-learn": sklearn.__version__,
    "x": rows(x),
    "gaps": rows(gaps),
    "standard": rows(standard),
    "robust": rows(RobustScaler(unit_variance=True).fit_transform(wide)),
    "minmax": rows(MinMaxScaler().fit_transform(wide)),
    "log1p": rows(StandardScaler().fit_transform(np.log1p(wide))),
    "gaps_minmax": rows(MinMaxScaler().fit(gaps.astype(np.float64)).transform(filled)),
    "gaps_mask": rows(StandardScaler().fit_transform(gaps.astype(np.float64))),
    "pca": pca(wide, 3, False),
    "whitened": pca(standard, 4, True),
}, indent=None))
