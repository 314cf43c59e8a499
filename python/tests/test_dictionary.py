"""Dictionaries: made, kept, and refused."""

import copy
import pickle

import numpy as np
import pytest
from conftest import ROOT

import unbraid

SR, N_FFT, HOP = 16_000, 1024, 256


def spectra(components=3):
    return np.random.default_rng(1).random((N_FFT // 2 + 1, components)) + 0.1


def test_what_was_learned_is_known(dictionary, clips):
    assert list(dictionary.sources) == list(clips)
    assert dictionary.W.shape == (4097, dictionary.n_components) == (4097, 128)
    assert np.allclose(dictionary.W.sum(axis=0), 1, atol=1e-4)
    facts = (dictionary.sr, dictionary.n_fft, dictionary.hop_length, dictionary.mode)
    assert facts == (44_100, 8192, 1024, "quality")
    assert (dictionary.transpose, dictionary.divergence, dictionary.method) == (12, "kl", "nmf")
    assert dictionary.rest is None
    (report, *_) = dictionary.reports
    assert report["name"] == "bass" and report["n_components"] == 32 and 5 < report["seconds"] < 13
    assert np.all(np.diff(report["objective"]) <= 0) and len(report["objective"]) == 26
    assert "violin: 32" in repr(dictionary) and "sr=44100" in repr(dictionary)


def test_spectra_are_a_view_that_outlives_the_dictionary():
    dictionary = unbraid.Dictionary.from_matrix(spectra(), SR, N_FFT, HOP)
    w = dictionary.W
    assert np.shares_memory(w, dictionary.W)
    with pytest.raises(ValueError, match="read-only"):
        w[0, 0] = 1
    expected = w.copy()
    del dictionary
    assert np.array_equal(w, expected)


def test_any_matrix_becomes_a_dictionary():
    w = spectra()
    sums = w.sum(axis=0)
    for matrix in [w, w * 1e-30, w * 1e30, np.asfortranarray(w), w.astype(np.float32)]:
        dictionary = unbraid.Dictionary.from_matrix(matrix, SR, N_FFT, HOP)
        assert np.allclose(dictionary.W, w / sums, rtol=1e-5)
    assert dictionary.sources == {"component-01": [0], "component-02": [1], "component-03": [2]}
    named = unbraid.Dictionary.from_matrix(
        w, SR, N_FFT, HOP, {"a": [2, 0], "rest": [1]}, mode="live", transpose=6, divergence="is"
    )
    assert named.sources == {"a": [2, 0]} and named.rest == [1]
    assert (named.mode, named.transpose, named.divergence) == ("live", 6, "is")
    assert unbraid.Dictionary.from_matrix(w, SR, N_FFT, HOP, "abc").sources["c"] == [2]


def test_what_is_no_dictionary_is_refused_with_a_remedy():
    w = spectra()
    negative, broken, empty = w.copy(), w.copy(), w * 0
    negative[5, 1] = -1
    broken[5, 1] = np.nan
    for matrix, options, text in [
        (w.T, {}, "transpose it"),
        (w[:, 0], {}, "not bins × components"),
        (w * 1j, {}, "real numbers"),
        (negative, {}, "bin 5 of component 1"),
        (broken, {}, "bin 5 of component 1"),
        (empty, {}, "all spectra are zero"),
        (-w, {}, "negative, infinite or NaN entry at bin 0"),
        (w.astype(str), {}, "not bins × components"),
        (w[:, :0], {}, "at least one component"),
        (w, {"sources": ["a", "b", "b"]}, "one name"),
        (w, {"sources": {"a": [0.9, 1, 2]}}, "a component of 'a' is 0.9"),
        (w, {"sources": {"a": [0, 1, -1]}}, "whole number from 0 to 2"),
        (w, {"sources": ["a", "b"]}, "2 names for 3 components"),
        (w, {"sources": {"a": [0, 1]}}, "component 2 belongs to 0 sources"),
        (w, {"sources": {"a": [0, 1], "A": [2]}}, "two sources"),
        (w, {"sources": {"a/b": [0, 1, 2]}}, "cannot name a source"),
        (w, {"mode": "fast"}, "use quality, balanced or live"),
        (w, {"transpose": 5}, "transpose is 5"),
        (w, {"divergence": 3.5}, "no divergence"),
        (w, {"divergence": "l1"}, "no divergence"),
    ]:
        with pytest.raises(unbraid.UnbraidError, match=text):
            unbraid.Dictionary.from_matrix(matrix, SR, N_FFT, HOP, **options)


def test_a_dictionary_survives_files_and_processes(tmp_path, dictionary):
    dictionary.save(tmp_path / "band.safetensors")
    kept = [
        unbraid.Dictionary.load(tmp_path / "band.safetensors"),
        unbraid.Dictionary.load(str(tmp_path / "band.safetensors")),
        unbraid.Dictionary.from_bytes(dictionary.to_bytes()),
        pickle.loads(pickle.dumps(dictionary)),
        copy.deepcopy(dictionary),
    ]
    for other in kept:
        assert other == dictionary and hash(other) == hash(dictionary)
    assert dictionary != dictionary.select(["bass"]) and dictionary != 1
    with pytest.raises(FileNotFoundError, match="learn a dictionary"):
        unbraid.Dictionary.load(tmp_path / "none")
    (tmp_path / "broken").write_bytes(dictionary.to_bytes()[:-5])
    with pytest.raises(unbraid.UnbraidError, match="not an Unbraid dictionary"):
        unbraid.Dictionary.load(tmp_path / "broken")
    with pytest.raises(OSError, match="cannot write"):
        dictionary.save(tmp_path / "no folder" / "x")


def test_a_dictionary_written_by_hand(tmp_path, monkeypatch):
    """The example in docs/python.md."""
    text = (ROOT / "docs" / "python.md").read_text()
    blocks = [block.split("```")[0] for block in text.split("```python\n")[1:]]
    (example,) = (block for block in blocks if "save_file" in block)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(example, names)
    dictionary = unbraid.Dictionary.load("flute.safetensors")
    assert dictionary.sources == {"flute": [0, 1]} and dictionary.rest == [2]
    assert np.array_equal(dictionary.W, names["w"]) and dictionary.method == "my own"
    ours = unbraid.Dictionary.from_matrix(
        names["w"], SR, N_FFT, HOP, {"flute": [0, 1], "rest": [2]}
    )
    assert np.array_equal(ours.W, dictionary.W)


def test_factors_of_the_command_in_one_call():
    """From `factors.npz` of `unbraid decompose` to what separates with it."""
    sr, n_fft = 44_100, 4096
    w = np.random.default_rng(2).random((n_fft // 2 + 1, 2), np.float32)
    dictionary = unbraid.Dictionary.from_matrix(w, sr, n_fft, n_fft // 4, ["one", "two"])
    y = np.random.default_rng(3).standard_normal(20_000).astype(np.float32)
    with pytest.warns(UserWarning, match="remapped to 44100 Hz, FFT 8192"):
        stems = unbraid.separate(y, dictionary)
    assert np.allclose(sum(stems.values()), y, atol=1e-5)
    same = unbraid.Dictionary.from_matrix(w, sr, n_fft, n_fft // 4, mode="balanced")
    unbraid.separate(y, same)


def test_sources_are_selected_by_name(dictionary):
    two = dictionary.select(["Violin", "bass"])
    assert list(two.sources) == ["violin", "bass"]
    assert dictionary.select("bass") == dictionary.select(["bass"])
    with pytest.raises(unbraid.UnbraidError, match="at least one"):
        dictionary.select([])
    assert np.array_equal(two.W[:, :32], dictionary.W[:, dictionary.sources["violin"]])
    with pytest.raises(unbraid.UnbraidError, match="sources are bass, drums, piano, violin"):
        dictionary.select(["flute"])


def test_clips_that_cannot_be_learned_from_are_refused(clips):
    silence = np.zeros(44_100)
    for sources, options, text in [
        ({"a": silence}, {"sr": 44_100}, "one window of sound"),
        ({"a": silence}, {}, "pass sr"),
        ({}, {}, "nothing to learn from"),
        ({"a": clips["bass"]}, {"n_components": 999}, "999 components were asked for"),
        ({"mixture": clips["bass"]}, {}, "cannot name a source"),
        ({"a": np.full(9000, np.nan)}, {"sr": 44_100}, "nan at sample 0 of channel 0"),
        ({"a": [silence, np.zeros((3, 5))]}, {"sr": 44_100}, r"sources\['a'\]\[1\] has the shape"),
        ({"a": clips["bass"]}, {"silent": {"a": [(0, 1)]}}, "give a mixture"),
        ({"a": clips["bass"]}, {"seed": -1}, "seed is -1"),
        ({"a": clips["bass"]}, {"transpose": 5}, "0, 6 or 12"),
        ({"a": np.ones(9000)}, {"sr": 1}, "1000 to 768000"),
        ({"a": np.ones(9000)}, {"sr": 2**32 - 1}, "1000 to 768000"),
        ({"a": []}, {}, "is empty"),
        ([clips["bass"]], {}, "map names to clips"),
        ({"a": clips["bass"]}, {"method": "pca"}, "no method 'pca'"),
        ({"a": clips["bass"]}, {"mode": "slow"}, "no mode `slow`"),
        (
            {"a": clips["bass"]},
            {"silent": {"b": [(0, 1)]}, "mixture": clips["bass"]},
            "no source `b`",
        ),
    ]:
        with pytest.raises(unbraid.UnbraidError, match=text):
            unbraid.learn(sources, **options)
    with pytest.raises(FileNotFoundError):
        unbraid.learn({"a": "no such file.wav"})


def test_a_short_clip_is_learned_from_with_a_warning():
    second = np.random.default_rng(7).standard_normal(16_000)
    with pytest.warns(UserWarning, match=r"only 0\.\d s of `hiss`"):
        unbraid.learn({"hiss": second}, 16_000)


def test_a_dictionary_is_drawn(dictionary, mixture, sr):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    with_rest = dictionary.with_rest(mixture, sr).with_rest(mixture, sr)
    assert [report["name"] for report in with_rest.reports] == [*dictionary.sources, "rest"]
    ax = with_rest.plot()
    names = [text.get_text() for text in ax.texts]
    assert names == [*dictionary.sources, "rest"]
    ax.figure.canvas.draw()


def test_a_pair_of_audio_and_rate_is_a_clip(clips):
    pair = unbraid.io.read(clips["bass"])
    expected = unbraid.learn({"bass": clips["bass"]}, n_iter=1).to_bytes()
    assert unbraid.learn({"bass": pair}, n_iter=1).to_bytes() == expected
    assert unbraid.learn({"bass": [pair]}, n_iter=1).to_bytes() == expected
