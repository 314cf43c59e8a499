"""The example for archives: interrupted, with workers that die, and continued."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from conftest import ROOT

import unbraid

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)
pytest.importorskip("ray")

EXAMPLE = ROOT / "examples" / "archive" / "separate_archive.py"


@pytest.fixture
def archive(tmp_path, dictionary, mixture, sr):
    """Six recordings of half a minute, one of which is broken."""
    dictionary.save(tmp_path / "band.safetensors")
    (tmp_path / "in" / "tape 2").mkdir(parents=True)
    for i in range(6):
        folder = tmp_path / "in" / ("tape 2" if i % 2 else "")
        unbraid.io.write(folder / f"{i}.wav", np.roll(np.tile(mixture, 3), 1000 * i), sr)
    broken = tmp_path / "in" / "4.wav"
    broken.write_bytes(broken.read_bytes()[:1_000_000])
    return tmp_path


def start(archive, *options):
    words = [archive / "band.safetensors", archive / "in", archive / "out", *options]
    return subprocess.Popen(
        [sys.executable, EXAMPLE, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ray keeps a key there.
        env={**os.environ, "HOME": str(archive)},
    )


def wait_for(what, found):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.005)
    raise AssertionError(f"{what} does not happen")


def workers(run):
    """The processes that are separating something."""
    found = []
    for process in psutil.Process(run.pid).children(recursive=True):
        try:
            if process.cmdline()[0].startswith("ray::separate"):
                found.append(process)
        except (psutil.Error, IndexError):
            continue
    return found


def finished(archive):
    folders = (path.parent for path in archive.rglob("unbraid.json"))
    # Those that are not finished may be renamed at any time.
    folders = [folder for folder in folders if not folder.name.startswith(".")]
    return {folder: (folder / "unbraid.json").stat().st_mtime_ns for folder in folders}


def unfinished(archive):
    return [path for path in (archive / "out").rglob(".*") if path.is_dir()]


def test_an_archive_survives_what_happens_to_its_workers(archive, dictionary, sr):
    run = start(archive, "--workers", "2", "--rest", "auto")
    wait_for("the first recording", lambda: finished(archive))
    # Everything at once, as when a machine is lost.
    every = psutil.Process(run.pid).children(recursive=True)
    run.kill()
    for process in every:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    run.communicate()
    before = finished(archive)
    assert 1 <= len(before) < 5

    run = start(archive, "--workers", "2", "--rest", "auto")
    (victim, *_) = wait_for("work", lambda: workers(run))
    # In the middle of a recording.
    wait_for("a file", lambda: list(archive.rglob(".*.unfinished")))
    victim.send_signal(signal.SIGKILL)
    output, errors = run.communicate(timeout=300)
    assert "its worker died; trying again" in errors, errors
    assert run.returncode == 1 and f"{len(before)} of them already done; 1 failed" in output
    (failure,) = json.loads((archive / "out" / "failed.json").read_text())
    assert failure["recording"].endswith("4.wav") and "4.wav" in failure["error"]
    after = finished(archive)
    assert len(after) == 5 and before.items() <= after.items()
    assert not unfinished(archive)
    folder = archive / "out" / "tape 2" / "3.wav"
    y = unbraid.io.read(archive / "in" / "tape 2" / "3.wav")[0]
    with pytest.warns(UserWarning, match="explain nearly all"):
        expected = unbraid.separate(y, dictionary, sr=sr, rest="auto")
    for name, stem in expected.items():
        assert np.array_equal(unbraid.io.read(folder / f"{name}.wav")[0], stem), name

    # Other settings are other work; a repaired recording is separated.
    whole, _ = unbraid.io.read(archive / "in" / "0.wav")
    unbraid.io.write(archive / "in" / "4.wav", whole[: sr * 5], sr)
    output, errors = start(archive, "--workers", "2", "--rest", "auto").communicate(timeout=300)
    assert "6 recordings" in output and "5 of them already done; 0 failed" in output, errors
    assert after.items() <= finished(archive).items()
    output, errors = start(archive, "--workers", "2", "--rest", "none").communicate(timeout=300)
    assert "0 of them already done; 0 failed" in output, errors
    assert not unfinished(archive)


@pytest.mark.parametrize("output", ["in", "in/out", "."])
def test_stems_do_not_become_recordings(archive, output):
    words = [archive / "band.safetensors", archive / "in", archive / output, "--workers", "1"]
    done = subprocess.run(
        [sys.executable, EXAMPLE, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(archive)},
        check=False,
    )
    assert done.returncode == 1 and "choose a folder outside" in done.stderr
    assert not finished(archive)


def test_what_is_no_result_is_not_touched(archive):
    (archive / "out" / "0.wav").mkdir(parents=True)
    (archive / "out" / "0.wav" / "mine.txt").write_text("mine")
    (archive / "out" / "2.wav").write_text("mine")
    output, errors = start(archive, "--workers", "2", "--rest", "none").communicate(timeout=300)
    assert "3 failed" in output and "is no result of this program" in errors, errors
    assert (archive / "out" / "0.wav" / "mine.txt").read_text() == "mine"
    assert (archive / "out" / "2.wav").read_text() == "mine"
