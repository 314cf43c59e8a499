"""The VST3 in a host that others made: captures, learns, separates, comes back.

usage: vst3.py BUNDLE COMMAND AUDIO
BUNDLE is Unbraid.vst3, COMMAND the unbraid command, AUDIO the folder of the demo's
clips. Prints what it measured; the exit code says whether all of it held.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
from pedalboard import load_plugin

import juce_state

BLOCK = 512
BAND = ["violin", "piano", "bass", "drums"]


def read(path):
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return np.repeat(samples.T[:1], 2, axis=0), rate


def play(plugin, audio, rate, anew=False):
    return plugin.process(audio, rate, buffer_size=BLOCK, reset=anew)


def load(bundle, state=None):
    plugin = load_plugin(bundle, plugin_name="Unbraid")
    if state is not None:
        plugin.raw_state = state
    return plugin


def turn(plugin, rate, **values):
    """Parameters reach a VST3 with the next block."""
    for name, value in values.items():
        setattr(plugin, name, value)
    play(plugin, np.zeros((2, BLOCK), np.float32), rate)


def until(done, what):
    for _ in range(600):
        if done():
            return
        time.sleep(0.1)
    sys.exit(f"a minute has passed without {what}")


def main(bundle, command, audio):
    clips = {name: read(Path(audio) / "train" / f"{name}.flac") for name in BAND}
    stems = {name: read(Path(audio) / "test" / f"{name}.flac") for name in BAND}
    rate = clips["violin"][1]
    mixture = sum(samples for samples, _ in stems.values()).astype(np.float32)
    plugin = load(bundle)

    for number, name in enumerate(BAND):
        turn(plugin, rate, capture_to=f"Source {number + 1}", capture=True)
        play(plugin, clips[name][0], rate)
        turn(plugin, rate, capture=False)
        until(
            lambda: juce_state.project(plugin.raw_state)["slots"][number]["clips"],
            f"a clip of {name}",
        )
    turn(plugin, rate, learn=True)
    turn(plugin, rate, learn=False)
    until(lambda: juce_state.dictionary_file(plugin.raw_state), "a dictionary")
    play(plugin, np.zeros((2, 2 * rate), np.float32), rate)

    failed = False

    def held(what, off_db, most_db):
        nonlocal failed
        good = off_db < most_db
        failed |= not good
        print(f"{'ok  ' if good else 'FAIL'} {what}: {off_db:.1f} dB (at most {most_db})")

    def off_db(one, other):
        return 20 * np.log10(np.abs(one - other).max() + 1e-12)

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "d.safetensors").write_bytes(juce_state.dictionary_file(plugin.raw_state))
        soundfile.write(folder / "mixture.wav", mixture.T, rate, subtype="FLOAT")
        words = ["separate", folder / "mixture.wav", "-d", folder / "d.safetensors", "-o", folder / "out"]
        subprocess.run([command, *words], check=True)
        expected = {
            number: soundfile.read(folder / "out" / f"Source {number}.wav", dtype="float32")[0].T
            for number in range(1, 5)
        }

    turn(plugin, rate, heard="Mix")
    held("the mix is the input, in time", off_db(play(plugin, mixture, rate, anew=True), mixture), -120)
    for number in range(1, 5):
        turn(plugin, rate, heard="Source", heard_source=f"Source {number}")
        heard = play(plugin, mixture, rate, anew=True)
        held(f"source {number} is the command line's", off_db(heard, expected[number]), -120)
    # The host is told of the parameters, the plugin of the project.
    back = load(bundle, plugin.raw_state)
    assert back.heard == "Source" and back.heard_source == "Source 4", (back.heard, back.heard_source)
    heard = play(back, mixture, rate, anew=True)
    held("loaded from the state it is too", off_db(heard, expected[4]), -120)
    turn(back, rate, bypass=True)
    held("bypassed it is the input", off_db(play(back, mixture, rate, anew=True), mixture), -120)
    mono = load(bundle).process(mixture[:1], rate, buffer_size=BLOCK)
    held("mono, nothing learned: the input", off_db(mono, mixture[:1]), -120)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
