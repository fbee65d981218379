"""RTP packets as bytes (RFC 3550): what is read of them, and what is written anew when they are passed on."""

import struct
from typing import NamedTuple

HEADER = struct.Struct("!BBHII")
EXTENSION = struct.Struct("!HH")
ONE_BYTE, TWO_BYTE = 0xBEDE, 0x1000
"""Profiles of header extensions (RFC 8285)."""
VERSION = 0x80
MARKER = 0x80
MOST_BYTES = 1500


class Packet(NamedTuple):
    """What a packet says."""

    ssrc: int
    payload_type: int
    marker: bool
    seq: int
    timestamp: int
    payload: bytes
    extensions: dict[int, bytes]


def read(data: bytes) -> Packet | None:
    """Read a packet; None where it is malformed."""
    if not HEADER.size <= len(data) <= MOST_BYTES or data[0] >> 6 != 2:
        return None
    first, second, seq, timestamp, ssrc = HEADER.unpack_from(data)
    start, extensions = HEADER.size + 4 * (first & 15), dict[int, bytes]()
    if first & 0x10:
        start, extensions = _extensions(data, start)
    end = len(data) - (data[-1] if first & 0x20 else 0)
    if start > end or (first & 0x20 and not data[-1]):
        return None
    return Packet(ssrc, second & 127, second > 127, seq, timestamp, data[start:end], extensions)


def write(packet: Packet) -> bytes:
    """Write a packet without extensions."""
    second = packet.payload_type | MARKER * packet.marker
    return HEADER.pack(VERSION, second, packet.seq, packet.timestamp, packet.ssrc) + packet.payload


def _extensions(data: bytes, start: int) -> tuple[int, dict[int, bytes]]:
    """Read the extensions; say where the payload starts (beyond the end where they are cut short)."""
    if len(data) < start + EXTENSION.size:
        return len(data) + 1, {}
    profile, words = EXTENSION.unpack_from(data, start)
    start += EXTENSION.size
    end = start + 4 * words
    wide = profile & 0xFFF0 == TWO_BYTE
    return end, _elements(data[start:end], wide) if wide or profile == ONE_BYTE else {}


def _elements(data: bytes, wide: bool) -> dict[int, bytes]:
    found, at = {}, 0
    while at < len(data) - wide:
        if not data[at]:
            at += 1
            continue
        key, size = (data[at], data[at + 1]) if wide else (data[at] >> 4, (data[at] & 15) + 1)
        at += 1 + wide
        found[key] = data[at : at + size]
        at += size
    return found


def unwrap(number: int, near: int, bits: int) -> int:
    """Extend a number of so many bits so that it lies nearest to a known one."""
    size = 1 << bits
    return near + (number - near + size // 2) % size - size // 2


def keyframe(payload: bytes) -> bool:
    """Say whether a VP8 payload begins a picture that needs no other (RFC 7741, 4.2 and 4.3)."""
    if len(payload) < 4 or payload[0] & 0x17 != 0x10:
        return False
    at = 1
    if payload[0] & 0x80:
        flags, at = payload[1], 2
        if flags & 0x80:
            at += 2 if len(payload) > at and payload[at] & 0x80 else 1
        at += (flags & 0x40 != 0) + (flags & 0x30 != 0)
    return len(payload) > at and not payload[at] & 1
