"""The plugin's own state inside what hosts made with JUCE save."""

import base64
import json
import re
import zlib

import numpy as np

ALPHABET = b".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"


def component_state(raw):
    """Bytes of IComponent::getState. JUCE writes six bits a letter, lowest first."""
    text = re.search(rb"<IComponent>([^<]*)</IComponent>", raw).group(1)
    size, letters = text.split(b".", 1)
    table = np.zeros(256, np.uint8)
    table[list(ALPHABET)] = np.arange(64)
    values = table[np.frombuffer(letters, np.uint8)]
    bits = np.unpackbits(values[:, None], axis=1, bitorder="little")[:, :6]
    return np.packbits(bits.ravel(), bitorder="little").tobytes()[: int(size)]


def project(raw):
    """What the user made: sources, clips, dictionary."""
    state = component_state(raw)
    return json.loads(json.loads(state[state.index(b"{") :])["fields"]["project"])["content"]


def dictionary_file(raw):
    """The command line's dictionary file, or None before anything is learned."""
    saved = project(raw)["dictionary"]
    if saved is None:
        return None
    planes = zlib.decompress(base64.b64decode(saved["packed"]), -15)
    words = saved["bytes"] // 4
    whole = bytearray(saved["bytes"])
    for weight in range(4):
        whole[weight : words * 4 : 4] = planes[weight * words : (weight + 1) * words]
    whole[words * 4 :] = planes[words * 4 :]
    return bytes(whole)
