"""Validates user input before it reaches the engine."""

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
    if isinstance(y, np.ma.MaskedArray):
        raise UnbraidError(f"{name} is a masked array: use its .filled(0)")
    if is_path(y) or isinstance(y, bytes):
        raise UnbraidError(f"{name} is a path: read it with unbraid.io.read, or use separate_file")
    array = np.asarray(y)
    if array.dtype.kind not in "iuf":
        raise UnbraidError(f"{name} has the type {array.dtype}, not real samples in floating point")
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
        return np.require(array, np.float32, ["C", "A"])


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
            "the samples, or replace them with 0"
        )
    return audio


def is_path(clip: object) -> bool:
    return isinstance(clip, (str, os.PathLike))


def as_clip(clip: Clip, sr: int | None, name: str) -> tuple[npt.NDArray[np.float32], int]:
    """Audio or a file as channels × samples, with its sample rate in Hz."""
    if is_path(clip):
        return _unbraid.read(os.fspath(clip))  # type: ignore[arg-type]
    if isinstance(clip, tuple) and len(clip) == 2 and np.ndim(clip[0]) and not np.ndim(clip[1]):
        # As unbraid.io.read and librosa.load return it.
        clip, sr = clip
    if sr is None:
        raise UnbraidError(f"{name} is an array, whose sample rate is unknown: pass sr")
    rate = as_rate(sr)
    if not 1000 <= rate <= 768_000:
        raise UnbraidError(f"sr is {rate} Hz: use the audio's own rate, 1000 to 768000 Hz")
    return finite(as_channels(clip, name), name), rate  # type: ignore[arg-type]


def as_rate(sr: object) -> int:
    """A sample rate in Hz, a whole number.

    Raises:
        UnbraidError: If it is not one.
    """
    if isinstance(sr, (int, float, np.integer, np.floating)) and not isinstance(sr, bool):
        rate = int(sr) if np.isfinite(sr) else 0
        if rate == sr and 0 < rate < 2**32:
            return rate
    raise UnbraidError(f"sr is {sr!r}: use a whole number of samples per second")


def as_clips(
    clips: Clip | Sequence[Clip], sr: int | None, name: str
) -> list[tuple[npt.NDArray[np.float32], int]]:
    """One clip or a list of clips."""
    if isinstance(clips, (list, tuple)) and not clips:
        raise UnbraidError(f"{name} is empty: give at least one clip")

    def is_number(value: object) -> bool:
        return np.isscalar(value) and not is_path(value)

    # A list of numbers is one clip, and so is audio with its rate.
    is_pair = isinstance(clips, tuple) and len(clips) == 2 and is_number(clips[1])
    if isinstance(clips, (list, tuple)) and not is_pair and not all(map(is_number, clips)):
        return [as_clip(clip, sr, f"{name}[{i}]") for i, clip in enumerate(clips)]
    return [as_clip(clips, sr, name)]  # type: ignore[arg-type]


def as_silent(silent: Silent | None) -> list[tuple[str, list[tuple[float, float]]]]:
    """Passages of each source, as the engine takes them."""
    if silent is None:
        return []
    try:
        return [(name, [(float(a), float(b)) for a, b in spans]) for name, spans in silent.items()]
    except (AttributeError, TypeError, ValueError):
        raise UnbraidError(
            "silent has to be like {'violin': [(0, 2.5), (10, 12)]}, in seconds"
        ) from None


def as_count(value: object, name: str, least: int, most: int = 2**32 - 1) -> int:
    """A whole number.

    Raises:
        UnbraidError: If it is not one from `least` to `most`.
    """
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        if least <= value <= most:
            return int(value)
    raise UnbraidError(f"{name} is {value!r}: use a whole number from {least} to {most}")


def as_divergence(value: object) -> str:
    """A divergence by its name or β."""
    return value if isinstance(value, str) else str(value)


def check_dictionary(dictionary: object) -> None:
    """Raises `UnbraidError` if it is no dictionary."""
    if not isinstance(dictionary, _unbraid.Dictionary):
        kind = type(dictionary).__name__
        raise UnbraidError(f"a {kind} is no dictionary: use unbraid.learn or Dictionary.load")


def like(audio: npt.NDArray[np.float32], y: Audio) -> npt.NDArray[np.float32]:
    """`audio`, channels × samples, with as many dimensions as `y`."""
    return audio[0] if np.ndim(y) == 1 else audio
