"""Methods of `Dictionary` that are written in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from unbraid._arrays import (
    Clip,
    Silent,
    as_clips,
    as_count,
    as_divergence,
    as_rate,
    as_silent,
)
from unbraid._unbraid import Dictionary, UnbraidError


def from_matrix(
    W: npt.ArrayLike,
    sr: Any,
    n_fft: int,
    hop_length: int,
    sources: Mapping[str, Sequence[int]] | Sequence[str] | None,
    mode: str,
    transpose: int,
    divergence: str | float,
) -> Dictionary:
    array = np.asarray(W)
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise UnbraidError(
            f"W has the shape {array.shape} and type {array.dtype}, not bins × components of real "
            "numbers"
        )
    n_fft = as_count(n_fft, "n_fft", 2)
    hop_length = as_count(hop_length, "hop_length", 1)
    bins, components = array.shape
    if components == 0:
        raise UnbraidError("W has no columns: give at least one component")
    if bins != n_fft // 2 + 1:
        hint = ": transpose it" if components == n_fft // 2 + 1 else ""
        raise UnbraidError(f"W has {bins} rows, but n_fft={n_fft} has {n_fft // 2 + 1} bins{hint}")
    if sources is None:
        sources = [f"component-{k + 1:02}" for k in range(components)]
    if not isinstance(sources, Mapping):
        if len(sources) != components:
            raise UnbraidError(
                f"{len(sources)} names for {components} components: give one for each, or a "
                "mapping from names to their components"
            )
        if len(set(sources)) < components:
            raise UnbraidError(
                "two components have one name: use a mapping from names to components"
            )
        sources = {name: [k] for k, name in enumerate(sources)}
    grouped = {
        name: [as_count(k, f"a component of {name!r}", 0, components - 1) for k in ks]
        for name, ks in sources.items()
    }
    rest = grouped.pop("rest", None)
    # Columns may have sums beyond the range of 32 bits; powers of two change no digit.
    wide = array.astype(np.float64)
    sums = wide.sum(axis=0)
    extreme = np.isfinite(sums) & (sums > 0) & ((sums < 1e-9) | (sums > 1e9))
    exponents = np.floor(np.log2(np.where(extreme, sums, 1)))
    scaled = np.ldexp(wide, -exponents.astype(int))
    return Dictionary._from_matrix(
        np.ascontiguousarray(scaled, dtype=np.float32),
        as_rate(sr),
        n_fft,
        hop_length,
        list(grouped.items()),
        rest,
        mode,
        as_count(transpose, "transpose", 0),
        as_divergence(divergence),
    )


def with_rest(
    dictionary: Dictionary,
    mixture: Clip | Sequence[Clip],
    sr: int | None,
    silent: Silent | None,
    progress: Callable[[float], object] | None,
) -> Dictionary:
    clips = as_clips(mixture, sr, "mixture")
    return dictionary._with_rest(clips, as_silent(silent), progress)


def plot(dictionary: Dictionary, ax: Any) -> Any:
    """Draws the spectra of each source, one column for each component, relative to its maximum."""
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots()
    sources = dict(dictionary.sources)
    if dictionary.rest:
        sources["rest"] = dictionary.rest
    order = [k for components in sources.values() for k in components]
    spectra = dictionary.W[:, order]
    peaks = np.maximum(spectra.max(axis=0), np.finfo(np.float32).tiny)
    level_db = 20 * np.log10(np.maximum(spectra / peaks, 1e-3))
    hz = np.arange(len(level_db)) * dictionary.sr / dictionary.n_fft
    ax.pcolormesh(
        np.arange(len(order) + 1) - 0.5,
        np.append(hz, hz[-1]),
        level_db,
        vmin=-60,
        vmax=0,
        cmap="magma",
        rasterized=True,
    )
    ax.set_yscale("symlog", linthresh=200)
    ax.set_ylim(30, dictionary.sr / 2)
    ax.set_xlabel("component")
    ax.set_ylabel("frequency in Hz")
    start = 0
    for name, components in sources.items():
        middle = start + (len(components) - 1) / 2
        ax.annotate(
            name,
            (middle, 1.01),
            xycoords=("data", "axes fraction"),
            ha="center",
            color=dictionary.colors[name],
            weight="bold",
        )
        start += len(components)
        ax.axvline(start - 0.5, color="white", linewidth=0.5)
    return ax
