"""The demo's audio, and the command beside which the package is tested."""

import os
import pathlib
import shutil

import numpy as np
import pytest

import unbraid

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "assets" / "demo"
BAND = ["bass", "drums", "piano", "violin"]


@pytest.fixture(scope="session")
def clips():
    """The files in which each instrument of the demo plays alone."""
    return {name: DEMO / "train" / f"{name}.flac" for name in BAND}


@pytest.fixture(scope="session")
def stems():
    """The true stems of the demo's piece."""
    return {name: unbraid.io.read(DEMO / "test" / f"{name}.flac")[0] for name in BAND}


@pytest.fixture(scope="session")
def sr():
    return unbraid.io.read(DEMO / "test" / "bass.flac")[1]


@pytest.fixture(scope="session")
def mixture(stems):
    return np.sum(list(stems.values()), axis=0)


@pytest.fixture(scope="session")
def stereo(stems):
    """The piece with every instrument at a place of its own."""
    pans = np.linspace(0.1, 0.9, len(stems))
    mixed = sum(
        np.stack([np.cos(pan * np.pi / 2) * y, np.sin(pan * np.pi / 2) * y])
        for pan, y in zip(pans, stems.values(), strict=True)
    )
    return mixed.astype(np.float32)


@pytest.fixture(scope="session")
def dictionary(clips):
    return unbraid.learn(clips)


@pytest.fixture(scope="session")
def command():
    """The command of the same version."""
    found = os.environ.get("UNBRAID_COMMAND") or ROOT / "target" / "release" / "unbraid"
    path = shutil.which(found)
    assert path, f"{found} is not there: run `cargo xtask test-python`, which builds it"
    return path
