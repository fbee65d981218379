"""A person's browser as aiortc plays it: says a tone, hears what comes, shows and sees pictures."""

import asyncio
import contextlib
import fractions
import time
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    VideoStreamTrack,
)
from av import AudioFrame, VideoFrame
from numpy.typing import NDArray

RATE = 48_000
FRAME_SAMPLES = 960
LOUDNESS = 0.25
"""Of a tone, where 1.0 is full scale."""
AUDIBLE = 0.02
"""A tone that is said is heard at about LOUDNESS; anything below this counts as silence."""
WAIT_SECONDS = 15.0
SLOTS = 4
PICTURE = 64

NEAR_HZ = 200
WINDOW_SECONDS = 0.5

Sound = NDArray[np.float32]
Exchange = Callable[[str], Awaitable[str]]
"""Takes an offer to the other side and brings its answer."""


SYLLABLES_HZ = 4.0
"""What swells and fades like syllables is speech to Opus; a steady tone counts as noise after some seconds."""


class Tone(MediaStreamTrack):
    """A tone that goes on, in syllables, until it is hushed."""

    kind = "audio"

    def __init__(self, hz: float) -> None:
        super().__init__()
        self.hz = hz
        self.loud = True
        self._at = 0
        self._start = 0.0

    async def recv(self) -> AudioFrame:
        self._start = self._start or time.monotonic() - self._at / RATE
        await asyncio.sleep(self._start + self._at / RATE - time.monotonic())
        times = (np.arange(FRAME_SAMPLES) + self._at) / RATE
        syllables = (1 - np.cos(2 * np.pi * SYLLABLES_HZ * times)) / 2
        wave = LOUDNESS * syllables * np.sin(2 * np.pi * self.hz * times) * (self.loud and self.hz > 0)
        frame = AudioFrame.from_ndarray((wave * 32767).astype(np.int16)[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._at, fractions.Fraction(1, RATE)
        self._at += FRAME_SAMPLES
        return frame


class Grey(VideoStreamTrack):
    """A picture of one brightness; it flickers a little, so that it is a film."""

    def __init__(self, brightness: int) -> None:
        super().__init__()
        self.brightness = brightness

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        picture = np.full((PICTURE, PICTURE, 3), self.brightness, dtype=np.uint8)
        picture[pts // 3000 % PICTURE] ^= 8
        frame = VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Peer:
    """One person's connection."""

    def __init__(
        self, tone_hz: float = 0.0, *, listens_only: bool = False, pictures: bool = False, shows: int | None = None
    ) -> None:
        """Prepare a person who says a tone, or only listens; with pictures there are slots, with shows a camera."""
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.tone = None if listens_only else Tone(tone_hz)
        self.sound: list[tuple[float, Sound]] = []
        """All that was heard so far: 20 ms each, and when it came."""
        self.seen: dict[int, list[float]] = {slot: [] for slot in range(SLOTS)}
        """Brightness of the pictures that came, by slot."""
        self.joined_at = self.first_sound_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._slots: dict[str, int] = {}
        self._prepare(pictures or shows is not None, shows)

    async def offer(self) -> str:
        """Give the offer, with all candidates."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def join(self, exchange: Exchange) -> "Peer":
        """Offer, take the answer and wait for the connection."""
        self.joined_at = time.monotonic()
        await self.accept(await exchange(await self.offer()))
        await until(lambda: self.connection.connectionState == "connected", "connected")
        return self

    async def accept(self, answer: str) -> None:
        """Take the answer."""
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))

    def heard(self, since: float | None = None) -> dict[int, float]:
        """Give how loud each audible tone was since a moment (without one: in the last half second)."""
        now = time.monotonic()
        start = now - WINDOW_SECONDS if since is None else since
        parts = [part for came_at, part in self.sound if came_at >= start]
        missing = max(0, int((now - start) * RATE) - FRAME_SAMPLES * len(parts))
        return tones(np.concatenate([*parts, np.zeros(missing, dtype=np.float32)]))

    async def hear(self, *wanted: float, without: bool = True, seconds: float = WAIT_SECONDS) -> None:
        """Wait until exactly these tones are heard, or with without=False at least these."""

        def right() -> bool:
            found = self.heard()
            return set(wanted) == set(found) if without else set(wanted) <= set(found)

        await until(right, lambda: f"{sorted(wanted)} wanted, {self.heard()} heard", seconds)

    async def listen(self, seconds: float) -> dict[int, float]:
        """Listen for a while, and give the tones of that while."""
        since = time.monotonic()
        await asyncio.sleep(seconds)
        return self.heard(since)

    async def close(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.connection.close()

    def _prepare(self, pictures: bool, shows: int | None) -> None:
        self.connection.on("track", self._come)
        if self.tone:
            self.connection.addTransceiver(self.tone, direction="sendrecv")
        else:
            self.connection.addTransceiver("audio", direction="recvonly")
        if pictures:
            film = "video" if shows is None else Grey(shows)
            vp8 = [codec for codec in RTCRtpSender.getCapabilities("video").codecs if "VP8" in codec.mimeType]
            self.connection.addTransceiver(film, direction="sendonly").setCodecPreferences(vp8)
            for _ in range(SLOTS):
                self.connection.addTransceiver("video", direction="recvonly").setCodecPreferences(vp8)

    def _come(self, track: Any) -> None:
        slots = [item.receiver.track for item in self.connection.getTransceivers() if item.kind == "video"][1:]
        watch = self._hear(track) if track.kind == "audio" else self._see(track, lambda: slot_of(track, slots))
        self._tasks.append(asyncio.ensure_future(watch))

    async def _hear(self, track: Any) -> None:
        with contextlib.suppress(Exception):
            while True:
                samples = (await track.recv()).to_ndarray().reshape(-1, 2)[:, 0]
                part = samples.astype(np.float32) / 32768
                if not self.first_sound_at and float(np.abs(part).max()) > AUDIBLE:
                    self.first_sound_at = time.monotonic()
                self.sound.append((time.monotonic(), part))

    async def _see(self, track: Any, slot: Callable[[], int]) -> None:
        with contextlib.suppress(Exception):
            while True:
                frame = await track.recv()
                self.seen[slot()].append(float(frame.to_ndarray(format="gray").mean()))


def slot_of(track: Any, slots: list[Any]) -> int:
    """Say which slot a track is."""
    return slots.index(track)


def tones(sound: Sound) -> dict[int, float]:
    """Give the audible tones of a piece of sound, in steps of 10 Hz, each with its loudness.

    A tone in syllables has side tones nearby, and Opus adds its third harmonic: of such tops the loudest counts.
    """
    if len(sound) < RATE // 10:
        return {}
    window = np.hanning(len(sound))
    loudness = np.abs(np.fft.rfft(sound * window)) * 2 / window.sum()
    width = RATE / len(sound)
    found: dict[int, float] = {}
    for at in sorted(peaks_of(loudness), key=lambda at: -loudness[at]):
        tone = round(at * width / 10) * 10
        if all(abs(tone - louder) > NEAR_HZ and abs(tone - 3 * louder) > NEAR_HZ for louder in found):
            found[tone] = float(loudness[at])
    return found


def peaks_of(loudness: NDArray[Any]) -> list[int]:
    """Give where loudness has audible tops."""
    inner = loudness[1:-1]
    tops = (inner > AUDIBLE) & (inner >= loudness[:-2]) & (inner > loudness[2:])
    return [int(at) + 1 for at in np.flatnonzero(tops)]


async def until(
    condition: Callable[[], object], what: str | Callable[[], str] = "it", seconds: float = WAIT_SECONDS
) -> None:
    """Wait for a condition.

    Raises:
        AssertionError: it did not come.
    """
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"never: {what if isinstance(what, str) else what()}"
        await asyncio.sleep(0.03)
