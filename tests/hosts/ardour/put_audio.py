"""Puts a sound on a track of a saved session, from its start; the session then lasts
as long as the sound. Ardour's scripts cannot import audio, so the file is written to.

usage: put_audio.py SESSION_FILE TRACK WAV
"""

import itertools
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import soundfile

SOURCE = {"take-id": "", "type": "audio", "flags": "", "channel": "0", "origin": "", "gain": "1"}
REGION = {
    "type": "audio", "first-edit": "nothing", "start": "0", "sync-position": "0",
    "ancestral-start": "0", "ancestral-length": "0", "stretch": "1", "shift": "1",
    "layering-index": "0", "muted": "0", "opaque": "1", "locked": "0", "automatic": "0",
    "import": "0", "external": "0", "hidden": "0", "position-locked": "0",
    "envelope-active": "0", "default-fade-in": "1", "default-fade-out": "1",
    "fade-in-active": "0", "fade-out-active": "0", "scale-amplitude": "1",
}  # fmt: skip
# Without a session range an export is empty.
RANGE = {
    "name": "session", "start": "0", "flags": "IsSessionRange", "locked": "0",
    "timestamp": "0", "cue": "0",
}  # fmt: skip


def add(parent, tag, *attributes):
    merged = {}
    for some in attributes:
        merged.update(some)
    ElementTree.SubElement(parent, tag, merged)


def main(session, track, wav):
    tree = ElementTree.parse(session)
    root = tree.getroot()
    ids = map(str, itertools.count(int(root.get("id-counter")) + 1000))
    samples, rate = soundfile.read(wav, dtype="float32", always_2d=True)
    length = str(len(samples))

    folder = Path(session).parent / "interchange" / Path(session).parent.name / "audiofiles"
    folder.mkdir(parents=True, exist_ok=True)
    region = {**REGION, "name": track, "length": length, "channels": str(samples.shape[1])}
    for channel, sound in enumerate(samples.T):
        name, source = f"{track}-{channel}.wav", next(ids)
        soundfile.write(folder / name, sound, rate, subtype="FLOAT")
        add(root.find("Sources"), "Source", SOURCE, {"name": name, "id": source})
        region |= {f"source-{channel}": source, f"master-source-{channel}": source}

    route = next(route for route in root.find("Routes") if route.get("name") == track)
    wanted = route.get("audio-playlist")
    playlist = next(playlist for playlist in root.find("Playlists") if playlist.get("id") == wanted)
    add(root.find("Regions"), "Region", region, {"id": next(ids), "whole-file": "1"})
    add(playlist, "Region", region, {"id": next(ids), "whole-file": "0"})
    add(root.find("Locations"), "Location", RANGE, {"id": next(ids), "end": length})
    root.set("session-range-is-free", "0")
    root.set("id-counter", next(ids))
    tree.write(session, encoding="UTF-8", xml_declaration=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
