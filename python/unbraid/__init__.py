"""Unbraid extracts one instrument from a mixture, after learning from a few seconds of it.

The package runs the engine of the Unbraid plugin and command on NumPy arrays, with the same
results bit for bit::

    import unbraid

    dictionary = unbraid.learn({"violin": "violin.wav", "piano": "piano.wav"})
    y, sr = unbraid.io.read("duo.wav")
    stems = unbraid.separate(y, dictionary, sr=sr)
    unbraid.io.write("violin-alone.wav", stems["violin"], sr)

Audio is floating point, full scale ±1, of shape ``(samples,)`` or ``(channels, samples)`` with one
or two channels, as in librosa. Spectrograms and dictionaries are bins × frames and bins ×
components.

`unbraid.decomposition` provides the learners as scikit-learn estimators.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from unbraid import io
from unbraid._evaluate import evaluate
from unbraid._learn import learn
from unbraid._separate import Separator, separate, separate_file
from unbraid._unbraid import Dictionary, UnbraidError, __version__

if TYPE_CHECKING:
    from unbraid import decomposition as decomposition
else:

    def __getattr__(name: str) -> ModuleType:
        # It needs scikit-learn, which need not be installed.
        if name == "decomposition":
            return importlib.import_module("unbraid.decomposition")
        raise AttributeError(f"module 'unbraid' has no attribute {name!r}")


__all__ = [
    "Dictionary",
    "Separator",
    "UnbraidError",
    "__version__",
    "evaluate",
    "io",
    "learn",
    "separate",
    "separate_file",
]
