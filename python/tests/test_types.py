"""The types that the package declares are those that it has."""

import pathlib
import subprocess
import sys

import unbraid

PROJECT = pathlib.Path(__file__).resolve().parents[1]


def run(*words):
    config = [
        "--config-file" if "mypy" in words else "--mypy-config-file",
        PROJECT / "pyproject.toml",
    ]
    command = [sys.executable, *words, *config]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_declared_functions_are_those_of_the_library():
    run("-m", "mypy.stubtest", "unbraid._unbraid", "--ignore-missing-stub")


def test_the_package_follows_its_own_types():
    folder = pathlib.Path(unbraid.__file__).parent
    assert (folder / "py.typed").exists()
    run("-m", "mypy", "--strict", "-p", "unbraid")
