"""What one client sends: told apart by payload type, counted, reported on."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from aiortc.rate import RemoteBitrateEstimator
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, RtcpReceiverInfo, RtcpSrPacket, pack_remb_fci

from server.media import rtp
from server.media.opus import RATE
from server.media.pictures import CLOCK, Source
from server.media.reception import Reception
from server.media.voice import Voice

LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MOST_PICTURE_BITS = 800_000
MOST_STREAMS = 8
"""More than sound, picture and its retransmissions, and these begun anew a few times."""


@dataclass
class Uplink:
    """Gives each packet to the voice or to the picture's source."""

    voice: Voice
    pictures_allowed: bool = False
    source: Source | None = None
    _sound_type: int = -1
    _sound_ssrc: int = -1
    _picture_type: int = -1
    _again: dict[int, int] = field(default_factory=dict)
    """Payload type of retransmissions: the one of what they repeat (RFC 4588)."""
    _extensions: dict[str, int] = field(default_factory=dict)
    _receptions: dict[int, Reception] = field(default_factory=dict)
    _estimator: RemoteBitrateEstimator = field(default_factory=RemoteBitrateEstimator)
    _estimate: tuple[int, list[int]] | None = None

    def expect(self, receives: RTCRtpReceiveParameters) -> None:
        """Learn the payload types and extensions of a media section."""
        self._extensions |= {extension.uri: extension.id for extension in receives.headerExtensions}
        for codec in receives.codecs:
            name, number = codec.mimeType.lower(), int(codec.payloadType or 0)
            if name == "audio/opus":
                self._sound_type = number
            elif name == "video/vp8":
                self._picture_type = number
            elif name == "video/rtx" and isinstance(apt := codec.parameters.get("apt"), int):
                self._again[number] = apt

    def push(self, data: bytes) -> None:
        """Take a packet in."""
        packet, now = rtp.read(data), time.monotonic()
        if packet is None:
            return
        if packet.payload_type == self._sound_type:
            self._count(packet, RATE, now)
            self._sound_ssrc = packet.ssrc
            self.voice.push(packet, self._extensions.get(LEVEL_URI, 0), now * 1000)
        elif packet.payload_type == self._picture_type and self.source:
            self._count(packet, CLOCK, now)
            self._estimated(packet, now)
            self._picture(packet, now)
        elif self._again.get(packet.payload_type) == self._picture_type and len(packet.payload) > 2:
            self._repeated(packet, now)

    def hear_report(self, report: RtcpSrPacket) -> None:
        """Take a sender's report in."""
        if reception := self._receptions.get(report.ssrc):
            reception.hear_report(report.sender_info, time.monotonic())

    def reports(self) -> list[RtcpReceiverInfo]:
        """Say what came since the last time."""
        now = time.monotonic()
        return [reception.report(now) for reception in self._receptions.values()]

    @property
    def lost(self) -> float:
        """What part of the sound was lost between the last two reports."""
        reception = self._receptions.get(self._sound_ssrc)
        return reception.loss if reception else 0.0

    def limits(self, own_ssrc: int) -> Iterator[RtcpPsfbPacket]:
        """Say how much picture may be sent (REMB), where something is known."""
        if self._estimate:
            rate, ssrcs = self._estimate
            fci = pack_remb_fci(min(rate, MOST_PICTURE_BITS), ssrcs)
            yield RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=own_ssrc, media_ssrc=0, fci=fci)

    def _count(self, packet: rtp.Packet, clock_rate: int, now: float) -> None:
        reception = self._receptions.get(packet.ssrc)
        if reception is None:
            if len(self._receptions) >= MOST_STREAMS:
                self._receptions, self._estimator = {}, RemoteBitrateEstimator()
            reception = self._receptions[packet.ssrc] = Reception(packet.ssrc, clock_rate)
        reception.count(packet, now)

    def _estimated(self, packet: rtp.Packet, now: float) -> None:
        sent = packet.extensions.get(self._extensions.get(SEND_TIME_URI, 0), b"")
        if len(sent) == 3:
            self._estimate = (
                self._estimator.add(int(now * 1000), int.from_bytes(sent, "big"), len(packet.payload), packet.ssrc)
                or self._estimate
            )

    def _repeated(self, packet: rtp.Packet, now: float) -> None:
        if self.source and self.source.ssrc:
            seq = int.from_bytes(packet.payload[:2], "big")
            main = packet._replace(ssrc=self.source.ssrc, seq=seq, payload=packet.payload[2:])
            self._picture(main, now)

    def _picture(self, packet: rtp.Packet, now: float) -> None:
        if self.pictures_allowed and self.source:
            self.source.push(packet, now)
