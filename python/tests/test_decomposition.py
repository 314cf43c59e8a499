"""The learners as estimators, against scikit-learn, librosa and planted truth."""

import librosa
import numpy as np
import pytest
import scipy.optimize
import sklearn.decomposition
from sklearn.utils.estimator_checks import parametrize_with_checks

import unbraid
from unbraid.decomposition import NMF, SNPA, SPA, XRAY, GreedySNPA, nnls

PICKING = [
    SNPA(),
    GreedySNPA(),
    GreedySNPA(passes=2),
    GreedySNPA(criterion="squared"),
    SPA(),
    XRAY(),
]

#: What scikit-learn expects of estimators and these do not do, and why.
EXCEPTIONS: dict[str, str] = {}


@parametrize_with_checks(
    [NMF(n_components=2, max_iter=500), NMF(init="snpa", n_components=2), *PICKING],
    expected_failed_checks=lambda estimator: EXCEPTIONS,
)
def test_estimators_are_those_of_scikit_learn(estimator, check):
    check(estimator)


def separable(components=5, samples=60, features=40, seed=0):
    """Samples that are mixtures of some of them, and which these are."""
    rng = np.random.default_rng(seed)
    pure = rng.random((components, features)) + 0.01
    mixed = rng.dirichlet(np.ones(components) * 0.7, samples - components) * 0.95
    X = np.concatenate([pure, mixed @ pure])
    order = rng.permutation(samples)
    return X[order], {int(np.flatnonzero(order == k)[0]) for k in range(components)}


@pytest.mark.parametrize("estimator", PICKING, ids=repr)
def test_the_pure_samples_are_picked(estimator):
    X, pure = separable()
    model = estimator.set_params(n_components=5)
    H = model.fit_transform(X)
    picked = set(model.columns_.tolist())
    # A single greedy pass picks the best of each moment, which need not be pure.
    is_greedy = isinstance(model, GreedySNPA) and model.passes == 1
    if is_greedy:
        assert len(picked & pure) >= 4
        return
    assert picked == pure
    assert np.array_equal(model.components_, X[model.columns_])
    assert np.allclose(H @ model.components_, X, atol=1e-5)
    assert model.reconstruction_err_ < 1e-3 * np.linalg.norm(X)
    assert np.allclose(model.transform(X[:7]), H[:7], atol=1e-4)
    assert np.allclose(model.inverse_transform(H), X, atol=1e-5)
    # Samples need not be more than components for the activations.
    assert model.transform(X[:2]).shape == (2, 5)


@pytest.mark.parametrize("beta", ["kullback-leibler", "frobenius", "itakura-saito", 0.5, 1.5])
def test_updates_are_those_of_scikit_learn(beta):
    rng = np.random.default_rng(4)
    X, W, H = rng.random((30, 20)) + 0.1, rng.random((30, 3)) + 0.1, rng.random((3, 20)) + 0.1
    settings = {"n_components": 3, "init": "custom", "beta_loss": beta, "max_iter": 15, "tol": 0}
    # They update activations first and we components: each is the other of the transpose.
    theirs = sklearn.decomposition.NMF(solver="mu", **settings)
    components = theirs.fit_transform(X.T, W=H.T.copy(), H=W.T.copy())
    ours = NMF(solver="mu", **settings)
    product = ours.fit_transform(X, W=W, H=H) @ ours.components_
    assert ours.n_iter_ == 15
    assert np.allclose(product, (components @ theirs.components_).T, rtol=2e-4)
    assert ours.reconstruction_err_ == pytest.approx(theirs.reconstruction_err_, rel=1e-4)
    assert np.all(np.diff(ours.objective_) <= 1e-6 * ours.objective_[0])


@pytest.mark.parametrize("scale", [1e-25, 1e-3, 1.0, 1e25])
def test_any_scale_is_factored_alike(scale):
    X, _ = separable()
    for estimator in [NMF(5, init="snpa"), SNPA(5)]:
        H = estimator.fit_transform(X * scale)
        assert np.allclose(H @ estimator.components_ / scale, X, atol=0.02)
        assert estimator.reconstruction_err_ >= 0


@pytest.mark.parametrize("estimator", [NMF(6, random_state=0), SNPA(6), GreedySNPA(6)], ids=repr)
def test_librosa_decomposes_with_them(estimator, mixture):
    S = np.abs(librosa.stft(mixture[:80_000], n_fft=1024))
    components, activations = librosa.decompose.decompose(S, transformer=estimator)
    assert components.shape == (513, 6) and activations.shape == (6, S.shape[1])
    error = np.linalg.norm(S - components @ activations) / np.linalg.norm(S)
    assert error < 0.5
    # And their components separate.
    dictionary = unbraid.Dictionary.from_matrix(components, 22_050, 1024, 256)
    assert dictionary.n_components == 6


def test_least_squares_are_those_of_scipy():
    rng = np.random.default_rng(8)
    V, W = rng.random((30, 12)), rng.random((30, 7))
    H = nnls(V, W)
    for t in range(12):
        assert np.allclose(H[:, t], scipy.optimize.nnls(W, V[:, t])[0], atol=1e-5)
    with pytest.raises(unbraid.UnbraidError, match="w is 29 × 7, expected 30 × 7"):
        nnls(V, W[1:])
    with pytest.raises(unbraid.UnbraidError, match="use 2"):
        nnls(V, W[:, 0])
    with pytest.raises(unbraid.UnbraidError, match="pass magnitudes"):
        nnls(V + 1j, W)
    with pytest.raises(unbraid.UnbraidError, match="v holds -1 at row 0, column 0"):
        nnls(np.full((30, 1), -1.0), W)


def test_settings_that_are_not_allowed_are_refused():
    X, _ = separable()
    for estimator, text in [
        (NMF(2, solver="cd"), "use 'fast' or 'mu'"),
        (NMF(2, init="nndsvd"), "use 'random', 'snpa' or 'custom'"),
        (NMF(2, tol=-1), "tol is -1"),
        (NMF(2, max_iter=10**30), "max_iter is"),
        (NMF(2, init="custom"), "needs W and H"),
        (NMF(2, beta_loss="l1"), "kullback-leibler"),
        (NMF(2, beta_loss=3.0), "kullback-leibler.* 0 to 2"),
        (NMF(2, max_iter=-1), "max_iter"),
        (NMF(0), "n_components"),
        (NMF(61), "61 components"),
        (GreedySNPA(2, passes=3), "use 1 or 2"),
        (GreedySNPA(2, criterion="cubed"), "'linear' or 'squared'"),
    ]:
        with pytest.raises(unbraid.UnbraidError, match=text):
            estimator.fit(X)
    W, H = np.ones((60, 2)), np.ones((2, 40))
    with pytest.raises(unbraid.UnbraidError, match="are for init='custom'"):
        NMF(2).fit(X, W=W, H=H)
    for w, h, text in [
        (W.T, H, r"^W is 2 × 60: .* give 60 × 2$"),
        (W, H[:, 1:], r"^H is 2 × 39: .* give 2 × 40$"),
        (-W, H, r"^W has entries that are negative"),
        (W, H * np.nan, r"^H has entries .* not finite"),
    ]:
        with pytest.raises(unbraid.UnbraidError, match=text):
            NMF(2, init="custom").fit(X, W=w, H=h)


@pytest.mark.parametrize("beta", ["kullback-leibler", "frobenius", "itakura-saito"])
def test_a_loud_sample_does_not_change_the_others(beta):
    X = np.random.default_rng(9).random((40, 20)) + 0.01
    model = NMF(3, beta_loss=beta, random_state=0).fit(X)
    loud = np.vstack([X, np.full((1, 20), 1e9)])
    assert np.allclose(model.transform(loud)[:40], model.transform(X), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_a_start_of_any_scale_is_taken(scale):
    rng = np.random.default_rng(10)
    X, W, H = rng.random((30, 20)), rng.random((30, 3)), rng.random((3, 20))
    model = NMF(3, init="custom", max_iter=30, tol=0)
    expected = model.fit_transform(X, W=W, H=H) @ model.components_
    for w, h in [(W * scale, H), (W, H * scale)]:
        found = model.fit(X * scale, W=w, H=h).transform(X * scale) @ model.components_
        found = model.fit_transform(X * scale, W=w, H=h) @ model.components_
        assert np.allclose(found / scale, expected, rtol=1e-3)


def test_many_iterations_cost_no_memory():
    X, _ = separable()
    assert NMF(2, max_iter=10**9, tol=1e-3, random_state=0).fit(X).n_iter_ < 1000
