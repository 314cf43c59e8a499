"""Separating recordings and streams."""

from __future__ import annotations

import os
import pathlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import overload

import numpy as np
import numpy.typing as npt

from unbraid import _unbraid
from unbraid._arrays import (
    Audio,
    Path,
    Silent,
    as_channels,
    as_count,
    as_rate,
    as_silent,
    check_dictionary,
    like,
)
from unbraid._unbraid import Dictionary, UnbraidError

Stems = dict[str, npt.NDArray[np.float32]]


@overload
def separate(
    y: Audio,
    dictionary: Dictionary,
    *,
    sr: int | None = ...,
    rest: str | None = ...,
    only: Iterable[str] = ...,
    strength: Mapping[str, float] | None = ...,
    silent: Silent | None = ...,
    spatial: bool = ...,
    progress: Callable[[float], object] | None = ...,
) -> Stems: ...
@overload
def separate(
    y: Iterator[npt.NDArray[np.floating]],
    dictionary: Dictionary,
    *,
    sr: int | None = ...,
    rest: str | None = ...,
    only: Iterable[str] = ...,
    strength: Mapping[str, float] | None = ...,
    spatial: bool = ...,
) -> Iterator[Stems]: ...
def separate(
    y: Audio | Iterator[npt.NDArray[np.floating]],
    dictionary: Dictionary,
    *,
    sr: int | None = None,
    rest: str | None = None,
    only: Iterable[str] = (),
    strength: Mapping[str, float] | None = None,
    silent: Silent | None = None,
    spatial: bool = True,
    progress: Callable[[float], object] | None = None,
) -> Stems | Iterator[Stems]:
    """Separates a recording into the sources of a dictionary and the rest.

    The result is that of the command ``unbraid separate`` and of the plugin, bit for bit, aligned
    with `y` and of the same length. All outputs together sum to `y`. Do not change
    `y` from another thread meanwhile.

    Args:
        y: Mono or stereo audio; or an iterator of blocks of it, of any lengths, for recordings
            that do not fit into memory: the result is then an iterator, too, whose blocks,
            joined, are as long as the input. There, ``auto`` is not possible, and samples that are
            not finite count as silence without a warning.
        sr: The sample rate of `y` in Hz; if None, that of the dictionary: pass it unless you know
            that they agree. A dictionary of another rate is converted, with a warning: one learned
            at this rate separates better.
        rest: How the rest is determined: ``none`` (the recording has only these sources; ``rest``
            is then nearly silent), ``learned`` (the
            dictionary's) or ``auto`` (learned from the recording). If None, ``learned`` if the
            dictionary has one, ``auto`` with a single source, otherwise ``none``.
        only: The names of the sources that are wanted; the rest is then everything else.
        strength: For names, how strictly they are separated, from -1 (a source keeps everything
            that might belong to it) to 1 (only what certainly does: less of the others in it).
        silent: Where sources do not play: for each name a list of (from, to) in seconds; for
            ``auto``.
        spatial: Whether stereo positions are used.
        progress: Called with the fraction of the work done, 0 to 1. If it raises an exception, or
            on Ctrl-C, the work stops.

    Returns:
        For each source, and for ``rest``, audio of the shape of `y`.

    Raises:
        UnbraidError: If `y` is not audio, a name is unknown, or a setting is not allowed.
    """
    check_dictionary(dictionary)
    if isinstance(y, Iterator):
        if silent is not None or progress is not None:
            raise UnbraidError("a stream has neither `silent` nor `progress`: leave them out")
        return _separate_blocks(y, dictionary, sr, rest, only, strength, spatial)
    audio = as_channels(y, "y")
    bad = np.count_nonzero(~np.isfinite(audio))
    if bad:
        audio = np.where(np.isfinite(audio), audio, np.float32(0))
        warnings.warn(f"{bad} samples were not finite and were taken as silence", stacklevel=2)
    stems, notes = _unbraid.separate(
        audio,
        as_rate(dictionary.sr if sr is None else sr),
        dictionary,
        rest,
        _names(only),
        _strengths(strength),
        as_silent(silent),
        spatial,
        progress,
    )
    for note in notes:
        warnings.warn(note, stacklevel=2)
    return {name: like(stem, y) for name, stem in stems}


def separate_file(
    path: Path,
    dictionary: Dictionary,
    folder: Path,
    *,
    rest: str | None = None,
    only: Iterable[str] = (),
    strength: Mapping[str, float] | None = None,
    silent: Silent | None = None,
    spatial: bool = True,
    overwrite: bool = False,
    progress: Callable[[float], object] | None = None,
) -> dict[str, pathlib.Path]:
    """Separates an audio file into WAV files, using little memory however long it is.

    Args:
        path: The recording, in any format that the command reads.
        dictionary: As for `separate`; so are the arguments not listed here.
        folder: For one file per source, named after it, and one for the rest. It is created if
            it does not exist. Each file appears only when it is complete.
        overwrite: Whether existing files are replaced; the recording never is.

    Returns:
        The path of each source's file, and that of ``rest``.

    Raises:
        OSError: If the recording cannot be read, a file cannot be written, or it exists.
        UnbraidError: If the recording is not audio or is damaged, a name is unknown, or a setting
            is not allowed.
    """
    check_dictionary(dictionary)
    files, notes = _unbraid.separate_file(
        os.fspath(path),
        dictionary,
        os.fspath(folder),
        rest,
        _names(only),
        _strengths(strength),
        as_silent(silent),
        spatial,
        overwrite,
        progress,
    )
    for note in notes:
        warnings.warn(f"{os.fspath(path)}: {note}", stacklevel=2)
    return dict(files)


def _names(only: Iterable[str]) -> list[str]:
    return [only] if isinstance(only, str) else list(only)


def _strengths(strength: Mapping[str, float] | None) -> list[tuple[str, float]]:
    if strength is not None and not isinstance(strength, Mapping):
        raise UnbraidError("strength has to map names to numbers, like {'violin': 0.4}")
    return [(name, float(value)) for name, value in (strength or {}).items()]


def _separate_blocks(
    blocks: Iterator[npt.NDArray[np.floating]],
    dictionary: Dictionary,
    sr: int | None,
    rest: str | None,
    only: Iterable[str],
    strength: Mapping[str, float] | None,
    spatial: bool,
) -> Iterator[Stems]:
    first = next(blocks, None)
    # Made at once, so that what cannot be done is refused before anything is computed.
    separator = Separator(
        dictionary,
        sr=sr,
        channels=1 if first is None else len(as_channels(first, "a block")),
        rest=rest,
        only=only,
        strength=strength,
        spatial=spatial,
    )
    # The first samples of the output are those before the recording.
    early = separator.latency

    def in_time(stems: Stems) -> Stems:
        nonlocal early
        (samples, *_) = (stem.shape[-1] for stem in stems.values())
        skipped = min(early, samples)
        early -= skipped
        return {name: stem[..., skipped:] for name, stem in stems.items()}

    def separated() -> Iterator[Stems]:
        if first is None:
            return
        yield in_time(separator.process(first))
        for block in blocks:
            if np.ndim(block) != np.ndim(first) or np.shape(block)[:-1] != np.shape(first)[:-1]:
                shapes = f"{np.shape(first)} and {np.shape(block)}"
                raise UnbraidError(f"blocks of the shapes {shapes}: give all the same channels")
            yield in_time(separator.process(block))
        yield in_time(separator.flush())

    return separated()


class Separator:
    """The streaming engine: blocks in, blocks out, as in the plugin.

    The outputs lag `latency` samples behind the input, and do not depend on the lengths of the
    blocks. A block is processed to its end: Ctrl-C waits for it.

    Args:
        dictionary: What to separate.
        sr: The sample rate of the stream in Hz; if None, that of the dictionary.
        channels: 1 or 2.
        rest: ``none`` or ``learned``, as for `separate`; if None, ``learned`` if the dictionary
            has one.
        only: As for `separate`.
        strength: As for `separate`.
        spatial: As for `separate`.

    Raises:
        UnbraidError: If a name is unknown or a setting is not allowed.
    """

    def __init__(
        self,
        dictionary: Dictionary,
        *,
        sr: int | None = None,
        channels: int = 1,
        rest: str | None = None,
        only: Iterable[str] = (),
        strength: Mapping[str, float] | None = None,
        spatial: bool = True,
    ) -> None:
        check_dictionary(dictionary)
        self._separator = _unbraid.StreamSeparator(
            dictionary,
            as_rate(dictionary.sr if sr is None else sr),
            as_count(channels, "channels", 1, 2),
            rest,
            _names(only),
            _strengths(strength),
            spatial,
        )
        # Of the blocks so far, for the last one.
        self._has_channel_axis = channels == 2
        for note in self._separator.notes:
            warnings.warn(note, stacklevel=2)
        if self._separator.is_unopposed:
            warnings.warn(
                "the dictionary has one source and no rest, so the source gets everything: call "
                "Dictionary.with_rest, or learn again with a mixture",
                stacklevel=2,
            )

    @property
    def names(self) -> list[str]:
        """The sources, and ``rest``."""
        return self._separator.names

    @property
    def latency(self) -> int:
        """Samples by which the output follows the input."""
        return self._separator.latency

    @property
    def channels(self) -> int:
        return self._separator.channels

    def process(self, block: Audio) -> Stems:
        """Takes the next samples; returns as many of each output.

        Samples that are not finite count as silence, as in the plugin.

        Raises:
            UnbraidError: If `block` is not audio with the separator's channels.
        """
        audio = as_channels(block, "block")
        stems = self._separator.process(audio)
        self._has_channel_axis = np.ndim(block) == 2
        return {name: like(stem, block) for name, stem in zip(self.names, stems, strict=True)}

    def flush(self) -> Stems:
        """The last `latency` samples of each output, after the end of the stream."""
        silence = np.zeros((self.channels, self.latency), np.float32)
        return self.process(silence if self._has_channel_axis else silence[0])

    def reset(self) -> None:
        """Clears the state, so that a new stream can begin."""
        self._separator.reset()
