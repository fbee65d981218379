"""One stream of packets to one client: numbered, timed, reported on."""

import secrets
import struct
import time
from collections.abc import Callable

from aiortc.rtp import RtcpSdesPacket, RtcpSenderInfo, RtcpSourceInfo, RtcpSrPacket

from server.media.rtp import Packet, write

NTP_UNIX_SECONDS = 2_208_988_800
"""From 1900 to 1970 (RFC 3550, 4)."""
CNAME = 1
SEQ_SIZE, TIME_SIZE = 1 << 16, 1 << 32
SHORT = struct.Struct("!I")

Seal = Callable[[bytes], bytes]
Send = Callable[[bytes], int]


def ntp_now() -> int:
    """Give the time as 64 bits of NTP."""
    now = time.time() + NTP_UNIX_SECONDS
    return int(now * (1 << 32))


class Downlink:
    """Numbers and sends packets under one SSRC."""

    def __init__(self, seal: Seal, send: Send, ssrc: int, payload_type: int) -> None:
        self.ssrc = ssrc
        self.packets = self.octets = 0
        self._seal, self._send = seal, send
        self._kept = b""
        self._since = [0, 0]
        self._payload_type = payload_type
        self._seq = secrets.randbelow(SEQ_SIZE // 2)
        self._base = secrets.randbelow(TIME_SIZE)
        self._due: int | None = None

    def send(self, payload: bytes, at: int, samples: int, twice: bool = False) -> None:
        """Send a packet that begins at a sample of the common timeline; the first after a pause is marked."""
        marker = self._due != at
        stamp = (self._base + at) % TIME_SIZE
        sealed = self._seal(write(Packet(self.ssrc, self._payload_type, marker, self._seq, stamp, payload, {})))
        self._send(sealed)
        self._kept = sealed if twice else b""
        self._since = [self._since[0] + 1, self._since[1] + twice]
        self._seq = (self._seq + 1) % SEQ_SIZE
        self._due = at + samples
        self.packets += 1
        self.octets += len(payload)

    def again(self) -> None:
        """Send the last packet once more where it shall come twice; a tick later, when the next loss is another one."""
        if self._kept:
            self._send(self._kept)
            self._kept = b""

    def doubled(self) -> float:
        """Give what part of the packets went out twice since this was last asked."""
        (packets, twice), self._since = self._since, [0, 0]
        return twice / packets if packets else 0.0

    def report(self, at: int) -> RtcpSrPacket:
        """Say what was sent, and what the time is at a sample of the common timeline."""
        stamp = (self._base + at) % TIME_SIZE
        info = RtcpSenderInfo(ntp_now(), stamp, self.packets % TIME_SIZE, self.octets % TIME_SIZE)
        return RtcpSrPacket(ssrc=self.ssrc, sender_info=info)


def named(ssrc: int, name: str) -> RtcpSdesPacket:
    """Say whose stream it is (RFC 3550, 6.5.1): a report must."""
    return RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=ssrc, items=[(CNAME, name.encode())])])
