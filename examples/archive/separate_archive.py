"""Separates all recordings of a folder, on the workers of a Ray cluster.

    python separate_archive.py DICTIONARY RECORDINGS OUTPUT [--workers N | --address auto]

Every recording gets a folder of its own under OUTPUT, at the same relative path, with a WAV file
for each source and one for the rest. The folder appears when it is complete; `unbraid.json` in it has the
hashes of the recording, the dictionary and the settings that it was made from. Recordings
already separated with the same hashes are skipped, so an interrupted run is resumed by starting it
again. A recording that cannot be separated is listed at the end, and in
OUTPUT/failed.json; the others are not affected. A worker that dies is replaced and its recording
tried again, up to three times.

Without --address, the cluster is this machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import sys
import time

import ray

import unbraid

#: The report file in a finished folder.
REPORT = "unbraid.json"
#: Attempts for a recording whose worker died.
ATTEMPTS = 3
#: Recordings queued per worker at a time, so that a large archive is not queued all at once.
AHEAD = 2


def file_hash(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_done(folder: pathlib.Path, made_from: dict[str, object]) -> bool:
    """Whether a finished folder was made from this."""
    try:
        report = json.loads((folder / REPORT).read_text())
    except (OSError, ValueError):
        return False
    return all(report.get(key) == value for key, value in made_from.items())


@ray.remote(num_cpus=1, max_retries=0)
def separate(
    recording: pathlib.Path, folder: pathlib.Path, dictionary: bytes, settings: dict[str, object]
) -> dict[str, object]:
    """Separates a recording; returns its report."""
    made_from = {
        "recording_sha256": file_hash(recording),
        "dictionary_sha256": hashlib.sha256(dictionary).hexdigest(),
        "settings": settings,
        "version": unbraid.__version__,
    }
    if is_done(folder, made_from):
        return {"skipped": True}
    if folder.exists() and not (folder / REPORT).is_file():
        raise FileExistsError(f"{folder}: exists, and is no result of this program; move it away")
    start = time.perf_counter()
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside its final place, so that it can be renamed. The name is fixed, so that leftovers of a
    # dead worker are removed.
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        files = unbraid.separate_file(
            recording, unbraid.Dictionary.from_bytes(dictionary), unfinished, **settings
        )
    except Exception:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    report = {**made_from, "files": {name: path.name for name, path in files.items()}}
    (unfinished / REPORT).write_text(json.dumps(report, indent=2))
    # An older result, made from other input. It stays until the new one is complete.
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    unfinished.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return {"skipped": False, "seconds": time.perf_counter() - start, "pid": os.getpid()}


def recordings_in(folder: pathlib.Path) -> list[pathlib.Path]:
    """The audio files in a folder and those below it."""
    extensions = {".wav", ".flac", ".aif", ".aiff", ".caf", ".ogg", ".mp3", ".m4a", ".rf64"}
    found = folder.rglob("*")
    return sorted(path for path in found if path.suffix.lower() in extensions and path.is_file())


def run(
    dictionary: pathlib.Path,
    recordings: pathlib.Path,
    output: pathlib.Path,
    workers: int,
    settings: dict[str, object],
) -> dict[str, object]:
    """Separates every recording; returns counts and failures."""
    # Loaded here, so that a bad dictionary fails before any work starts.
    shared = ray.put(unbraid.Dictionary.load(dictionary).to_bytes())
    waiting = [(path, 1) for path in reversed(recordings_in(recordings))]
    running: dict[ray.ObjectRef, tuple[pathlib.Path, int]] = {}
    done, skipped, failed = 0, 0, []
    while waiting or running:
        while waiting and len(running) < AHEAD * workers:
            path, attempt = waiting.pop()
            # Named like the file: there may be a.wav and a.flac.
            folder = output / path.relative_to(recordings)
            running[separate.remote(path, folder, shared, settings)] = (path, attempt)
        (finished, *_), _ = ray.wait(list(running), num_returns=1)
        path, attempt = running.pop(finished)
        try:
            report = ray.get(finished)
        except ray.exceptions.RayTaskError as error:
            failed.append({"recording": str(path), "error": str(error.cause)})
        except ray.exceptions.RayError as error:
            # Its worker or its machine is gone.
            if attempt < ATTEMPTS:
                print(f"{path}: its worker died; trying again", file=sys.stderr, flush=True)
                waiting.append((path, attempt + 1))
            else:
                failed.append({"recording": str(path), "error": f"the worker died: {error}"})
        else:
            done += 1
            skipped += report["skipped"]
            if not report["skipped"]:
                print(f"{path}: {report['seconds']:.1f} s", flush=True)
    output.mkdir(parents=True, exist_ok=True)
    (output / "failed.json").write_text(json.dumps(failed, indent=2))
    return {"done": done, "skipped": skipped, "failed": failed}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dictionary", type=pathlib.Path)
    parser.add_argument("recordings", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, help="on this machine [default: its processors]")
    where.add_argument("--address", help="of a cluster, as for ray.init")
    parser.add_argument("--rest", choices=["none", "learned", "auto"])
    arguments = parser.parse_args()
    recordings, output = arguments.recordings.resolve(), arguments.output.resolve()
    if recordings in [output, *output.parents] or output in recordings.parents:
        parser.exit(1, f"{output}: choose a folder outside of {recordings}, and not around it\n")
    # One thread each: the workers use all processors together.
    environment = {"env_vars": {"RAYON_NUM_THREADS": "1"}}
    ray.init(
        address=arguments.address,
        num_cpus=None if arguments.address else arguments.workers,
        runtime_env=environment,
        include_dashboard=False,
        log_to_driver=False,
    )
    workers = int(ray.cluster_resources().get("CPU", 1))
    settings = {} if arguments.rest is None else {"rest": arguments.rest}
    start = time.perf_counter()
    result = run(
        arguments.dictionary.resolve(),
        recordings,
        output,
        workers,
        settings,
    )
    seconds = time.perf_counter() - start
    print(
        f"{result['done']} recordings in {seconds:.1f} s with {workers} workers, "
        f"{result['skipped']} of them already done; {len(result['failed'])} failed"
    )
    for failure in result["failed"]:
        print(f"failed: {failure['recording']}: {failure['error']}", file=sys.stderr)
    return 1 if result["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
