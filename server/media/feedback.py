"""What a client reports: what it lost, what it misses, when it needs a whole picture."""

import math
import time
from typing import TYPE_CHECKING

from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
)

from server.media.downlink import ntp_now

if TYPE_CHECKING:
    from server.media.link import Link

MOST_TRIP_MS = 60_000
MIXED = (0.1, 0.9)
"""Where some packets went out twice and some once, nobody knows how many got lost; where all did, both copies must."""


class Feedback:
    """Gives each report to whom it concerns."""

    def __init__(self, link: "Link") -> None:
        self._link = link

    def hear(self, packet: AnyRtcpPacket) -> None:
        """Take one report in."""
        if isinstance(packet, RtcpSrPacket):
            self._link.uplink.hear_report(packet)
        if isinstance(packet, RtcpSrPacket | RtcpRrPacket):
            for report in packet.reports:
                self._received(report)
        elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            self._missed(packet)
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt in {RTCP_PSFB_PLI, RTCP_PSFB_FIR}:
            self._needs_picture(packet.media_ssrc)

    def _received(self, report: RtcpReceiverInfo) -> None:
        if not self._link.sound or report.ssrc != self._link.sound.ssrc:
            return
        lost, doubled = report.fraction_lost / 256, self._link.sound.doubled()
        if not MIXED[0] < doubled < MIXED[1]:
            self._link.quality.hear_loss(math.sqrt(lost) if doubled >= MIXED[1] else lost, time.monotonic())
        trip = ((ntp_now() >> 16) - report.lsr - report.dlsr) & 0xFFFFFFFF
        if report.lsr and trip * 1000 / 65536 < MOST_TRIP_MS:
            self._link.quality.hear_trip(trip * 1000 / 65536)

    def _missed(self, packet: RtcpRtpfbPacket) -> None:
        for slot in self._link.slots:
            if slot.ssrc == packet.media_ssrc:
                slot.again(packet.lost)

    def _needs_picture(self, ssrc: int) -> None:
        for slot in self._link.slots:
            if slot.source and (slot.ssrc == ssrc or not ssrc):
                slot.source.ask(time.monotonic())
