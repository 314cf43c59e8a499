"""Learning a dictionary."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence

from unbraid import _unbraid
from unbraid._arrays import Clip, Silent, as_clips, as_count, as_divergence, as_silent
from unbraid._unbraid import Dictionary, UnbraidError

_METHODS = ["nmf", "snpa", "greedy", "greedy2"]

#: Less sound than this causes a warning, in seconds.
_SHORT_S = 2.0


def _transpose(semitones: int) -> int:
    if semitones not in (0, 6, 12):
        raise UnbraidError(f"transpose is {semitones!r}: use 0, 6 or 12 semitones")
    return int(semitones)


def learn(
    sources: Mapping[str, Clip | Sequence[Clip]],
    sr: int | None = None,
    *,
    mixture: Clip | Sequence[Clip] | None = None,
    silent: Silent | None = None,
    mode: str = "quality",
    method: str = "nmf",
    n_components: int | None = None,
    divergence: str | float = "kl",
    n_iter: int = 25,
    seed: int = 0,
    transpose: int = 12,
    progress: Callable[[float], object] | None = None,
) -> Dictionary:
    """Learns a dictionary from clips in which each source plays alone.

    The result is that of the command ``unbraid learn`` with the same clips, byte for byte.

    Args:
        sources: For each name, audio, the path of an audio file, or a list of these. Longer clips
            with more varied playing give better separation.
        sr: The sample rate of all arrays, in Hz. Files have their own, and so have pairs
            ``(y, sr)``. The dictionary is learned
            at the highest rate of all clips, to which the others are converted.
        mixture: Recordings of the sources with everything else, to learn the *rest* from: what no
            source explains. With a single source and no rest, the whole mixture would be assigned
            to that source; in that case `separate` learns the rest from the recording.
        silent: Where in `mixture` sources do not play: for each name a list of (from, to) in
            seconds.
        mode: ``quality``, ``balanced`` or ``live``: higher latency gives better separation.
        method: ``nmf``, ``snpa``, ``greedy`` or ``greedy2``.
        n_components: Components per source; if None, 32, or 16 if there are less than 6 s of sound.
        divergence: What ``nmf`` minimises: ``kl``, ``euclidean``, ``is``, or a β from 0 to 2.
        n_iter: Updates of ``nmf``.
        seed: Seed of the random number generator.
        transpose: The largest transposition, up and down, that the engine tries for each
            component: 0, 6 or 12 semitones.
        progress: Called with the fraction of the work done, 0 to 1. If it raises an exception, or
            on Ctrl-C, the work stops.

    Raises:
        UnbraidError: If a clip is silent or too short, or a setting is not allowed.
        OSError: If a file cannot be read.
    """
    if not isinstance(sources, Mapping):
        raise UnbraidError("sources has to map names to clips, like {'violin': 'violin.wav'}")
    if method not in _METHODS:
        raise UnbraidError(f"no method {method!r}: use {', '.join(_METHODS)}")
    if silent is not None and mixture is None:
        raise UnbraidError("silent is for learning the rest: give a mixture as well")
    clips = [(name, as_clips(clip, sr, f"sources[{name!r}]")) for name, clip in sources.items()]
    with_rest = [] if mixture is None else as_clips(mixture, sr, "mixture")
    dictionary = _unbraid.learn(
        clips,
        with_rest,
        as_silent(silent),
        mode,
        method,
        None if n_components is None else as_count(n_components, "n_components", 1, 1024),
        as_divergence(divergence),
        as_count(n_iter, "n_iter", 0),
        as_count(seed, "seed", 0, 2**64 - 1),
        _transpose(transpose),
        progress,
    )
    for report in dictionary.reports:
        if report["seconds"] < _SHORT_S:
            warnings.warn(
                f"only {report['seconds']:.1f} s of `{report['name']}` contain sound; several "
                "seconds of varied playing give better separation",
                stacklevel=2,
            )
    return dictionary
