"""Compares what Ardour saved and exported with what it should have.

usage: compare.py COMMAND NAME FOLDER SESSION_FILE EXPORT
COMMAND is the unbraid command, NAME the source that is selected, FOLDER what learn.py
filled.
"""

import subprocess
import sys
from pathlib import Path

import soundfile
from vstpreset import session_state

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from band import Report, off_db

MOST_DB = -100


def separated(command, name, folder, mixture, rate):
    """The source `name` of `mixture` as the command separates it."""
    folder.mkdir()
    file = folder / "mixture.wav"
    soundfile.write(file, mixture, rate, subtype="FLOAT")
    words = ["separate", file, "-d", folder.parent / "d.safetensors", "--only", name, "-o", folder]
    subprocess.run([command, *words], check=True, stderr=subprocess.DEVNULL)
    return soundfile.read(folder / f"{name}.wav", dtype="float32")[0]


def main(command, name, folder, session, export):
    folder = Path(folder)
    report = Report()
    saved, given = session_state(session), (folder / "state").read_bytes()
    report.held(f"the saved state is what was loaded, all {len(given)} bytes", saved == given)
    mixture, rate = soundfile.read(folder / "mixture.wav", dtype="float32")
    sound, sound_rate = soundfile.read(export, dtype="float32")
    same = (sound.shape, sound_rate) == (mixture.shape, rate)
    report.held(f"the export has {len(mixture)} samples at {rate} Hz", same)
    if same:
        off = off_db(sound, separated(command, name, folder / "command", mixture, rate))
        report.below("the export is what the command separates, in time", off, MOST_DB)
        # Else a plugin that Ardour passes by could not be told from one that works.
        report.held("and is not the mixture", off_db(sound, mixture) > -20)
    return report.exit_code()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
