"""The native part of the package."""

import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

from unbraid._arrays import Clip, Silent

_Floats = npt.NDArray[np.float32]
_Path = str | os.PathLike[str]
_Clips = list[tuple[_Floats, int]]
_Passages = list[tuple[str, list[tuple[float, float]]]]
_Progress = Callable[[float], object] | None

__all__ = [
    "Dictionary",
    "StreamSeparator",
    "UnbraidError",
    "__version__",
    "evaluate",
    "factorize",
    "learn",
    "nnls",
    "read",
    "separate",
    "separate_file",
    "write",
]

__version__: str

class UnbraidError(ValueError): ...

@final
class Dictionary:
    @property
    def W(self) -> _Floats: ...
    @property
    def sources(self) -> dict[str, list[int]]: ...
    @property
    def rest(self) -> list[int] | None: ...
    @property
    def n_components(self) -> int: ...
    @property
    def sr(self) -> int: ...
    @property
    def n_fft(self) -> int: ...
    @property
    def hop_length(self) -> int: ...
    @property
    def mode(self) -> str: ...
    @property
    def transpose(self) -> int: ...
    @property
    def divergence(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def reports(self) -> list[dict[str, Any]]: ...
    @property
    def colors(self) -> dict[str, str]: ...
    @staticmethod
    def load(path: _Path) -> Dictionary: ...
    @staticmethod
    def from_bytes(bytes: bytes) -> Dictionary: ...
    @staticmethod
    def from_matrix(
        W: npt.ArrayLike,
        sr: int,
        n_fft: int,
        hop_length: int,
        sources: Mapping[str, Sequence[int]] | Sequence[str] | None = None,
        *,
        mode: str = "quality",
        transpose: int = 0,
        divergence: str | float = "kl",
    ) -> Dictionary: ...
    @staticmethod
    def _from_matrix(
        w: _Floats,
        sample_rate_hz: int,
        fft_size: int,
        hop: int,
        sources: list[tuple[str, list[int]]],
        rest: list[int] | None,
        mode: str,
        transpose: int,
        divergence: str,
    ) -> Dictionary: ...
    def save(self, path: _Path) -> None: ...
    def to_bytes(self) -> bytes: ...
    def select(self, names: str | Sequence[str]) -> Dictionary: ...
    def with_rest(
        self,
        mixture: Clip | Sequence[Clip],
        sr: int | None = None,
        *,
        silent: Silent | None = None,
        progress: _Progress = None,
    ) -> Dictionary: ...
    def _with_rest(
        self, mixtures: _Clips, silent: _Passages, progress: _Progress
    ) -> Dictionary: ...
    def plot(self, ax: Any = None) -> Any: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class StreamSeparator:
    def __new__(
        cls,
        dictionary: Dictionary,
        sample_rate_hz: int,
        channels: int,
        rest: str | None,
        only: list[str],
        strengths: list[tuple[str, float]],
        spatial: bool,
    ) -> StreamSeparator: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def notes(self) -> list[str]: ...
    @property
    def latency(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def is_unopposed(self) -> bool: ...
    def process(self, block: _Floats) -> list[_Floats]: ...
    def reset(self) -> None: ...

def read(path: _Path) -> tuple[_Floats, int]: ...
def write(path: _Path, audio: _Floats, sample_rate_hz: int) -> None: ...
def learn(
    sources: list[tuple[str, _Clips]],
    mixture: _Clips,
    silent: _Passages,
    mode: str,
    method: str,
    components: int | None,
    divergence: str,
    iterations: int,
    seed: int,
    transpose: int,
    progress: _Progress,
) -> Dictionary: ...
def separate(
    audio: _Floats,
    sample_rate_hz: int,
    dictionary: Dictionary,
    rest: str | None,
    only: list[str],
    strengths: list[tuple[str, float]],
    silent: _Passages,
    spatial: bool,
    progress: _Progress,
) -> tuple[list[tuple[str, _Floats]], list[str]]: ...
def separate_file(
    path: _Path,
    dictionary: Dictionary,
    folder: _Path,
    rest: str | None,
    only: list[str],
    strengths: list[tuple[str, float]],
    silent: _Passages,
    spatial: bool,
    overwrite: bool,
    progress: _Progress,
) -> tuple[list[tuple[str, pathlib.Path]], list[str]]: ...
def evaluate(
    references: list[tuple[str, _Floats]],
    estimates: list[tuple[str, _Floats]],
    progress: _Progress,
) -> str: ...
def factorize(
    v: _Floats,
    components: int,
    method: str,
    score: str,
    divergence: str,
    descent: str,
    iterations: int,
    tolerance: float,
    seed: int,
    fixed: int,
    start: str,
    w: _Floats | None,
    h: _Floats | None,
    progress: _Progress,
) -> tuple[_Floats, _Floats, list[int] | None, list[float]]: ...
def nnls(v: _Floats, w: _Floats, progress: _Progress) -> _Floats: ...
