"""One person's sound as it comes in: decoded only while it says something."""

import math

import numpy as np

from server.media.jitter import Jitter, Kind
from server.media.opus import TICK_SAMPLES, BrokenPacket, Decoder, Sound
from server.media.rtp import Packet

LOUD_DBOV = -58
"""Packets that say they are quieter (RFC 6464) are not decoded."""
HANG_MS = 600.0
"""So long after the last loud packet a voice still counts."""
DTX_BYTES = 2
"""Payloads up to this size only say that the sender is silent."""
HEARD = 0.006
"""Root mean square from which somebody is said to speak: -44 dBFS."""
HEARD_HANG_MS = 500.0
SHADOW_MS = 100.0
"""After a move what was still said at the old table is not played at the new one."""
FADE = np.linspace(1.0, 0.0, TICK_SAMPLES, dtype=np.float32)
STEPS_PER_TICK = 12
EMPTY: Sound = np.zeros(0, dtype=np.float32)


class Voice:
    """Takes one person's packets and gives their sound, tick by tick."""

    def __init__(self) -> None:
        self.open = False
        """Whether the person may be heard: has a microphone and is not muted."""
        self.concealed = self.played = 0
        """Ticks that were made up, and all ticks."""
        self._jitter = Jitter()
        self._decoder = Decoder()
        self._rest = EMPTY
        self._loud_until = self._heard_until = self._shadow_until = -math.inf
        self._running = False
        self._ssrc = 0

    def set_open(self, opened: bool) -> None:
        """Let the person be heard, or not: then nothing that waits is ever played."""
        if opened != self.open:
            self.open = opened
            self.forget()

    def move(self, now_ms: float) -> None:
        """Leave all sound behind at the old table."""
        self.forget()
        self._shadow_until = now_ms + SHADOW_MS

    def forget(self) -> None:
        """Drop all sound that was not played yet."""
        self._jitter.forget()
        self._stop()
        self._loud_until = self._heard_until = -math.inf

    def push(self, packet: Packet, level_id: int, now_ms: float) -> None:
        """Take a packet in; level_id is the number of the extension that says how loud it is, or 0."""
        if not self.open or now_ms < self._shadow_until:
            return
        if packet.ssrc != self._ssrc:
            self._ssrc, self._jitter = packet.ssrc, Jitter()
        if loud(packet, level_id):
            self._loud_until = now_ms + HANG_MS
        self._jitter.push(packet.seq, packet.timestamp, packet.payload, now_ms)

    def pull(self, now_ms: float) -> Sound | None:
        """Give the next 20 ms, or None while the person says nothing."""
        if now_ms > self._loud_until:
            self._jitter.skip(now_ms)
            if self._running:
                self._stop()
            return None
        sound = self._tick(now_ms)
        if sound is not None and self._jitter.surplus and (more := self._tick(now_ms)) is not None:
            sound = sound * FADE + more * FADE[::-1]
        if sound is not None and float(np.dot(sound, sound)) > TICK_SAMPLES * HEARD**2:
            self._heard_until = now_ms + HEARD_HANG_MS
        return sound

    def heard(self, now_ms: float) -> bool:
        """Say whether the person counts as speaking."""
        return now_ms < self._heard_until

    def _tick(self, now_ms: float) -> Sound | None:
        for _ in range(STEPS_PER_TICK):
            if len(self._rest) >= TICK_SAMPLES:
                break
            piece = self._piece(now_ms)
            if piece is None:
                break
            self._rest = np.concatenate((self._rest, piece)) if len(self._rest) else piece
        if not len(self._rest):
            return None
        sound, self._rest = self._rest[:TICK_SAMPLES], self._rest[TICK_SAMPLES:]
        self._running = True
        self.played += 1
        return sound if len(sound) == TICK_SAMPLES else np.pad(sound, (0, TICK_SAMPLES - len(sound)))

    def _piece(self, now_ms: float) -> Sound | None:
        due = self._jitter.pop(now_ms)
        try:
            if due.kind is Kind.PACKET and due.payload is not None:
                return self._decoder.decode(due.payload)
            if due.kind is Kind.LOST:
                return self._conceal(due.samples, due.payload)
        except BrokenPacket:
            return np.zeros(TICK_SAMPLES, dtype=np.float32)
        return np.zeros(due.samples, dtype=np.float32) if due.kind is Kind.PAUSE else None

    def _conceal(self, samples: int, successor: bytes | None) -> Sound:
        if not samples:
            return EMPTY
        self.concealed += 1
        return self._decoder.conceal(samples, successor)

    def _stop(self) -> None:
        self._rest = EMPTY
        self._running = False
        self._decoder.forget()


def loud(packet: Packet, level_id: int) -> bool:
    """Say whether a packet may hold speech."""
    level = packet.extensions.get(level_id) if level_id else None
    if level:
        return -(level[0] & 127) >= LOUD_DBOV
    return len(packet.payload) > DTX_BYTES
