"""What a client's stream looks like from here, as receiver reports say it (RFC 3550, 6.4 and appendix A)."""

from aiortc.rtp import RtcpReceiverInfo, RtcpSenderInfo

from server.media import rtp

MOST_LOST = (1 << 23) - 1


class Reception:
    """Counts one stream's packets."""

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self.ssrc = ssrc
        self.loss = 0.0
        """Of the packets between the last two reports."""
        self._rate = clock_rate
        self._first = self._last = -1
        self._received = self._expected_before = self._received_before = 0
        self._jitter = 0.0
        self._transit: float | None = None
        self._report = 0
        self._report_at = 0.0

    def count(self, packet: rtp.Packet, now: float) -> None:
        """Count a packet that came at a time in seconds."""
        seq = packet.seq if self._last < 0 else rtp.unwrap(packet.seq, self._last, 16)
        self._first = seq if self._last < 0 else self._first
        self._received += 1
        if seq <= self._last:
            return
        self._last = seq
        transit = now * self._rate - packet.timestamp
        if self._transit is not None and abs(transit - self._transit) < self._rate:
            self._jitter += (abs(transit - self._transit) - self._jitter) / 16
        self._transit = transit

    def hear_report(self, info: RtcpSenderInfo, now: float) -> None:
        """Remember the sender's own report: our next one refers to it, so that the sender knows the round trip."""
        self._report, self._report_at = (info.ntp_timestamp >> 16) & 0xFFFFFFFF, now

    def report(self, now: float) -> RtcpReceiverInfo:
        """Say what came and what did not since the last report."""
        expected = self._last - self._first + 1
        since, came = expected - self._expected_before, self._received - self._received_before
        self._expected_before, self._received_before = expected, self._received
        self.loss = max(0.0, 1 - came / since) if since > 0 else 0.0
        return RtcpReceiverInfo(
            ssrc=self.ssrc,
            fraction_lost=min(255, int(self.loss * 256)),
            packets_lost=max(-MOST_LOST, min(MOST_LOST, expected - self._received)),
            highest_sequence=self._last & 0xFFFFFFFF,
            jitter=int(self._jitter) & 0xFFFFFFFF,
            lsr=self._report,
            dlsr=int((now - self._report_at) * 65536) & 0xFFFFFFFF if self._report else 0,
        )
