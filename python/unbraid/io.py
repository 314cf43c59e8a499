"""Audio files, and files of MATLAB and Octave."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from unbraid import _unbraid
from unbraid._arrays import Audio, Path, as_channels, as_rate, finite
from unbraid._unbraid import Dictionary, UnbraidError

__all__ = ["load_mat", "read", "save_mat", "write"]


def read(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Reads an audio file, in all formats that the command reads.

    Returns:
        The samples, ``(samples,)`` if it is mono and ``(2, samples)`` if it is stereo, and the
        sample rate in Hz.

    Raises:
        OSError: If it cannot be read.
        UnbraidError: If it is no audio, damaged, or has more than two channels.
    """
    audio, sr = _unbraid.read(os.fspath(path))
    return (audio[0] if len(audio) == 1 else audio), sr


def write(path: Path, y: Audio, sr: int) -> None:
    """Writes a WAV file of 32-bit floating-point samples, completely or not at all.

    Raises:
        OSError: If it cannot be written.
        UnbraidError: If `y` is no audio.
    """
    _unbraid.write(os.fspath(path), finite(as_channels(y, "y"), "y"), as_rate(sr))


def load_mat(path: Path, name: str | None = None) -> Any:
    """Reads the variables of a MATLAB or Octave file (``save -v7``).

    Args:
        path: The file.
        name: A variable; if None, all are returned.

    Returns:
        A dict from names to arrays, or the array called `name`.

    Raises:
        OSError: If the file cannot be read.
        UnbraidError: If it is no such file, or has no variable called `name`.
    """
    from scipy.io import loadmat

    try:
        variables = loadmat(os.fspath(path), appendmat=False)
    except NotImplementedError:
        raise UnbraidError(
            f"{os.fspath(path)}: a file of version 7.3; save it again with `save -v7`"
        ) from None
    except OSError:
        raise
    except Exception as error:
        # It raises many kinds for what is no such file.
        raise UnbraidError(f"{os.fspath(path)}: not a MATLAB file ({error})") from error
    variables = {key: value for key, value in variables.items() if not key.startswith("__")}
    if name is None:
        return variables
    if name not in variables:
        found = ", ".join(variables) or "nothing"
        raise UnbraidError(f"{os.fspath(path)}: no variable `{name}`; it has {found}")
    return variables[name]


def save_mat(path: Path, variables: Mapping[str, npt.ArrayLike] | Dictionary) -> None:
    """Writes variables to a file that MATLAB and Octave load.

    Args:
        path: The file.
        variables: Arrays by their names; or a dictionary, of which ``W`` (bins × components),
            ``sr``, ``n_fft``, ``hop_length`` and a struct ``sources`` with the components of each
            source, counted from 1, are written. Names of sources become names of fields: letters,
            digits and underscores.

    Raises:
        OSError: If it cannot be written.
    """
    from scipy.io import savemat

    if isinstance(variables, Dictionary):
        dictionary = variables
        sources = dict(dictionary.sources)
        if dictionary.rest is not None:
            sources["rest"] = dictionary.rest
        variables = {
            "W": dictionary.W,
            "sr": float(dictionary.sr),
            "n_fft": float(dictionary.n_fft),
            "hop_length": float(dictionary.hop_length),
            "sources": {  # type: ignore[dict-item]
                _field(name): np.array([components], dtype=float) + 1
                for name, components in sources.items()
            },
        }
    savemat(os.fspath(path), dict(variables), appendmat=False, do_compression=True)


def _field(name: str) -> str:
    """A name as MATLAB allows it for a field of a struct."""
    field = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    return field if field[:1].isalpha() else f"s_{field}"
