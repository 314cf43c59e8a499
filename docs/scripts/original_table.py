#!/usr/bin/env python3
"""The table of docs/decompose.md: `unbraid decompose` beside scikit-learn's NMF
and a plain NumPy SNPA, on one mixture with known stems.

    original_table.py DATA NAME=FOLDER [NAME=FOLDER ...]

DATA holds mixture.flac and a file for each stem; each FOLDER is what `unbraid
decompose` wrote from that mixture with --fft-size 4096 --hop 1024 --components
as many as there are stems, and NAME its row in the table.

"dB" is that of the original comparison: 10 log10 of a ratio of amplitudes,
|s| / |s - e|, so that true decibels are twice as many; each stem s takes the
component e that is best for it, and one component may serve several stems.
SI-SDR (Le Roux et al. 2019) is in true decibels, stems and components one to one.

Needs numpy, scipy, scikit-learn, librosa and soundfile.
"""

import sys
import warnings
from pathlib import Path

import librosa
import numpy as np
import soundfile
from scipy.optimize import linear_sum_assignment, nnls
from sklearn.decomposition import NMF

FRAMES = dict(n_fft=4096, hop_length=1024, pad_mode="constant")


def read(path):
    samples, rate = soundfile.read(path)
    assert samples.ndim == 1, f"{path}: not mono"
    return samples, rate


def ratio(signal, error):
    return 10 * np.log10(np.linalg.norm(signal) / np.linalg.norm(error))


def si_sdr(stem, estimate):
    target = (stem @ estimate) / (stem @ stem) * stem
    return 20 * np.log10(np.linalg.norm(target) / np.linalg.norm(estimate - target))


def row(name, stems, mixture, components):
    best = [max(ratio(s, s - e) for e in components) for s in stems]
    scores = np.array([[si_sdr(s, e) for e in components] for s in stems])
    stem, component = linear_sum_assignment(-scores)
    whole = ratio(mixture, mixture - sum(components))
    mean = scores[stem, component].mean()
    return (
        f"| {name} | {min(best):.2f} / {np.mean(best):.2f} / {max(best):.2f} "
        f"| {whole:.2f} | {mean:.2f} |"
    )


def simplex_rows(y, w, steps=500):
    """argmin |y - w h| over h >= 0, sum h <= 1, for every column of y: fast
    projected gradient (Nesterov), the constraint by sorting."""
    gram, products = w.T @ w, w.T @ y
    step = 1 / np.linalg.norm(gram, 2)
    h = np.zeros((w.shape[1], y.shape[1]))
    ahead, t = h, 1.0
    for _ in range(steps):
        new = project(ahead - step * (gram @ ahead - products))
        t_new = (1 + np.sqrt(1 + 4 * t * t)) / 2
        ahead = new + (t - 1) / t_new * (new - h)
        h, t = new, t_new
    return h


def project(h):
    """Onto h >= 0, sum h <= 1, column by column."""
    clipped = np.maximum(h, 0)
    outside = clipped.sum(0) > 1
    part = h[:, outside]
    descending = -np.sort(-part, axis=0)
    count = np.arange(1, h.shape[0] + 1)[:, None]
    excess = (np.cumsum(descending, 0) - 1) / count
    last = (descending > excess).sum(0) - 1
    clipped[:, outside] = np.maximum(part - excess[last, np.arange(part.shape[1])], 0)
    return clipped


def snpa(v, count):
    """Successive non-negative projection (Gillis 2014) on frames of sum 1."""
    sums = v.sum(0)
    m = v / np.where(sums > 0, sums, 1)
    picked, residual = [], m
    for _ in range(count):
        picked.append(int(np.argmax((residual**2).sum(0))))
        w = m[:, picked]
        residual = m - w @ simplex_rows(m, w)
    w = v[:, picked]
    return picked, w, np.stack([nnls(w, frame)[0] for frame in v.T], 1)


def products(w, h, spectra, length):
    phase = np.exp(1j * np.angle(spectra))
    return [
        librosa.istft(np.outer(w[:, k], h[k]) * phase, hop_length=FRAMES["hop_length"], length=length)
        for k in range(w.shape[1])
    ]


def main():
    data, folders = Path(sys.argv[1]), [word.split("=", 1) for word in sys.argv[2:]]
    mixture, rate = read(data / "mixture.flac")
    stems = [read(path)[0] for path in sorted(data.glob("*.flac")) if path.stem != "mixture"]
    spectra = librosa.stft(mixture, **FRAMES)
    v = np.abs(spectra)
    print('| method | "dB" min / mean / max | reconstruction "dB" | SI-SDR, one to one |')
    print("| --- | --- | --- | --- |")
    for name, folder in folders:
        files = sorted(Path(folder).glob("component-*.wav"))
        print(row(name, stems, mixture, [read(path)[0] for path in files]))

    warnings.filterwarnings("ignore")
    for name, options in [
        ("scikit-learn NMF, default", {}),
        ("scikit-learn NMF, random start", dict(init="random", random_state=0)),
    ]:
        nmf = NMF(len(stems), max_iter=1000, **options)
        w = nmf.fit_transform(v)
        components = products(w, nmf.components_, spectra, len(mixture))
        print(row(name, stems, mixture, components))
    picked, w, h = snpa(v, len(stems))
    print(row("NumPy SNPA", stems, mixture, products(w, h, spectra, len(mixture))))
    print(f"\nNumPy SNPA's columns: {picked}")
    for name, folder in folders:
        factors = np.load(Path(folder) / "factors.npz")
        if "columns" in factors:
            print(f"{name}'s columns: {factors['columns'].tolist()}")


if __name__ == "__main__":
    main()
