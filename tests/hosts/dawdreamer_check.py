"""The VST3 in dawdreamer, which is made with JUCE and does not make up for latency.

usage: dawdreamer_check.py BUNDLE COMMAND AUDIO
As vst3.py; here the plugin records from its side-chain, as one puts it on the track
of the mixture and plays it the instrument of another track.
"""

import itertools
import sys
import tempfile
from pathlib import Path

import dawdreamer
import numpy as np
import soundfile

import juce_state
from band import BLOCK, Report, learn, load, mixture, off_db, read, separated, until

LATENCY = 4096 + 1024
INSTRUMENTS = ["violin", "piano"]
# Values of parameters as VST3 has them, 0 to 1.
OUTPUT_INSTRUMENT, FIRST_INSTRUMENT = 1 / 4, 0
CAPTURE_TO = [1 / 32, 2 / 32]
SIDE_CHAIN = 1


class Plugin:
    """The plugin between a main input and a side-chain."""

    def __init__(self, bundle, rate):
        self.rate = rate
        self.engine = dawdreamer.RenderEngine(rate, BLOCK)
        self.plugin = self.engine.make_plugin_processor("plugin", str(Path(bundle).resolve()))
        names = self.plugin.get_parameters_description()
        self.places = {described["name"]: described["index"] for described in names}
        self.numbers = itertools.count()

    def turn(self, name, value):
        """It reaches the plugin with the next block."""
        self.plugin.set_parameter(self.places[name], value)
        self.play(np.zeros((2, BLOCK), np.float32))

    def play(self, main, side_chain=None):
        """What comes out, latency and all: as much as went in."""
        sounds = [main, np.zeros_like(main) if side_chain is None else side_chain]
        names = [str(next(self.numbers)) for _ in sounds]
        play = self.engine.make_playback_processor
        players = [(play(name, sound), []) for name, sound in zip(names, sounds)]
        self.engine.load_graph([*players, (self.plugin, names)])
        self.engine.render(main.shape[1] / self.rate)
        return self.engine.get_audio()[:, : main.shape[1]]

    def state(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "state"
            self.plugin.save_state(str(path))
            return path.read_bytes()


def record(plugin, audio, band):
    """As vst3.py does, but the instruments come in by the side-chain."""
    plugin.turn("Record from", SIDE_CHAIN)
    for number, name in enumerate(INSTRUMENTS):
        clip, _ = read(Path(audio) / "train" / f"{name}.flac")
        plugin.turn("Record to", CAPTURE_TO[number])
        plugin.turn("Record", 1)
        plugin.play(np.resize(band, clip.shape), clip)
        plugin.turn("Record", 0)
        until(
            lambda: juce_state.project(plugin.state())["slots"][number]["clips"],
            f"a clip of {name}",
        )
    plugin.turn("Learn", 1)
    plugin.turn("Learn", 0)
    until(lambda: juce_state.dictionary_file(plugin.state()), "a dictionary")
    plugin.play(np.zeros((2, 2 * plugin.rate), np.float32))


def main(bundle, command, audio):
    report = Report()
    band, rate = mixture(audio)
    longer = np.pad(band, [(0, 0), (0, LATENCY)])
    plugin = Plugin(bundle, rate)
    played = plugin.play(longer)[:, LATENCY:]
    report.below(f"the mix is the input {LATENCY} samples later", off_db(played, band), -120)

    record(plugin, audio, band)
    other = load(bundle)
    learn(other, audio, INSTRUMENTS)
    same = juce_state.dictionary_file(plugin.state()) == juce_state.dictionary_file(other.raw_state)
    report.held("learned by the side-chain is learned by the main input, byte for byte", same)

    with tempfile.TemporaryDirectory() as folder:
        files = separated(command, plugin.state(), band, rate, folder)
        expected = soundfile.read(files["Instrument 1"], dtype="float32")[0].T
    plugin.turn("Output", OUTPUT_INSTRUMENT)
    plugin.turn("Output instrument", FIRST_INSTRUMENT)
    played = plugin.play(longer)[:, LATENCY:]
    report.below("source 1 is the command line's", off_db(played, expected), -120)
    return report.exit_code()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
