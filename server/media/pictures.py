"""Cameras and screens: passed on packet by packet into slots, never decoded."""

import math
import secrets
from collections.abc import Callable, Iterable

from aiortc.rtp import RTCP_PSFB_PLI, RTCP_RTPFB_NACK, RtcpPsfbPacket, RtcpRtpfbPacket

from server.media import rtp

CLOCK = 90_000
ASK_SECONDS = 0.5
"""A whole picture is asked for at most this often."""
SEQ_SIZE, TIME_SIZE = 1 << 16, 1 << 32
HISTORY = 128
AGAIN_PER_SECOND = 200
MOST_MISSING = 64
NACKS = 4
"""So often a lost packet is asked for."""

Report = Callable[[RtcpPsfbPacket | RtcpRtpfbPacket], None]


class Slot:
    """One place in a client's page where somebody's picture goes."""

    def __init__(self, send: Callable[[bytes], int], ssrc: int, payload_type: int) -> None:
        self.ssrc = ssrc
        self.source: Source | None = None
        self._send = send
        self._payload_type = payload_type
        self._seq, self._time, self._sent_at = secrets.randbelow(SEQ_SIZE // 2), secrets.randbelow(TIME_SIZE), 0.0
        self._shift: tuple[int, int, int] | None = None
        self._history: dict[int, bytes] = {}
        self._budget = float(AGAIN_PER_SECOND)

    def show(self, source: "Source | None") -> None:
        """Show a picture, from its next whole one on; or none."""
        if source is self.source:
            return
        if self.source:
            self.source.slots.remove(self)
        self.source, self._shift = source, None
        if source:
            source.slots.append(self)

    @property
    def waiting(self) -> bool:
        """Nothing is shown until a whole picture comes."""
        return self._shift is None

    def forward(self, packet: rtp.Packet, key: bool, now: float) -> None:
        """Pass a packet on."""
        if self._shift is None and key:
            self._join(packet, now)
        if self._shift is None:
            return
        first, by_seq, by_time = self._shift
        if (packet.seq - first) % SEQ_SIZE >= SEQ_SIZE // 2:
            return
        self._shift = ((packet.seq - SEQ_SIZE // 4) % SEQ_SIZE if self._far(packet.seq) else first, by_seq, by_time)
        self._pass(packet, (packet.seq + by_seq) % SEQ_SIZE, (packet.timestamp + by_time) % TIME_SIZE)
        self._sent_at = now

    def again(self, lost: Iterable[int]) -> None:
        """Send packets again that the client misses."""
        for seq in lost:
            data = self._history.get(seq % HISTORY)
            if data and self._budget >= 1 and data[2:4] == seq.to_bytes(2, "big"):
                self._budget -= 1
                self._send(data)

    def refill(self, seconds: float) -> None:
        """Allow more packets to be sent again as time passes."""
        self._budget = min(AGAIN_PER_SECOND, self._budget + seconds * AGAIN_PER_SECOND)

    def _far(self, seq: int) -> bool:
        return self._shift is not None and (seq - self._shift[0]) % SEQ_SIZE > SEQ_SIZE // 3

    def _join(self, packet: rtp.Packet, now: float) -> None:
        elapsed = max(1, round(min(now - self._sent_at, 3600) * CLOCK))
        start = self._time + elapsed
        self._shift = (packet.seq, self._seq + 1 - packet.seq, start - packet.timestamp)
        self._history.clear()

    def _pass(self, packet: rtp.Packet, seq: int, stamp: int) -> None:
        data = rtp.write(packet._replace(ssrc=self.ssrc, payload_type=self._payload_type, seq=seq, timestamp=stamp))
        self._history[seq % HISTORY] = data
        if (seq - self._seq) % SEQ_SIZE < SEQ_SIZE // 2:
            self._seq, self._time = seq, stamp
        self._send(data)


class Source:
    """One client's camera or screen."""

    def __init__(self, report: Report, own_ssrc: int) -> None:
        self.slots: list[Slot] = []
        self._report = report
        self._own_ssrc = own_ssrc
        self.ssrc = 0
        self._last = -1
        self._missing: dict[int, int] = {}
        self._asked_at = -math.inf

    def push(self, packet: rtp.Packet, now: float) -> None:
        """Pass a packet on to everybody who watches."""
        if packet.ssrc != self.ssrc:
            self.ssrc, self._last, self._missing = packet.ssrc, -1, {}
        self._track(packet.seq)
        key = rtp.keyframe(packet.payload)
        for slot in self.slots:
            slot.forward(packet, key, now)
        self.look(now)

    def ask(self, now: float) -> None:
        """Ask for a whole picture, unless that was just done."""
        if self.ssrc and now - self._asked_at >= ASK_SECONDS:
            self._asked_at = now
            self._report(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._own_ssrc, media_ssrc=self.ssrc))

    def look(self, now: float) -> None:
        """Ask where somebody waits for a whole picture."""
        if any(slot.waiting for slot in self.slots):
            self.ask(now)

    def chase(self) -> None:
        """Ask again for what is missing; to be called every 100 ms."""
        if not self.slots:
            self._missing = {}
        if not self._missing:
            return
        packet = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self._own_ssrc, media_ssrc=self.ssrc)
        packet.lost = sorted({seq % SEQ_SIZE for seq in self._missing})
        self._report(packet)
        self._missing = {seq: tries - 1 for seq, tries in self._missing.items() if tries > 1}

    def _track(self, number: int) -> None:
        seq = number + SEQ_SIZE if self._last < 0 else rtp.unwrap(number, self._last, 16)
        if self._last >= 0 and seq > self._last:
            gap = range(self._last + 1, seq)
            held = {} if len(gap) > MOST_MISSING else self._missing | dict.fromkeys(gap, NACKS)
            # The older ones will be made up for by a whole picture; and near each other they are told apart by 16 bits.
            self._missing = dict(list(held.items())[-MOST_MISSING:])
        self._missing.pop(seq, None)
        self._last = max(self._last, seq)
