"""Unbraid's learners as scikit-learn estimators; scikit-learn must be installed.

As everywhere in scikit-learn, rows of ``X`` are samples: frames, if it is a spectrogram. They also
serve as the ``transformer`` of ``librosa.decompose.decompose``, which transposes spectrograms
itself::

    from unbraid.decomposition import SNPA

    components, activations = librosa.decompose.decompose(
        np.abs(librosa.stft(y)), transformer=SNPA(n_components=8)
    )

The methods and their papers are described in docs/algorithms.md. The engine computes in 32-bit
floating point. Unlike scikit-learn, it wants at least as many samples as components, and samples
that are not all zero.
"""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from unbraid import _unbraid
from unbraid._arrays import as_count
from unbraid._unbraid import UnbraidError

__all__ = ["NMF", "SNPA", "SPA", "XRAY", "GreedySNPA", "nnls"]

_Matrix = npt.NDArray[np.floating]

#: scikit-learn's names of divergences, and the engine's.
_DIVERGENCES = {"kullback-leibler": "kl", "frobenius": "euclidean", "itakura-saito": "is"}

#: Larger values would overflow 32-bit floats when squared and summed.
_LARGEST = 1e15


def _start(name: str, given: npt.ArrayLike, shape: tuple[int, int]) -> npt.NDArray[np.float64]:
    """A start of the updates, which has to have this shape."""
    part = np.asarray(given, np.float64)
    if part.shape != shape:
        found = " × ".join(map(str, part.shape))
        expected = " × ".join(map(str, shape))
        raise UnbraidError(f"{name} is {found}: for this X and n_components, give {expected}")
    if not (np.isfinite(part) & (part >= 0)).all():
        raise UnbraidError(f"{name} has entries that are negative or not finite: give others")
    return part


def nnls(V: npt.ArrayLike, W: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Non-negative least squares: the ``H`` ≥ 0, components × frames, for which ``W @ H`` is
    nearest to `V` in every frame (docs/algorithms.md#non-negative-least-squares).

    Args:
        V: Bins × frames, not negative.
        W: Bins × components, not negative.

    Raises:
        UnbraidError: If the shapes do not fit, or an entry is negative or not finite.
    """
    if any(np.asarray(matrix).dtype.kind not in "biuf" for matrix in (V, W)):
        raise UnbraidError("V and W have to be real: pass magnitudes, numpy.abs(V)")
    v, w = (np.require(matrix, np.float32, ["A"]) for matrix in (V, W))
    if v.ndim != 2 or w.ndim != 2:
        raise UnbraidError(f"V and W have {v.ndim} and {w.ndim} dimensions: use 2")
    return _unbraid.nnls(v, w, None)


class _Factorization(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """What all learners share: ``X`` ≈ ``H @ components_``."""

    components_: _Matrix
    reconstruction_err_: float
    n_features_in_: int

    def fit(self, X: npt.ArrayLike, y: Any = None, **params: Any) -> _Factorization:
        """Learns the components of `X`, samples × features, which are not negative. `params` are
        those of `fit_transform`."""
        self.fit_transform(X, **params)
        return self

    def inverse_transform(self, X: npt.ArrayLike) -> _Matrix:
        """Samples × features from activations, samples × components."""
        check_is_fitted(self)
        return np.asarray(X) @ self.components_

    def _checked(self, X: npt.ArrayLike, *, reset: bool) -> tuple[_Matrix, _Matrix, float]:
        """`X`, and as the engine takes it: features × samples in 32 bits, and the scale of that."""
        array = validate_data(self, X, reset=reset, dtype=[np.float64, np.float32])
        check_non_negative(array, type(self).__name__)
        peak = float(array.max(initial=0.0))
        scale = peak if not 1 / _LARGEST < peak < _LARGEST and peak > 0 else 1.0
        return array, np.asarray(array / scale if scale != 1 else array, np.float32).T, scale

    def _components_wanted(self, X: _Matrix) -> int:
        wanted = self.n_components
        if wanted is None or wanted == "auto":
            return int(min(X.shape))
        if not isinstance(wanted, Integral) or wanted < 1:
            raise UnbraidError(f"n_components is {wanted!r}: use a whole number from 1")
        return int(wanted)

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class NMF(_Factorization):
    """Non-negative matrix factorisation that minimises a β-divergence.

    Lee & Seung 2001; Févotte & Idier 2011; equations in docs/algorithms.md#nmf. The names of
    parameters and attributes are those of `sklearn.decomposition.NMF`; there is no regularisation.

    Args:
        n_components: The number of components; if None, the smaller side of ``X``.
        init: Where the search starts: ``random``, ``snpa`` (samples picked by SNPA,
            which does not depend on chance), or ``custom``, for `fit_transform` with ``W`` and
            ``H``.
        beta_loss: ``kullback-leibler``, ``frobenius``, ``itakura-saito``, or a β from 0 to 2.
        solver: ``fast`` reaches the same divergence in about half the updates; ``mu`` has the
            multiplicative updates as published.
        tol: The search ends when an update lowers the divergence by less than this fraction of
            it; 0 to always run ``max_iter`` updates.
        max_iter: The largest number of updates.
        random_state: Seed for ``init="random"``.

    Attributes:
        components_: Components × features.
        n_components_: The number of components.
        reconstruction_err_: The square root of twice the divergence of ``X`` at the end, as in
            scikit-learn.
        n_iter_: The number of updates.
        objective_: The divergence before the first update and after each one.
    """

    n_components_: int
    n_iter_: int
    objective_: npt.NDArray[np.float64]

    def __init__(
        self,
        n_components: int | None = None,
        *,
        init: str = "random",
        beta_loss: str | float = "kullback-leibler",
        solver: str = "fast",
        tol: float = 1e-5,
        max_iter: int = 200,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.init = init
        self.beta_loss = beta_loss
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit_transform(
        self,
        X: npt.ArrayLike,
        y: Any = None,
        W: npt.ArrayLike | None = None,
        H: npt.ArrayLike | None = None,
    ) -> _Matrix:
        """Learns the components of `X`; returns the activations, samples × components.

        For ``init="custom"``, `W` (samples × components) and `H` (components × features) are the
        start, under scikit-learn's names: `H` become the components.
        """
        array, v, scale = self._checked(X, reset=True)
        start, w, h = self.init, None, None
        components = self._components_wanted(array)
        if self.init == "custom":
            if W is None or H is None:
                raise UnbraidError("init='custom' needs W and H: pass both to fit_transform")
            start = "given"
            wide_h = _start("W", W, (len(array), components)).T
            wide_w = _start("H", H, (components, array.shape[1])).T
            # Both within the range of 32 bits, with the product of `v`.
            peak = float(wide_w.max(initial=0.0)) or 1.0
            w = np.asarray(wide_w / peak, np.float32)
            h = np.asarray(wide_h * (peak / scale), np.float32)
        elif W is not None or H is not None:
            raise UnbraidError("W and H are for init='custom'")
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        w, h, objective = self._factorize(v, components, start, w, h, fixed=0, seed=seed)
        beta = self._beta()
        self.components_ = np.ascontiguousarray(w.T, dtype=array.dtype)
        self.n_components_ = components
        self.objective_ = np.asarray(objective) * scale**beta
        self.n_iter_ = len(objective) - 1
        self.reconstruction_err_ = float(np.sqrt(2 * max(self.objective_[-1], 0.0)))
        return np.ascontiguousarray(h.T, dtype=array.dtype) * array.dtype.type(scale)

    def transform(self, X: npt.ArrayLike) -> _Matrix:
        """The activations of the components in `X`, samples × components: by least squares for
        ``frobenius``, otherwise by ``max_iter`` multiplicative updates. Those of a sample do not
        depend on the others."""
        check_is_fitted(self)
        array, _, _ = self._checked(X, reset=False)
        # Each sample at a level of its own: floors are relative to all of them.
        peaks = array.max(axis=1, keepdims=True)
        scales = np.where(peaks > 0, peaks, 1).astype(array.dtype)
        v = np.asarray(array / scales, np.float32).T
        if not v.any():
            return np.zeros((len(array), len(self.components_)), array.dtype)
        w = np.asarray(self.components_, np.float32).T
        if self._beta() == 2:
            h = _unbraid.nnls(v, w, None)
        else:
            k = w.shape[1]
            _, h, _ = self._factorize(v, k, "given", w, None, fixed=k, seed=0)
        return np.ascontiguousarray(h.T, dtype=array.dtype) * scales

    def _factorize(
        self,
        v: _Matrix,
        components: int,
        start: str,
        w: _Matrix | None,
        h: _Matrix | None,
        *,
        fixed: int,
        seed: int,
    ) -> tuple[_Matrix, _Matrix, list[float]]:
        if self.init not in ("random", "snpa", "custom"):
            raise UnbraidError(f"init is {self.init!r}: use 'random', 'snpa' or 'custom'")
        if not isinstance(self.tol, Real) or not self.tol >= 0:
            raise UnbraidError(f"tol is {self.tol!r}: use a number from 0")
        if self.solver not in ("fast", "mu"):
            raise UnbraidError(f"solver is {self.solver!r}: use 'fast' or 'mu'")
        updates = as_count(self.max_iter, "max_iter", 0)
        divergence = self.beta_loss
        text = _DIVERGENCES.get(divergence) if isinstance(divergence, str) else str(divergence)
        if text is None or not (isinstance(divergence, str) or 0 <= divergence <= 2):
            names = ", ".join(_DIVERGENCES)
            raise UnbraidError(f"beta_loss is {divergence!r}: use {names} or a number from 0 to 2")
        w, h, _, objective = _unbraid.factorize(
            v,
            components,
            "nmf",
            "linear",
            text,
            # The faster updates, and when they end, depend on all samples together.
            "plain" if self.solver == "mu" or fixed else "fast",
            updates,
            0.0 if fixed else float(self.tol),
            seed,
            fixed,
            start,
            w,
            h,
            None,
        )
        return w, h, objective

    def _beta(self) -> float:
        betas = {"kullback-leibler": 1.0, "frobenius": 2.0, "itakura-saito": 0.0}
        beta = self.beta_loss
        return betas[beta] if isinstance(beta, str) else float(beta)


class _Picking(_Factorization):
    """Learners that pick samples of ``X`` as the components, and fit the others by non-negative
    least squares."""

    _method: ClassVar[str]

    columns_: npt.NDArray[np.int64]

    def __init__(self, n_components: int | None = None) -> None:
        self.n_components = n_components

    def fit_transform(self, X: npt.ArrayLike, y: Any = None) -> _Matrix:
        """Picks components from the samples of `X`; returns the activations, samples ×
        components. Fewer than `n_components` are picked if they already explain all samples."""
        array, v, scale = self._checked(X, reset=True)
        components = self._components_wanted(array)
        method, score = self._settings()
        _, h, columns, objective = _unbraid.factorize(
            v, components, method, score, "kl", "fast", 0, 0.0, 0, 0, "random", None, None, None
        )
        self.columns_ = np.asarray(columns, np.int64)
        self.components_ = array[self.columns_].copy()
        self.reconstruction_err_ = float(np.sqrt(2 * max(objective[-1], 0.0))) * scale
        return np.ascontiguousarray(h.T, dtype=array.dtype)

    def transform(self, X: npt.ArrayLike) -> _Matrix:
        """The activations of the components in `X` by non-negative least squares, samples ×
        components."""
        check_is_fitted(self)
        array, v, scale = self._checked(X, reset=False)
        w = np.asarray(self.components_ / self.components_.dtype.type(scale), np.float32).T
        return np.ascontiguousarray(_unbraid.nnls(v, w, None).T, dtype=array.dtype)

    def _settings(self) -> tuple[str, str]:
        return self._method, "linear"


class SNPA(_Picking):
    """The successive non-negative projection algorithm (Gillis 2014).

    Equations are in docs/algorithms.md#picking-frames.

    Args:
        n_components: The largest number of samples that are picked; if None, the smaller side of
            ``X``.

    Attributes:
        columns_: The picked samples, in order, counted from 0.
        components_: These samples of ``X``.
        reconstruction_err_: The Frobenius norm of the residual of ``X``.
    """

    _method = "snpa"


class GreedySNPA(_Picking):
    """Greedy SNPA: each pick is the sample that best matches all residuals together.

    Equations are in docs/algorithms.md#picking-frames.

    Args:
        n_components: As for `SNPA`.
        passes: With 2, every pick is then replaced once, given the others.
        criterion: What makes a sample the best: ``linear``, the sum of its products with the
            residuals, or ``squared``, of their squares (Kumar, Sindhwani & Kambadur 2013).

    Attributes:
        columns_, components_, reconstruction_err_: As for `SNPA`.
    """

    def __init__(
        self, n_components: int | None = None, *, passes: int = 1, criterion: str = "linear"
    ) -> None:
        super().__init__(n_components)
        self.passes = passes
        self.criterion = criterion

    def _settings(self) -> tuple[str, str]:
        methods = {1: "greedy", 2: "greedy2"}
        if not isinstance(self.passes, Real) or self.passes not in methods:
            raise UnbraidError(f"passes is {self.passes!r}: use 1 or 2")
        if self.criterion not in ("linear", "squared"):
            raise UnbraidError(f"criterion is {self.criterion!r}: use 'linear' or 'squared'")
        return methods[int(self.passes)], self.criterion


class SPA(_Picking):
    """The successive projection algorithm (Gillis & Vavasis 2014).

    Equations are in docs/algorithms.md#picking-frames.

    Args:
        n_components: As for `SNPA`.

    Attributes:
        columns_, components_, reconstruction_err_: As for `SNPA`.
    """

    _method = "spa"


class XRAY(_Picking):
    """XRAY (Kumar, Sindhwani & Kambadur 2013).

    Equations are in docs/algorithms.md#picking-frames.

    Args:
        n_components: As for `SNPA`.

    Attributes:
        columns_, components_, reconstruction_err_: As for `SNPA`.
    """

    _method = "xray"
