"""The VST3 in a host that others made: records, learns, separates, comes back.

usage: vst3.py BUNDLE COMMAND AUDIO
BUNDLE is Unbraid.vst3, COMMAND the unbraid command, AUDIO the folder of the demo's
clips. Prints what it measured; the exit code says whether all of it held.
"""

import sys
import tempfile

import soundfile

from band import BLOCK, Report, learn, load, mixture, off_db, play, separated, turn


def main(bundle, command, audio):
    band, rate = mixture(audio)
    plugin = load(bundle)
    learn(plugin, audio)
    with tempfile.TemporaryDirectory() as folder:
        files = separated(command, plugin.raw_state, band, rate, folder)
        expected = {name: soundfile.read(file, dtype="float32")[0].T for name, file in files.items()}

    report = Report()
    turn(plugin, rate, output="Mix")
    played = play(plugin, band, rate, anew=True)
    report.below("the mix is the input, in time", off_db(played, band), -120)
    for number in range(1, 5):
        name = f"Instrument {number}"
        turn(plugin, rate, output="Instrument", output_instrument=name)
        played = play(plugin, band, rate, anew=True)
        report.below(f"source {number} is the command line's", off_db(played, expected[name]), -120)
    # The host is told of the parameters, the plugin of the project.
    back = load(bundle, plugin.raw_state)
    assert back.output == "Instrument" and back.output_instrument == "Instrument 4", (
        back.output,
        back.output_instrument,
    )
    played = play(back, band, rate, anew=True)
    report.below("loaded from the state it is too", off_db(played, expected["Instrument 4"]), -120)
    turn(back, rate, bypass=True)
    report.below("bypassed it is the input", off_db(play(back, band, rate, anew=True), band), -120)
    mono = load(bundle).process(band[:1], rate, buffer_size=BLOCK)
    report.below("mono, nothing learned: the input", off_db(mono, band[:1]), -120)
    return report.exit_code()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
