"""Scores against true stems."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from unbraid import _unbraid
from unbraid._arrays import Audio, as_channels, finite
from unbraid._unbraid import UnbraidError


def evaluate(
    references: Mapping[str, Audio],
    estimates: Mapping[str, Audio],
    *,
    progress: Callable[[float], object] | None = None,
) -> dict[str, Any]:
    """Scores separated audio against the true stems, as ``unbraid evaluate`` does.

    SDR, SIR and SAR are those of ``mir_eval.separation.bss_eval_sources`` without permutation (512
    taps), averaged over the channels; SI-SDR and SNR treat all channels as one signal. All are in
    dB.

    Args:
        references: The true stems, by name.
        estimates: The separated ones. They are matched by name; if no name matches, they are
            assigned one to one so that the mean SDR is highest. ``rest`` is scored against the sum
            of all references without an estimate of their own.
        progress: Called with the fraction of the work done, perhaps from other threads.

    Returns:
        ``sources``, a list of dicts with ``estimate``, ``reference``, ``sdr``, ``sir``, ``sar``,
        ``si_sdr`` and ``snr``, limited to ±300 dB; ``mean`` of these; ``matched_by``; ``left_out``,
        what could not be scored and why: silent signals are not, so look at it before comparing
        means; ``samples``, the number that was scored; and ``cut_samples``, how many more the
        longest signal has. Signals may differ in length by 1 %; the ends of longer ones are cut.

    Raises:
        UnbraidError: If nothing can be scored, or signals do not match in length or channels.
    """

    for side in (references, estimates):
        if not isinstance(side, Mapping):
            raise UnbraidError("references and estimates have to map names to audio")

    def stems(named: Mapping[str, Audio], side: str) -> list[tuple[str, npt.NDArray[np.float32]]]:
        texts = {name: f"{side}[{name!r}]" for name in named}
        return [
            (name, finite(as_channels(y, texts[name]), texts[name])) for name, y in named.items()
        ]

    scores = _unbraid.evaluate(
        stems(references, "references"), stems(estimates, "estimates"), progress
    )
    result: dict[str, Any] = json.loads(scores)
    return result
