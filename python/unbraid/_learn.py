"""Learning a dictionary."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence

from unbraid import _unbraid
from unbraid._arrays import Clip, Silent, as_clips, as_silent
from unbraid._unbraid import Dictionary

#: Less sound than this causes a warning, in seconds.
_SHORT_S = 2.0


def learn(
    sources: Mapping[str, Clip | Sequence[Clip]],
    sr: int | None = None,
    *,
    mixture: Clip | Sequence[Clip] | None = None,
    silent: Silent | None = None,
    mode: str = "quality",
    method: str = "nmf",
    n_components: int | None = None,
    divergence: str = "kl",
    n_iter: int = 25,
    seed: int = 0,
    transpose: int = 12,
    progress: Callable[[float], object] | None = None,
) -> Dictionary:
    """Learns a dictionary from clips in which each source plays alone.

    The result is that of the command ``unbraid learn`` with the same clips, byte for byte.

    Args:
        sources: For each name, audio, the path of an audio file, or a list of these. Longer clips
            with more varied playing separate better.
        sr: The sample rate of all arrays, in Hz. Files have their own. The dictionary is learned
            at the highest rate of all clips, to which the others are converted.
        mixture: Recordings of the sources with everything else, to learn the *rest* from: what no
            source explains. With one source and no rest, all of a mixture would be that source;
            `separate` therefore learns the rest from the recording then.
        silent: Where in `mixture` sources do not play: for each name a list of (from, to) in
            seconds.
        mode: ``quality``, ``balanced`` or ``live``: more latency separates better.
        method: ``nmf``, ``snpa``, ``greedy`` or ``greedy2``.
        n_components: Components per source; if None, 32, or 16 from less than 6 s of sound.
        divergence: What ``nmf`` minimises: ``kl``, ``euclidean``, ``is``, or a β from 0 to 2 as
            text.
        n_iter: Updates of ``nmf``.
        seed: Of all random numbers.
        transpose: The largest transposition, up and down, that the engine tries for each
            component: 0, 6 or 12 semitones.
        progress: Called with the fraction of the work that is done, 0 to 1. An exception ends the
            work, as Ctrl-C does.

    Raises:
        UnbraidError: If a clip is silent or too short, or a setting is not allowed.
        OSError: If a file cannot be read.
    """
    clips = [(name, as_clips(clip, sr, f"sources[{name!r}]")) for name, clip in sources.items()]
    with_rest = [] if mixture is None else as_clips(mixture, sr, "mixture")
    dictionary = _unbraid.learn(
        clips,
        with_rest,
        as_silent(silent),
        mode,
        method,
        n_components,
        divergence,
        n_iter,
        seed,
        transpose,
        progress,
    )
    for report in dictionary.reports:
        if report["seconds"] < _SHORT_S:
            warnings.warn(
                f"only {report['seconds']:.1f} s of `{report['name']}` are sound; several seconds "
                "of varied playing separate better",
                stacklevel=2,
            )
    return dictionary
