"""Audio files, and files of MATLAB and Octave."""

from __future__ import annotations

import os
import pathlib
import re
import uuid
from collections.abc import Iterable, Mapping
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
        UnbraidError: If it is not audio, is damaged, or has more than two channels.
    """
    audio, sr = _unbraid.read(os.fspath(path))
    return (audio[0] if len(audio) == 1 else audio), sr


def write(path: Path, y: Audio, sr: int) -> None:
    """Writes a WAV file of 32-bit floating-point samples, completely or not at all.

    Raises:
        OSError: If it cannot be written.
        UnbraidError: If `y` is not audio, or the name of the file is not that of a WAV file.
    """
    if pathlib.Path(path).suffix.lower() not in (".wav", ".wave", ".bwf", ".rf64"):
        raise UnbraidError(f"{os.fspath(path)}: only WAV can be written: end the name in .wav")
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
        UnbraidError: If it is not such a file, or has no variable called `name`.
    """
    from scipy.io import loadmat

    try:
        variables = loadmat(os.fspath(path), appendmat=False)
    except NotImplementedError:
        raise UnbraidError(
            f"{os.fspath(path)}: is a version 7.3 file; save it again with `save -v7`"
        ) from None
    except OSError:
        raise
    except Exception as error:
        # scipy raises many kinds of exceptions for other files.
        raise UnbraidError(f"{os.fspath(path)}: not a MATLAB file ({error})") from error
    variables = {key: value for key, value in variables.items() if not key.startswith("__")}
    if name is None:
        return variables
    if name not in variables:
        found = ", ".join(variables) or "nothing"
        raise UnbraidError(f"{os.fspath(path)}: no variable `{name}`; it contains {found}")
    return variables[name]


def save_mat(path: Path, variables: Mapping[str, npt.ArrayLike] | Dictionary) -> None:
    """Writes variables to a file that MATLAB and Octave load, completely or not at all.

    Args:
        path: The file.
        variables: Arrays by their names; or a dictionary, of which ``W`` (bins × components),
            ``sr``, ``n_fft``, ``hop_length`` and a struct ``sources`` with the components of each
            source, counted from 1, are written. Names of sources become names of fields: letters,
            digits and underscores, at most 63, with a number where two would be the same.

    Raises:
        OSError: If it cannot be written.
        UnbraidError: If MATLAB has no variables of such a name.
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
                field: np.array([components], dtype=float) + 1
                for field, components in zip(_fields(sources), sources.values(), strict=True)
            },
        }
    for name in variables:
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise UnbraidError(
                f"{name!r} cannot name a variable: use a letter, then up to 62 letters, digits and "
                "underscores"
            )
    target = pathlib.Path(path)
    unfinished = target.with_name(f".unbraid-{uuid.uuid4().hex}")
    file = unfinished.open("xb")
    try:
        with file:
            savemat(file, dict(variables), do_compression=True, long_field_names=True)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink()
        raise


#: What MATLAB takes for the name of a variable.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")


def _fields(names: Iterable[str]) -> list[str]:
    """Names as MATLAB allows them for the fields of a struct, all different."""
    fields: list[str] = []
    for name in names:
        plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
        plain = plain if plain[:1].isalpha() else f"s_{plain}"
        field, number = plain[:63], 2
        while field.lower() in (other.lower() for other in fields):
            field, number = f"{plain[:58]}_{number}", number + 1
        fields.append(field)
    return fields
