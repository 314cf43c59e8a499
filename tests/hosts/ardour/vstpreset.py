"""The plugin's state in VST3 preset files, which Ardour loads, and which it saves
inside its sessions. The layout is in the VST3 SDK, public.sdk/source/vst/vstpresetfile.h."""

import base64
import struct
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HEADER = struct.Struct("<4si32sq")
ENTRY = struct.Struct("<4sqq")
COMPONENT = b"Comp"


def preset(class_id, state):
    """A preset file with nothing but a component state."""
    header = HEADER.pack(b"VST3", 1, class_id, HEADER.size + len(state))
    chunks = struct.pack("<4si", b"List", 1) + ENTRY.pack(COMPONENT, HEADER.size, len(state))
    return header + state + chunks


def component_state(preset):
    """The component state in a preset file."""
    chunks = HEADER.unpack_from(preset)[3]
    count = struct.unpack_from("<i", preset, chunks + 4)[0]
    for number in range(count):
        name, start, size = ENTRY.unpack_from(preset, chunks + 8 + number * ENTRY.size)
        if name == COMPONENT:
            return preset[start : start + size]
    raise ValueError("no component state in the preset")


def session_state(session):
    """The component state of the only VST3 in a session file."""
    chunk = ElementTree.parse(session).getroot().find(".//vst3/chunk")
    return component_state(base64.b64decode(chunk.text))


def main(scanned, plugin, state, name, home):
    """Puts a state where Ardour looks for the presets of a plugin, by the cache file
    that its scanner wrote."""
    classes = ElementTree.parse(scanned).getroot().findall("VST3Info")
    found = next(info for info in classes if info.get("name") == plugin)
    folder = Path(home) / ".vst3/presets" / found.get("vendor") / plugin
    folder.mkdir(parents=True)
    file = preset(found.get("uid").encode(), Path(state).read_bytes())
    (folder / f"{name}.vstpreset").write_bytes(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
