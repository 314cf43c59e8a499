"""What holds for every separation, and what is refused."""

import os
import pickle
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import unbraid


def blocks(y, lengths):
    start = 0
    for length in lengths:
        yield y[..., start : start + length]
        start += length
    yield y[..., start:]


@pytest.mark.parametrize("kind", ["mixture", "stereo"])
def test_a_stream_gives_the_same_bits_in_any_blocks(request, dictionary, sr, kind):
    y = request.getfixturevalue(kind)[..., :50_000]
    whole = unbraid.separate(y, dictionary, sr=sr)
    pieces = list(unbraid.separate(blocks(y, [1, 700, 0, 4096, 5, 20_000]), dictionary, sr=sr))
    for name, stem in whole.items():
        joined = np.concatenate([piece[name] for piece in pieces], axis=-1)
        assert stem.shape == y.shape and np.array_equal(joined, stem), name
    assert np.allclose(sum(whole.values()), y, atol=1e-6)


def test_a_separator_is_late_by_its_latency(dictionary, mixture, sr):
    y = mixture[:30_000]
    separator = unbraid.Separator(dictionary, sr=sr)
    assert (separator.latency, separator.channels) == (4096, 1)
    for _ in range(2):
        played = [separator.process(y), separator.flush()]
        violin = np.concatenate([block["violin"] for block in played])
        late = violin[separator.latency :]
        assert np.array_equal(late, unbraid.separate(y, dictionary, sr=sr)["violin"])
        separator.reset()


def test_an_empty_stream_gives_nothing(dictionary):
    assert list(unbraid.separate(iter([]), dictionary)) == []


def test_one_source_gets_a_rest_of_the_recording(dictionary, mixture, stems, sr):
    violin = dictionary.select(["violin"])
    rest = unbraid.separate(mixture, violin, sr=sr)["rest"]
    score = unbraid.evaluate({"rest of it": mixture - stems["violin"]}, {"rest of it": rest})
    assert score["mean"]["sdr"] > 8
    with pytest.warns(UserWarning, match="one source and no rest"):
        separator = unbraid.Separator(violin, sr=sr)
    gets_all = separator.process(mixture[:20_000])
    assert np.abs(gets_all["rest"]).max() < 1e-3
    with_rest = violin.with_rest(mixture, sr)
    assert with_rest.rest and with_rest.sources == violin.sources
    unbraid.Separator(with_rest, sr=sr)
    # Learned from all of the recording, instead of an excerpt, which here is the same.
    assert np.array_equal(unbraid.separate(mixture, with_rest, sr=sr)["rest"], rest)


def test_samples_that_are_not_finite_are_silence(dictionary, mixture, sr):
    y = mixture[:20_000].copy()
    y[100:102] = [np.nan, np.inf]
    with pytest.warns(UserWarning, match="2 samples were not finite"):
        broken = unbraid.separate(y, dictionary, sr=sr)
    y[100:102] = 0
    for name, stem in unbraid.separate(y, dictionary, sr=sr).items():
        assert np.array_equal(stem, broken[name])


def test_other_layouts_of_memory_give_the_same(dictionary, stereo, sr):
    y = stereo[:, :9000]
    expected = unbraid.separate(y, dictionary, sr=sr)
    twice = np.repeat(y, 2, axis=1)[:, ::2]
    for other in [np.asfortranarray(y), y.astype(np.float64), twice, y.astype(">f4"), y.tolist()]:
        for name, stem in unbraid.separate(other, dictionary, sr=sr).items():
            assert np.array_equal(stem, expected[name])


def test_what_is_no_audio_is_refused_with_a_remedy(dictionary):
    refused = [
        (np.zeros(100, np.int16), "divide integers"),
        (np.zeros((100, 2)), "transpose it"),
        (np.zeros((3, 100)), "1 or 2 channels"),
        (np.zeros(100, complex), "not real samples"),
        (np.array("x"), "not real samples"),
        (np.float32(1), r"shape \(\)"),
        (np.ma.masked_array(np.zeros(9), mask=True), "filled"),
        ("song.wav", "unbraid.io.read"),
    ]
    for y, text in refused:
        with pytest.raises(unbraid.UnbraidError, match=text):
            unbraid.separate(y, dictionary)
    y = np.zeros(100)
    settings = [
        ({"only": ["flute"]}, "no source `flute`: the dictionary's sources are"),
        ({"only": ["rest"]}, "no source `rest`"),
        ({"rest": "some"}, "use 'none', 'learned' or 'auto'"),
        ({"rest": "learned"}, "no rest was learned"),
        ({"strength": {"bass": 40}}, "use -1 to 1"),
        ({"silent": {"bass": [(0, 1)]}}, "rest='auto'"),
        ({"rest": "auto", "silent": {"flute": [(0, 1)]}}, "no source `flute`"),
        ({"rest": "auto", "silent": {"bass": [(5, 6)]}}, "within the recording of 0.0 s"),
        ({"sr": 44100.5}, "whole number"),
        ({"sr": 4000}, "from 8000 to 192000 Hz"),
        ({"sr": True}, "whole number"),
        ({"strength": [1]}, "map names to numbers"),
        ({"silent": {"bass": (0, 1)}, "rest": "auto"}, "has to be like"),
    ]
    for setting, text in settings:
        with pytest.raises(unbraid.UnbraidError, match=text):
            unbraid.separate(y, dictionary, **setting)
    # No audio at all is no error.
    assert unbraid.separate(np.zeros(0), dictionary)["bass"].shape == (0,)


def test_a_separator_refuses_what_does_not_fit(dictionary):
    separator = unbraid.Separator(dictionary, channels=2)
    with pytest.raises(unbraid.UnbraidError, match="channels=1"):
        separator.process(np.zeros(10))
    with pytest.raises(unbraid.UnbraidError, match="from 1 to 2"):
        unbraid.Separator(dictionary, channels=3)
    with pytest.raises(unbraid.UnbraidError, match="no dictionary"):
        unbraid.Separator("band.safetensors")
    with pytest.raises(unbraid.UnbraidError, match="whole recording"):
        unbraid.Separator(dictionary, rest="auto")
    with pytest.raises(unbraid.UnbraidError, match="neither"):
        unbraid.separate(iter([]), dictionary, progress=print)


@pytest.mark.filterwarnings("ignore:the sources explain nearly all")
def test_progress_rises_and_an_exception_ends_the_work(clips, dictionary, mixture, sr):
    for work in [
        lambda report: unbraid.learn(clips, progress=report),
        lambda report: unbraid.separate(mixture, dictionary, sr=sr, rest="auto", progress=report),
        lambda report: dictionary.with_rest(mixture, sr, progress=report),
        lambda report: unbraid.evaluate({"a": mixture}, {"a": mixture}, progress=report),
    ]:
        fractions = []
        work(fractions.append)
        assert 0 <= fractions[0] <= 0.1 and fractions[-1] == pytest.approx(1.0, abs=0.02)

        def stop(fraction):
            if fraction > 0.3:
                raise KeyError("enough")

        with pytest.raises(KeyError, match="enough"):
            work(stop)


def test_a_file_is_separated_completely_or_leaves_nothing(tmp_path, dictionary, mixture, sr):
    unbraid.io.write(tmp_path / "song.wav", mixture, sr)

    def stop(fraction):
        if fraction > 0.5:
            raise KeyError("enough")

    out = tmp_path / "out"
    with pytest.raises(KeyError):
        unbraid.separate_file(tmp_path / "song.wav", dictionary, out, progress=stop)
    assert list(out.iterdir()) == []
    with pytest.raises(FileNotFoundError, match="none.wav"):
        unbraid.separate_file(tmp_path / "none.wav", dictionary, out)
    with pytest.raises(OSError):
        unbraid.separate_file(tmp_path / "song.wav", dictionary, tmp_path / "song.wav" / "x")
    y = mixture[:9000].copy()
    y[7] = np.nan
    # The package's own writer refuses it.
    import scipy.io.wavfile

    scipy.io.wavfile.write(tmp_path / "nan.wav", sr, y)
    with pytest.warns(UserWarning, match="nan.wav: 1 samples were not finite"):
        unbraid.separate_file(tmp_path / "nan.wav", dictionary, out)


def test_other_threads_run_meanwhile(dictionary, mixture, sr):
    counted, done = [], threading.Event()

    def count():
        while not done.is_set():
            counted.append(time.perf_counter())
            time.sleep(0.0005)

    thread = threading.Thread(target=count)
    thread.start()
    start = time.perf_counter()
    unbraid.separate(np.tile(mixture, 4), dictionary, sr=sr)
    end = time.perf_counter()
    done.set()
    thread.join()
    # With the interpreter's lock held, there would be none.
    assert sum(start < moment < end for moment in counted) > 5


def test_evaluate_refuses_what_cannot_be_scored():
    noise = np.random.default_rng(0).standard_normal(8000)
    with pytest.raises(unbraid.UnbraidError, match="samples long"):
        unbraid.evaluate({"a": noise}, {"a": noise[:4000]})
    with pytest.raises(unbraid.UnbraidError):
        unbraid.evaluate({}, {"a": noise})
    assert unbraid.evaluate({"a": noise}, {"x": noise})["matched_by"] == "score"


def test_a_recording_and_other_files_are_not_replaced(tmp_path, dictionary, mixture, sr):
    song = tmp_path / "piano.wav"
    unbraid.io.write(song, mixture[:9000], sr)
    before = song.read_bytes()
    for overwrite in [False, True]:
        with pytest.raises(unbraid.UnbraidError, match="would overwrite the recording"):
            unbraid.separate_file(song, dictionary, tmp_path, overwrite=overwrite)
    assert song.read_bytes() == before and list(tmp_path.iterdir()) == [song]
    song = song.rename(tmp_path / "song.wav")
    (tmp_path / "bass.wav").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="bass.wav: exists"):
        unbraid.separate_file(song, dictionary, tmp_path)
    assert (tmp_path / "bass.wav").read_bytes() == b"mine"
    unbraid.separate_file(song, dictionary, tmp_path, overwrite=True)
    assert (tmp_path / "bass.wav").read_bytes() != b"mine"


FORK = """
import multiprocessing
import numpy as np
import unbraid

def solve(_):
    try:
        unbraid.decomposition.nnls(np.ones((5, 2)), np.ones((5, 1)))
    except unbraid.UnbraidError as error:
        return str(error)

solve(0)
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.apply_async(solve, (1,)).get(60))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_refuses_instead_of_hanging():
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=False)
    assert "multiprocessing.get_context('spawn')" in done.stdout, done.stderr


def test_blocks_of_a_stream_keep_their_shape(dictionary, mixture):
    y = mixture[None, :9000]
    pieces = list(unbraid.separate(iter([y[:, :4000], y[:, 4000:]]), dictionary))
    assert np.concatenate([piece["bass"] for piece in pieces], axis=1).shape == y.shape
    stream = unbraid.separate(iter([y, np.zeros((2, 5))]), dictionary)
    next(stream)
    with pytest.raises(unbraid.UnbraidError, match="the same channels"):
        next(stream)
    # Before anything is computed.
    with pytest.raises(unbraid.UnbraidError, match="no source `flute`"):
        unbraid.separate(iter([y]), dictionary, only="flute")


def test_errors_reach_other_processes(dictionary):
    error = pickle.loads(pickle.dumps(unbraid.UnbraidError("text")))
    assert type(error) is unbraid.UnbraidError and str(error) == "text"
