"""The demo's band, played into the plugin in pedalboard, and what the command makes
of it: shared by the checks of this folder."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import soundfile
from pedalboard import load_plugin

import juce_state

BLOCK = 512
BAND = ["violin", "piano", "bass", "drums"]


def read(path):
    """Samples (2 × n, both channels the same) and their rate in Hz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return np.repeat(samples.T[:1], 2, axis=0), rate


def mixture(audio):
    """All of the band at once (2 × n), and its rate in Hz."""
    stems = [read(Path(audio) / "test" / f"{name}.flac") for name in BAND]
    return sum(samples for samples, _ in stems).astype(np.float32), stems[0][1]


def load(bundle, state=None):
    plugin = load_plugin(bundle, plugin_name="Unbraid")
    if state is not None:
        plugin.raw_state = state
    return plugin


def play(plugin, audio, rate, anew=False):
    return plugin.process(audio, rate, buffer_size=BLOCK, reset=anew)


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


def learn(plugin, audio, instruments=BAND):
    """Records every instrument alone for a source of its own, and learns them."""
    for number, name in enumerate(instruments):
        clip, rate = read(Path(audio) / "train" / f"{name}.flac")
        turn(plugin, rate, record_to=f"Instrument {number + 1}", record=True)
        play(plugin, clip, rate)
        turn(plugin, rate, record=False)
        until(
            lambda: juce_state.project(plugin.raw_state)["slots"][number]["clips"],
            f"a clip of {name}",
        )
    turn(plugin, rate, learn=True)
    turn(plugin, rate, learn=False)
    until(lambda: juce_state.dictionary_file(plugin.raw_state), "a dictionary")
    play(plugin, np.zeros((2, 2 * rate), np.float32), rate)


def separated(command, raw_state, mixture, rate, folder):
    """What `unbraid separate` makes of `mixture` with the dictionary of a state of
    a host made with JUCE: the path of every source's file by its name."""
    folder = Path(folder)
    (folder / "d.safetensors").write_bytes(juce_state.dictionary_file(raw_state))
    soundfile.write(folder / "mixture.wav", mixture.T, rate, subtype="FLOAT")
    words = ["separate", folder / "mixture.wav", "-d", folder / "d.safetensors", "-o", folder / "out"]
    subprocess.run([command, *words], check=True)
    return {path.stem: path for path in (folder / "out").glob("*.wav")}


def off_db(one, other):
    """The largest difference of two sounds in dB of full scale."""
    return 20 * np.log10(np.abs(one - other).max() + 1e-12)


class Report:
    """Prints what was measured and remembers whether all of it held."""

    failed = False

    def held(self, what, good):
        self.failed |= not good
        print(f"{'ok  ' if good else 'FAIL'} {what}", flush=True)

    def below(self, what, off_db, most_db):
        self.held(f"{what}: {off_db:.1f} dB (at most {most_db})", off_db < most_db)

    def exit_code(self):
        return 1 if self.failed else 0
