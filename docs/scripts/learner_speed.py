#!/usr/bin/env python3
"""NMF with the Kullback-Leibler divergence in Python packages, side by side: the table of
docs/performance.md.

    learner_speed.py STEMS [ROUNDS]

STEMS holds audio files that are added up (assets/demo/test); 100 updates with 32 components on the
magnitudes of their sum, in frames of 2048 samples with a hop of 512, from one start, with one
thread. The packages take turns; printed are the minimum and the median of the rounds in seconds,
and the divergence at the end.

Needs unbraid, librosa, scikit-learn, torchnmf, nimfa.
"""

import os
import pathlib
import statistics
import sys
import time
import warnings

for library in ["OMP", "OPENBLAS", "MKL", "RAYON"]:
    os.environ[f"{library}_NUM_THREADS"] = "1"

import librosa  # noqa: E402
import numpy as np  # noqa: E402
import sklearn.decomposition  # noqa: E402
import torch  # noqa: E402
from torchnmf.nmf import NMF as TorchNMF  # noqa: E402

import unbraid  # noqa: E402
from unbraid.decomposition import NMF  # noqa: E402

# nimfa 1.4.0 uses a name that NumPy 2 has removed.
np.mat = np.asmatrix
import nimfa  # noqa: E402

COMPONENTS, UPDATES = 32, 100

warnings.simplefilter("ignore")
torch.set_num_threads(1)
stems = sorted(pathlib.Path(sys.argv[1]).glob("*.flac"))
song = np.sum([unbraid.io.read(stem)[0] for stem in stems], axis=0)
V = np.abs(librosa.stft(song, n_fft=2048, hop_length=512)).astype(np.float32)
X = np.ascontiguousarray(V.T)
random = np.random.default_rng(0)
W = random.random((V.shape[0], COMPONENTS), np.float32) + np.float32(0.01)
H = (random.random((COMPONENTS, V.shape[1]), np.float32) + np.float32(0.01)) * V.mean()


def divergence(w, h):
    model = np.maximum(w @ h, 1e-30)
    return float(np.sum(V * np.log(np.maximum(V, 1e-30) / model) - V + model, dtype=np.float64))


def ours(solver, updates=UPDATES):
    model = NMF(COMPONENTS, init="custom", solver=solver, tol=0, max_iter=updates)
    h = model.fit_transform(X, W=H.T, H=W.T)
    return model, h.T


def unbraid_as_published():
    model, h = ours("mu")
    return model.components_.T, h


def unbraid_fast():
    model, h = ours("fast", fast_updates)
    return model.components_.T, h


def scikit_learn():
    model = sklearn.decomposition.NMF(
        COMPONENTS,
        init="custom",
        solver="mu",
        beta_loss="kullback-leibler",
        tol=0,
        max_iter=UPDATES,
    )
    w = model.fit_transform(V, W=W.copy(), H=H.copy())
    return w, model.components_


def torchnmf():
    model = TorchNMF(W=torch.tensor(W), H=torch.tensor(H.T.copy()))
    model.fit(torch.tensor(X), beta=1, tol=0, max_iter=UPDATES)
    return model.W.detach().numpy(), model.H.detach().numpy().T


def nimfa_64_bit():
    wide = [matrix.astype(float) for matrix in (V, W, H)]
    settings = {"update": "divergence", "objective": "div", "max_iter": UPDATES, "seed": None}
    fit = nimfa.Nmf(wide[0], rank=COMPONENTS, W=wide[1], H=wide[2], **settings)()
    return np.asarray(fit.basis()), np.asarray(fit.coef())


# As many as reach the divergence of the published updates.
goal = ours("mu")[0].objective_[-1]
fast_updates = int(np.argmax(ours("fast")[0].objective_ <= goal))
methods = [unbraid_as_published, unbraid_fast, scikit_learn, torchnmf, nimfa_64_bit]
seconds = {method: [] for method in methods}
final = {}
for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 5):
    for method in methods:
        start = time.perf_counter()
        factors = method()
        seconds[method].append(time.perf_counter() - start)
        final[method] = divergence(*factors)
print(f"{V.shape[0]} x {V.shape[1]}, K {COMPONENTS}; unbraid_fast: {fast_updates} updates")
for method, times in seconds.items():
    print(
        f"{method.__name__:22}{min(times):8.3f}{statistics.median(times):8.3f}{final[method]:10.0f}"
    )
