"""Checks of what users give, before it goes to the engine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unbraid import _unbraid
from unbraid._unbraid import UnbraidError

#: Audio, channels × samples or samples.
Audio = npt.ArrayLike
Path = str | os.PathLike[str]
#: Something to learn from: audio, or a file.
Clip = Audio | Path
#: Passages of each source in seconds.
Silent = Mapping[str, Iterable[tuple[float, float]]]


def as_channels(y: Audio, name: str) -> npt.NDArray[np.float32]:
    """`y` as ``float32``, channels × samples; not copied if it is that already.

    Raises:
        UnbraidError: If it is not floating point, or not one or two channels of samples.
    """
    array = np.asarray(y)
    if not np.issubdtype(array.dtype, np.floating):
        raise UnbraidError(
            f"{name} has the type {array.dtype}, not floating point with full scale ±1: divide "
            "integers by their full scale (16 bits: y / 32768)"
        )
    if array.ndim == 1:
        array = array[np.newaxis, :]
    if array.ndim != 2 or array.shape[0] not in (1, 2):
        hint = ": transpose it" if array.ndim == 2 and array.shape[1] in (1, 2) else ""
        raise UnbraidError(
            f"{name} has the shape {np.shape(y)}, not (samples,) or (channels, samples) with 1 or "
            f"2 channels{hint}"
        )
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=np.float32)


def finite(audio: npt.NDArray[np.float32], name: str) -> npt.NDArray[np.float32]:
    """`audio`, if all samples are finite.

    Raises:
        UnbraidError: If one is not; it names the first.
    """
    bad = np.argwhere(~np.isfinite(audio))
    if len(bad):
        channel, sample = bad[0]
        raise UnbraidError(
            f"{name} has {audio[channel, sample]} at sample {sample} of channel {channel}: repair "
            "the samples, or replace them by 0"
        )
    return audio


def is_path(clip: object) -> bool:
    return isinstance(clip, (str, os.PathLike))


def as_clip(clip: Clip, sr: int | None, name: str) -> tuple[npt.NDArray[np.float32], int]:
    """Audio or a file as channels × samples, with its sample rate in Hz."""
    if is_path(clip):
        return _unbraid.read(os.fspath(clip))  # type: ignore[arg-type]
    if sr is None:
        raise UnbraidError(f"{name} is an array, whose sample rate is not known: give sr")
    return finite(as_channels(clip, name), name), as_rate(sr)  # type: ignore[arg-type]


def as_rate(sr: object) -> int:
    """A sample rate in Hz, a whole number.

    Raises:
        UnbraidError: If it is none.
    """
    if isinstance(sr, (int, float, np.integer, np.floating)):
        rate = int(sr) if np.isfinite(sr) else 0
        if rate == sr and 0 < rate < 2**32:
            return rate
    raise UnbraidError(f"sr is {sr!r}: use a whole number of samples per second")


def as_clips(
    clips: Clip | Sequence[Clip], sr: int | None, name: str
) -> list[tuple[npt.NDArray[np.float32], int]]:
    """One clip or a list of clips."""

    def is_number(value: object) -> bool:
        return np.isscalar(value) and not is_path(value)

    # A list of numbers is one clip.
    if isinstance(clips, (list, tuple)) and not all(map(is_number, clips)):
        return [as_clip(clip, sr, f"{name}[{i}]") for i, clip in enumerate(clips)]
    return [as_clip(clips, sr, name)]  # type: ignore[arg-type]


def as_silent(silent: Silent | None) -> list[tuple[str, list[tuple[float, float]]]]:
    """Passages of each source, as the engine takes them."""
    if silent is None:
        return []
    return [(name, [(float(a), float(b)) for a, b in spans]) for name, spans in silent.items()]


def like(audio: npt.NDArray[np.float32], y: Audio) -> npt.NDArray[np.float32]:
    """`audio`, channels × samples, with as many dimensions as `y`."""
    return audio[0] if np.ndim(y) == 1 else audio
