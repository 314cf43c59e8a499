"""Unbraid extracts one instrument from a mixture, after learning from a few seconds of it.

The package runs the engine of the Unbraid plugin and command on NumPy arrays, with the same
results bit for bit::

    import unbraid

    dictionary = unbraid.learn({"violin": "violin.wav", "piano": "piano.wav"})
    y, sr = unbraid.io.read("duo.wav")
    stems = unbraid.separate(y, dictionary, sr=sr)
    unbraid.io.write("violin-alone.wav", stems["violin"], sr)

Audio is floating point, full scale ±1, of shape ``(samples,)`` or ``(channels, samples)`` with one
or two channels, as librosa has it. Spectrograms and dictionaries are bins × frames and bins ×
components.

`unbraid.decomposition` has the learners as estimators for scikit-learn.
"""

from unbraid import io
from unbraid._evaluate import evaluate
from unbraid._learn import learn
from unbraid._separate import Separator, separate, separate_file
from unbraid._unbraid import Dictionary, UnbraidError, __version__

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
