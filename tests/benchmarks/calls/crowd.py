"""Cheap participants for benchmarks: they send sound that was encoded before, and count what comes without decoding."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from fractions import Fraction
from functools import cache

import numpy as np
from aiortc import RTCSessionDescription
from aiortc.codecs.vpx import Vp8Encoder
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters, RTCRtpSendParameters
from av import VideoFrame

from server.media import rtp
from server.media.opus import RATE, TICK_SAMPLES, Encoder
from server.media.private import Wire, new_connection

Exchange = Callable[[str], Awaitable[str]]
TICK_SECONDS = 0.02
LOOK_SECONDS = 0.004
SAMPLE_TICKS = 250
SPOKEN_BYTES = 12
"""Longer payloads are sound; shorter ones only say that nothing is said."""
OVERHEAD_BYTES = 10 + 28
"""Of a packet on the line: SRTP's tag, UDP and IPv4."""
PICTURES_A_SECOND, PICTURE_BITS, PICTURE = 15, 300_000, (640, 360)
PICTURE_CLOCK = 90_000


@cache
def speech(hz: float) -> list[bytes]:
    """Encode five seconds of a tone in syllables."""
    times = np.arange(SAMPLE_TICKS * TICK_SAMPLES) / RATE
    wave = (0.25 * (1 - np.cos(8 * np.pi * times)) / 2 * np.sin(2 * np.pi * hz * times)).astype(np.float32)
    encoder = Encoder(24_000)
    return [encoder.encode(wave[at : at + TICK_SAMPLES]) for at in range(0, len(wave), TICK_SAMPLES)]


@cache
def film() -> list[list[bytes]]:
    """Encode four seconds of noise that moves, as a camera of 640 by 360 would."""
    encoder, dice, found = Vp8Encoder(), np.random.default_rng(1), []
    encoder.target_bitrate = PICTURE_BITS
    ground = dice.integers(0, 60, (PICTURE[1], PICTURE[0], 3), dtype=np.uint8)
    for number in range(4 * PICTURES_A_SECOND):
        frame = VideoFrame.from_ndarray(np.roll(ground, 4 * number, axis=1), format="rgb24")
        frame.pts, frame.time_base = number * PICTURE_CLOCK // PICTURES_A_SECOND, Fraction(1, PICTURE_CLOCK)
        found.append(encoder.encode(frame, force_keyframe=number == 0)[0])
    return found


class Guest:
    """One participant."""

    def __init__(self, hz: float = 0.0, *, sections: int = 1, pictures: bool = False, shows: bool = False) -> None:
        """Prepare somebody who speaks in a tone, or with none is silent; `sections` of sound come in."""
        self.hz, self.shows = hz, shows
        self.packets = self.line_bytes = 0
        self.first_sound_at = self.last_sound_at = 0.0
        self.longest_gap = 0.0
        self.streams: dict[int, tuple[int, int, int]] = {}
        """By SSRC: first and last number, and how many came."""
        self._connection = new_connection()
        self._connection.addTransceiver("audio", direction="sendrecv")
        for _ in range(sections - 1):
            self._connection.addTransceiver("audio", direction="recvonly")
        if pictures or shows:
            self._connection.addTransceiver("video", direction="sendonly")
            for _ in range(4):
                self._connection.addTransceiver("video", direction="recvonly")
        self._wire: Wire | None = None
        self._sends: dict[str, tuple[int, int]] = {}
        self._seq = random.randrange(1 << 15)
        self._at = 0

    async def join(self, exchange: Exchange) -> "Guest":
        """Offer, take the answer and wait until the line is up."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        answer = await exchange(self._connection.localDescription.sdp)
        self._wire = Wire(self._connection, self)
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        await soon(lambda: self._connection.connectionState == "connected")
        return self

    def speak(self, tick: int) -> None:
        """Send 20 ms of sound, and a picture where one is due."""
        if self.hz and self._wire and (sends := self._sends.get("0")):
            spoken = speech(self.hz)
            self._send(sends, spoken[tick % len(spoken)], tick * TICK_SAMPLES, marker=False)
        if self.shows and tick % 3 == 0 and (sends := self._sends.get("1")):
            pictures = film()
            parts = pictures[tick // 3 % len(pictures)]
            for part in parts:
                self._send(sends, part, tick * PICTURE_CLOCK // 50, marker=part is parts[-1])

    def _send(self, sends: tuple[int, int], payload: bytes, timestamp: int, *, marker: bool) -> None:
        self._seq += 1
        ssrc, kind = sends
        packet = rtp.Packet(ssrc, kind, marker, self._seq & 0xFFFF, timestamp & 0xFFFFFFFF, payload, {})
        if self._wire:
            self._wire.send_rtp(rtp.write(packet))

    def forget(self) -> None:
        """Count from here."""
        self.packets = self.line_bytes = 0
        self.streams = {}

    @property
    def missing(self) -> float:
        """The share of packets that did not come, by their numbers."""
        sent = sum((last - first) % (1 << 16) + 1 for first, last, _ in self.streams.values())
        return 1 - sum(count for _, _, count in self.streams.values()) / sent if sent else 0.0

    async def close(self) -> None:
        """Leave."""
        await self._connection.close()

    def on_rtp(self, data: bytes) -> None:
        """Count a packet."""
        now, packet = time.monotonic(), rtp.read(data)
        if packet is None:
            return
        self.packets += 1
        self.line_bytes += len(data) + OVERHEAD_BYTES
        first, _, count = self.streams.get(packet.ssrc, (packet.seq, 0, 0))
        self.streams[packet.ssrc] = first, packet.seq, count + 1
        if len(packet.payload) > SPOKEN_BYTES:
            self.first_sound_at = self.first_sound_at or now
            self.last_sound_at = now

    def on_rtcp(self, data: bytes) -> None:
        """Ignore reports."""

    def on_sender(self, mid: str, sends: RTCRtpSendParameters) -> None:
        """Learn how to send."""
        self._sends[mid] = int(sends.rtcp.ssrc or 0), int(sends.codecs[0].payloadType or 0)

    def on_receiver(self, mid: str, receives: RTCRtpReceiveParameters) -> None:
        """Nothing is decoded here."""


async def soon(condition: Callable[[], object]) -> None:
    """Wait for a condition; looked at often enough to measure by."""
    while not condition():  # noqa: ASYNC110 (what is measured sends no events)
        await asyncio.sleep(LOOK_SECONDS)


async def talk(guests: Sequence[Guest], over: asyncio.Event) -> None:
    """Let people speak until it is over."""
    started, tick = time.monotonic(), 0
    while not over.is_set():
        for guest in guests:
            guest.speak(tick)
        tick += 1
        await asyncio.sleep(max(0.0, started + tick * TICK_SECONDS - time.monotonic()))
