"""Compares what Ardour saved and exported with what it should have.

usage: compare.py COMMAND NAME FOLDER SESSION_FILE EXPORT
COMMAND is the unbraid command, NAME the source that is heard, FOLDER what learn.py
filled.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile
from vstpreset import session_state

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from band import Report, off_db

MOST_DB = -100
# Samples from one frame of the plugin to the next: `quality` at 44.1 kHz.
HOP = 1024
# The blocks in which Ardour plays are multiples of this many samples.
STEP = 64
# How much is compared to find where the frames begin, in samples.
EXCERPT = 66_150


def separated(command, name, folder, mixture, rate, leads):
    """By each of `leads`: the source `name` of `mixture` as the command separates it
    after so many samples of silence, which are taken away again."""
    folder.mkdir()
    results = {}
    for lead in leads:
        file, out = folder / f"{lead}.wav", folder / f"{lead}"
        sound = np.pad(mixture, [(lead, 0), (0, 0)])
        soundfile.write(file, sound, rate, subtype="FLOAT")
        words = ["separate", file, "-d", folder.parent / "d.safetensors", "--only", name, "-o", out]
        subprocess.run([command, *words], check=True, stderr=subprocess.DEVNULL)
        results[lead] = soundfile.read(out / f"{name}.wav", dtype="float32")[0][lead:]
    return results


def nearest_lead(command, name, folder, mixture, rate, export):
    """Samples by which a frame begins before the sound.

    The plugin's first frame begins when the host starts it, which is before the
    song begins: Ardour runs plugins while it stands still."""
    short = mixture[:EXCERPT]
    attempts = separated(command, name, folder / "leads", short, rate, range(0, HOP, STEP))
    # The end would need what comes after it.
    sure = EXCERPT - 8 * HOP
    return min(attempts, key=lambda lead: off_db(attempts[lead][:sure], export[:sure]))


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
        lead = nearest_lead(command, name, folder, mixture, rate, sound)
        wanted = separated(command, name, folder / "whole", mixture, rate, [lead])[lead]
        print(f"     the plugin's frames begin {lead} samples before the song, or hops of {HOP} more")
        off = off_db(sound, wanted)
        report.below("the export is what the command separates, in time", off, MOST_DB)
        # Else a plugin that Ardour passes by could not be told from one that works.
        report.held("and is not the mixture", off_db(sound, mixture) > -20)
    return report.exit_code()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
