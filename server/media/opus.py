"""Opus as libopus does it: the copy that PyAV brings, or the system's."""

import ctypes
import ctypes.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
"""Samples of one channel at 48 kHz, 1.0 is full scale."""

RATE = 48_000
TICK_SAMPLES = 960
"""20 ms."""
MOST_SAMPLES = 5760
"""120 ms, the longest packet (RFC 6716)."""
PACKET_BYTES = 1275
SILENCE = b"\xf8\xff\xfe"
"""20 ms of silence, which any decoder takes at any time."""

# opus_defines.h of libopus 1.x
VOIP = 2048
SET_BITRATE, SET_COMPLEXITY, SET_FEC, SET_LOSS, SET_SIGNAL, SET_DTX = 4002, 4010, 4012, 4014, 4024, 4016
SIGNAL_VOICE = 3001
RESET_STATE = 4028
CELT, STEREO, SEVERAL_FRAMES = 0x80, 0x04, 0x03
"""Of a packet's first byte (RFC 6716, 3.1)."""
COMPLEXITY = 4
"""Of 10: what lets one core carry sixty people; above it the ear gains little at 24 kbit/s."""

ALWAYS = {SET_COMPLEXITY: COMPLEXITY, SET_SIGNAL: SIGNAL_VOICE, SET_DTX: 1}


class BrokenPacket(Exception):
    """libopus cannot read a packet."""


def library() -> str:
    """Find libopus.

    Raises:
        OSError: there is none.
    """
    found = next(bundled(), None) or ctypes.util.find_library("opus")
    if found is None:
        raise OSError("libopus is not installed")
    return str(found)


def bundled() -> Iterator[Path]:
    """Say where PyAV's wheels keep libopus: Linux and Windows beside the package, macOS in it."""
    package = Path(av.__file__).parent
    for folder in (package.parent / "av.libs", package / ".dylibs"):
        yield from sorted(folder.glob("*opus-*")) or sorted(folder.glob("libopus.*"))


def load() -> Any:
    """Load libopus and declare the functions that are used."""
    opus = ctypes.CDLL(library())
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    opus.opus_encoder_create.argtypes = [number, number, number, pointer]
    opus.opus_decoder_create.argtypes = [number, number, pointer]
    opus.opus_encoder_create.restype = opus.opus_decoder_create.restype = pointer
    opus.opus_encode_float.argtypes = [pointer, pointer, number, text, number]
    opus.opus_decode_float.argtypes = [pointer, text, number, pointer, number, number]
    opus.opus_encoder_ctl.argtypes = opus.opus_decoder_ctl.argtypes = [pointer, number]
    opus.opus_encoder_destroy.argtypes = opus.opus_decoder_destroy.argtypes = [pointer]
    opus.opus_encoder_get_size.argtypes = [number]
    opus.opus_packet_get_nb_samples.argtypes = [text, number, number]
    return opus


OPUS = load()
ENCODER_BYTES: int = OPUS.opus_encoder_get_size(1)


class Encoder:
    """Encodes one channel of speech."""

    def __init__(self, bitrate: int, loss_percent: int = 0) -> None:
        """Begin a stream of bitrate bit/s; with loss_percent each packet also carries its predecessor, coarsely."""
        self._state = OPUS.opus_encoder_create(RATE, 1, VOIP, None)
        self._packet = ctypes.create_string_buffer(PACKET_BYTES)
        self._options = {SET_BITRATE: bitrate, SET_FEC: int(loss_percent > 0), SET_LOSS: loss_percent, **ALWAYS}
        self._set()

    def encode(self, sound: Sound) -> bytes:
        """Encode 20, 40 or 60 ms."""
        sound = np.ascontiguousarray(sound, dtype=np.float32)
        size = OPUS.opus_encode_float(self._state, sound.ctypes.data, len(sound), self._packet, PACKET_BYTES)
        return self._packet.raw[:size] if size > 0 else SILENCE

    def continue_from(self, other: "Encoder") -> None:
        """Take over another encoder's state (opus.h: a shallow copy is sufficient), so that a decoder hears no seam."""
        ctypes.memmove(self._state, other._state, ENCODER_BYTES)
        self._set()

    def _set(self) -> None:
        for option, value in self._options.items():
            OPUS.opus_encoder_ctl(self._state, option, ctypes.c_int(value))

    def __del__(self) -> None:
        OPUS.opus_encoder_destroy(self._state)


class Decoder:
    """Decodes one stream to one channel."""

    def __init__(self) -> None:
        self._state = OPUS.opus_decoder_create(RATE, 1, None)
        self._sound = np.zeros(MOST_SAMPLES, dtype=np.float32)
        self._pointer = self._sound.ctypes.data

    def decode(self, packet: bytes) -> Sound:
        """Decode a packet.

        Raises:
            BrokenPacket: it is not Opus.
        """
        return self._decode(packet, MOST_SAMPLES, 0)

    def conceal(self, samples: int, successor: bytes | None = None) -> Sound:
        """Make up for a lost packet, from the copy that its successor carries where it does.

        Raises:
            BrokenPacket: the successor is not Opus.
        """
        return self._decode(successor, min(samples, MOST_SAMPLES), int(successor is not None))

    def forget(self) -> None:
        """Begin afresh."""
        OPUS.opus_decoder_ctl(self._state, RESET_STATE)

    def _decode(self, packet: bytes | None, most: int, fec: int) -> Sound:
        got = OPUS.opus_decode_float(self._state, packet, len(packet or b""), self._pointer, most, fec)
        if got < 0:
            raise BrokenPacket(got)
        return self._sound[:got].copy()

    def __del__(self) -> None:
        OPUS.opus_decoder_destroy(self._state)


def duration(packet: bytes) -> int:
    """Say how many samples at 48 kHz a packet holds; 0 where it is not Opus."""
    return max(0, int(OPUS.opus_packet_get_nb_samples(packet, len(packet), RATE)))


def restores(packet: bytes) -> bool:
    """Say whether a packet carries a copy of the one before it (RFC 6716, 4.2.3: LBRR, flagged after voice).

    Only packets of one frame without stereo are looked at: what browsers send for speech.
    """
    if len(packet) < 2 or packet[0] & CELT or packet[0] & (STEREO | SEVERAL_FRAMES):
        return False
    voiced = max(1, duration(packet) // TICK_SAMPLES)
    return bool(packet[1] >> (7 - voiced) & 1)
