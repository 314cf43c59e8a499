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
    with pytest.raises(unbraid.UnbraidError, match="no variable `X`; it has"):
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
