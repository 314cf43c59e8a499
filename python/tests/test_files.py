"""Audio files, and files of MATLAB."""

import numpy as np
import pytest
import scipy.io

import unbraid


@pytest.mark.filterwarnings("ignore:Chunk")
def test_samples_are_read_as_they_were_written(tmp_path):
    rng = np.random.default_rng(5)
    for y in [rng.standard_normal(1000), rng.standard_normal((2, 1000))]:
        y = y.astype(np.float32)
        unbraid.io.write(tmp_path / "y.wav", y, 48_000)
        again, sr = unbraid.io.read(str(tmp_path / "y.wav"))
        assert sr == 48_000 and again.shape == y.shape and np.array_equal(again, y)
        sr, theirs = scipy.io.wavfile.read(tmp_path / "y.wav")
        assert sr == 48_000 and np.array_equal(theirs.T, y)


def test_files_that_cannot_be_read_or_written(tmp_path):
    with pytest.raises(FileNotFoundError, match="check the path"):
        unbraid.io.read(tmp_path / "none.wav")
    (tmp_path / "text.wav").write_text("no audio")
    with pytest.raises(unbraid.UnbraidError, match="not an audio file"):
        unbraid.io.read(tmp_path / "text.wav")
    with pytest.raises(OSError, match="cannot write"):
        unbraid.io.write(tmp_path / "none" / "y.wav", np.zeros(5), 44_100)
    with pytest.raises(unbraid.UnbraidError, match="nan at sample 3"):
        unbraid.io.write(tmp_path / "y.wav", [0.0, 0.0, 0.0, np.nan], 44_100)
    assert not (tmp_path / "y.wav").exists()


def test_matrices_go_to_matlab_and_back(tmp_path, dictionary):
    path = tmp_path / "factors.mat"
    W, H = np.random.default_rng(6).random((2, 5, 3))
    unbraid.io.save_mat(path, {"W": W, "H": H, "J": [1, 2]})
    assert set(unbraid.io.load_mat(path)) == {"W", "H", "J"}
    assert np.array_equal(unbraid.io.load_mat(path, "W"), W)
    with pytest.raises(unbraid.UnbraidError, match="no variable `X`; it contains"):
        unbraid.io.load_mat(path, "X")
    unbraid.io.save_mat(path, dictionary)
    found = scipy.io.loadmat(path)
    assert np.array_equal(found["W"], dictionary.W) and found["sr"] == dictionary.sr
    # Counted from 1.
    violin = found["sources"]["violin"][0, 0]
    assert violin.tolist() == [[k + 1 for k in dictionary.sources["violin"]]]
    with pytest.raises(FileNotFoundError):
        unbraid.io.load_mat(tmp_path / "none.mat")
    (tmp_path / "text.mat").write_text("no matrices at all, but some letters")
    with pytest.raises(unbraid.UnbraidError, match="not a MATLAB file"):
        unbraid.io.load_mat(tmp_path / "text.mat")


def test_no_source_is_lost_in_a_file_of_matlab(tmp_path):
    W = np.random.default_rng(7).random((513, 5))
    long = "an instrument with a name of sixty-four characters, the most ther"
    names = ["a b", "a-b", "é", "1", long[:64]]
    dictionary = unbraid.Dictionary.from_matrix(W, 44_100, 1024, 256, names)
    unbraid.io.save_mat(tmp_path / "d.mat", dictionary)
    sources = scipy.io.loadmat(tmp_path / "d.mat")["sources"][0, 0]
    assert [int(sources[field][0, 0]) for field in sources.dtype.names] == [1, 2, 3, 4, 5]
    before = (tmp_path / "d.mat").read_bytes()
    for name in ["_x", "1x", "a b", 3]:
        with pytest.raises(unbraid.UnbraidError, match="cannot name a variable"):
            unbraid.io.save_mat(tmp_path / "d.mat", {name: W})
    with pytest.raises(TypeError):
        unbraid.io.save_mat(tmp_path / "d.mat", {"x": object()})
    assert (tmp_path / "d.mat").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["d.mat"]
    with pytest.raises(unbraid.UnbraidError, match="end the name in .wav"):
        unbraid.io.write(tmp_path / "y.flac", np.zeros(5), 44_100)
