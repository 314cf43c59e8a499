"""The package gives what the command gives, bit for bit."""

import json
import subprocess

import numpy as np
import pytest

import unbraid


def run(command, *words):
    result = subprocess.run(
        [command, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def read_all(folder):
    return {path.stem: unbraid.io.read(path)[0] for path in folder.glob("*.wav")}


def learned(command, folder, clips, *options):
    path = folder / "command.safetensors"
    sources = [f"{name}={file}" for name, file in clips.items()]
    run(command, "learn", "--source", *sources, "--no-verdict", "-o", path, *options)
    return path


def same(ours, theirs):
    assert set(ours) == set(theirs)
    for name, stem in ours.items():
        assert np.array_equal(stem, theirs[name]), name


def test_learns_the_same_bytes(command, tmp_path, clips, dictionary):
    assert learned(command, tmp_path, clips).read_bytes() == dictionary.to_bytes()


def test_learns_the_same_bytes_with_settings(command, tmp_path, clips, mixture, sr):
    song = tmp_path / "song.wav"
    unbraid.io.write(song, mixture, sr)
    two = {name: clips[name] for name in ["violin", "bass"]}
    words = "--mode live --components 9 --iterations 7 --seed 3 --transpose 6 --divergence 0.5"
    words = [*words.split(), "--mixture", song, "--silent", "violin=1-2.5"]
    path = learned(command, tmp_path, two, *words)
    ours = unbraid.learn(
        # One from a file, one from an array.
        {"violin": unbraid.io.read(two["violin"])[0], "bass": two["bass"]},
        sr=sr,
        mixture=[song],
        silent={"violin": [(1, 2.5)]},
        mode="live",
        n_components=9,
        n_iter=7,
        seed=3,
        transpose=6,
        divergence="0.5",
    )
    assert ours.to_bytes() == path.read_bytes()
    assert unbraid.Dictionary.load(path) == ours
    assert ours != unbraid.learn(two)


@pytest.mark.filterwarnings("ignore:the sources explain nearly all")
@pytest.mark.parametrize("rest", [None, "auto"])
def test_separates_the_same_bits(command, tmp_path, dictionary, mixture, sr, rest):
    dictionary.save(tmp_path / "band.safetensors")
    unbraid.io.write(tmp_path / "song.wav", mixture, sr)
    words = [] if rest is None else ["--rest", rest]
    files = [tmp_path / "song.wav", "-d", tmp_path / "band.safetensors"]
    run(command, "separate", *files, "-o", tmp_path / "out", *words)
    same(unbraid.separate(mixture, dictionary, sr=sr, rest=rest), read_all(tmp_path / "out"))


def test_separates_one_source_of_a_stereo_recording(command, tmp_path, dictionary, stereo, sr):
    violin = dictionary.select(["violin"])
    violin.save(tmp_path / "violin.safetensors")
    unbraid.io.write(tmp_path / "song.wav", stereo, sr)
    files = [tmp_path / "song.wav", "-d", tmp_path / "violin.safetensors"]
    options = ["--strength", "violin=40", "--silent", "violin=2-3"]
    run(command, "separate", *files, "-o", tmp_path / "out", *options)
    ours = unbraid.separate(
        stereo, violin, sr=sr, strength={"violin": np.float32(0.4)}, silent={"violin": [(2, 3)]}
    )
    same(ours, read_all(tmp_path / "out"))


@pytest.mark.parametrize("rest", ["none", "auto"])
def test_separates_files_the_same(command, tmp_path, dictionary, stereo, sr, rest):
    violin = dictionary.select(["violin", "drums"])
    violin.save(tmp_path / "two.safetensors")
    unbraid.io.write(tmp_path / "song.wav", stereo, sr)
    files = [tmp_path / "song.wav", "-d", tmp_path / "two.safetensors"]
    silent = {"violin": [(2, 3)]} if rest == "auto" else {}
    words = ["--rest", rest, *(["--silent", "violin=2-3"] if silent else [])]
    run(command, "separate", *files, "-o", tmp_path / "command", *words)
    ours = unbraid.separate_file(
        tmp_path / "song.wav", violin, tmp_path / "new" / "package", rest=rest, silent=silent
    )
    assert list(ours) == ["violin", "drums", "rest"]
    for path in ours.values():
        assert path.read_bytes() == (tmp_path / "command" / path.name).read_bytes()


def test_converts_the_dictionary_to_another_rate(command, tmp_path, dictionary, mixture):
    dictionary.save(tmp_path / "band.safetensors")
    unbraid.io.write(tmp_path / "song.wav", mixture, 32_000)
    files = [tmp_path / "song.wav", "-d", tmp_path / "band.safetensors"]
    run(command, "separate", *files, "-o", tmp_path / "out", "--only", "bass", "--no-spatial")
    with pytest.warns(UserWarning, match="remapped to 32000 Hz"):
        ours = unbraid.separate(mixture, dictionary, sr=32_000, only="Bass", spatial=False)
    assert list(ours) == ["bass", "rest"]
    same(ours, read_all(tmp_path / "out"))


def test_scores_the_same(command, tmp_path, dictionary, stems, mixture, sr):
    separated = unbraid.separate(mixture, dictionary, sr=sr)
    for folder, audio in [("true", stems), ("separated", separated)]:
        (tmp_path / folder).mkdir()
        for name, y in audio.items():
            unbraid.io.write(tmp_path / folder / f"{name}.wav", y, sr)
    folders = ["--reference", tmp_path / "true", "--estimate", tmp_path / "separated"]
    theirs = json.loads(run(command, "evaluate", *folders, "--json"))
    ours = unbraid.evaluate(stems, separated)
    assert ours["mean"] == theirs["mean"]
    assert sorted(ours["sources"], key=str) == sorted(theirs["sources"], key=str)
    # What the README says of the demo.
    assert round(ours["mean"]["sdr"], 1) == 8.7
