"""Learns the band in pedalboard.

usage: learn.py BUNDLE AUDIO NAME FOLDER
Writes into FOLDER: mixture.wav, what is learned as d.safetensors, and state, the
plugin's component state with the source NAME selected for output. Prints the rate in Hz.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import band
import juce_state
import soundfile


def main(bundle, audio, name, folder):
    folder = Path(folder)
    mixture, rate = band.mixture(audio)
    soundfile.write(folder / "mixture.wav", mixture.T, rate, subtype="FLOAT")
    plugin = band.load(bundle)
    band.learn(plugin, audio)
    band.turn(plugin, rate, output="Instrument", output_instrument=name)
    raw = plugin.raw_state
    (folder / "d.safetensors").write_bytes(juce_state.dictionary_file(raw))
    (folder / "state").write_bytes(juce_state.component_state(raw))
    print(rate)


if __name__ == "__main__":
    main(*sys.argv[1:])
