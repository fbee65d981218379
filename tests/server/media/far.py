"""A peer for another network: reads what to do as lines of JSON, says what came of it, ends when stdin ends."""

import asyncio
import contextlib
import fractions
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import aioice
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
)
from av import Packet as SoundPacket

from server.media import rtp
from server.media.opus import OPUS, RATE, TICK_SAMPLES, BrokenPacket, Decoder, Encoder, Sound, duration
from tests.server.media.peers import LOUDNESS, SYLLABLES_HZ, Peer, until

PATIENCE_SECONDS = 0.3
"""A packet that comes so much later than the fastest one is too late to be played."""
SILENT = 0.01
"""Root mean square below which 20 ms count as silent; who speaks here has 0.1 and more at any time."""
LOSSY = 0.02
LOSS_PERCENT = 20
LOOK_SECONDS = 1.0
PTIME, BITRATE = re.compile(r"a=ptime:(\d+)"), re.compile(r"maxaveragebitrate=(\d+)")


def vowels(hz: float, other_hz: float, at: int, samples: int) -> Sound:
    """Give two tones that take turns in syllables: speech to Opus, and at no time silent."""
    times = (np.arange(samples) + at) / RATE
    turn = (1 - np.cos(2 * np.pi * SYLLABLES_HZ * times)) / 2
    wave = turn * np.sin(2 * np.pi * hz * times) + (1 - turn) * np.sin(2 * np.pi * other_hz * times)
    return (LOUDNESS * wave).astype(np.float32)


class Speaker(MediaStreamTrack):
    """Somebody who speaks without a pause, packed as browsers do: as the answer asks, with copies against loss."""

    kind = "audio"

    def __init__(self, hz: float, other_hz: float) -> None:
        super().__init__()
        self.hz = (hz, other_hz)
        self._at = 0
        self._start = 0.0
        self.pack(24_000, 1, 0)

    def pack(self, bitrate: int, ticks: int, loss_percent: int) -> None:
        """Pack otherwise from now on: bit/s, ticks of 20 ms, and the loss that copies make up for."""
        self.packing = (bitrate, ticks, loss_percent)
        self._encoder = Encoder(bitrate, loss_percent)

    async def recv(self) -> "SoundPacket[Any]":
        samples = self.packing[1] * TICK_SAMPLES
        self._start = self._start or time.monotonic() - self._at / RATE
        await asyncio.sleep(self._start + (self._at + samples) / RATE - time.monotonic())
        packet = SoundPacket(self._encoder.encode(vowels(*self.hz, self._at, samples)))
        packet.pts, packet.time_base = self._at, fractions.Fraction(1, RATE)
        self._at += samples
        return packet


class Came(NamedTuple):
    """A packet of sound, the first time it came."""

    came_at: float
    at: int
    """Its time in samples."""
    payload: bytes


class Heard:
    """Every packet of sound that came, and what a receiver makes of them that waits PATIENCE_SECONDS."""

    def __init__(self) -> None:
        self._came: dict[int, Came] = {}
        self._last: tuple[int, int] | None = None
        self._again = 0

    def take(self, data: bytes) -> None:
        """Take a packet."""
        if (packet := rtp.read(data)) is None or not duration(packet.payload):
            return
        seq, at = self._last or (packet.seq + (1 << 16), packet.timestamp + (1 << 32))
        self._last = seq, at = rtp.unwrap(packet.seq, seq, 16), rtp.unwrap(packet.timestamp, at, 32)
        self._again += seq in self._came
        self._came.setdefault(seq, Came(time.monotonic(), at, packet.payload))

    def since(self, moment: float) -> dict[str, float]:
        """Judge what came since a moment; all shares are parts of 1.

        `lost`: packets that never came. `late`: packets that came, but PATIENCE_SECONDS later than the fastest.
        `missing`: sound of packets that were lost or late and of which the next packet brought no copy in time: what
        a receiver has to make up (browsers: concealedSamples / totalSamplesReceived).
        `silent`: of the 20 ms that were played, those below SILENT although somebody spoke, made-up sound left out:
        also holds what was already silent when it was sent.
        """
        came = {seq: each for seq, each in self._came.items() if each.came_at >= moment}
        if not came:
            return {"packets": 0, "lost": 1.0, "late": 0.0, "missing": 1.0, "silent": 1.0, "frame_ms": 0.0}
        fastest = min(each.came_at - each.at / RATE for each in came.values())
        played = {seq: each for seq, each in came.items() if each.came_at - each.at / RATE < fastest + PATIENCE_SECONDS}
        wanted = range(min(came), max(came) + 1)
        frame = max(duration(each.payload) for each in came.values())
        missing = [seq for seq in wanted if seq not in played and not restores(played.get(seq + 1))]
        return {
            "packets": len(came),
            "lost": 1 - len(came) / len(wanted),
            "late": (len(came) - len(played)) / len(wanted),
            "missing": len(missing) / len(wanted),
            "silent": silence(played),
            "frame_ms": frame * 1000 / RATE,
            "kbit": sum(len(each.payload) for each in came.values()) * 8 / 1000 / (time.monotonic() - moment),
        }


def restores(packet: Came | None) -> bool:
    """Tell whether a packet came and carries a copy of the one before it."""
    return packet is not None and OPUS.opus_packet_has_lbrr(packet.payload, len(packet.payload)) == 1


def silence(played: dict[int, Came]) -> float:
    """Say what part of the time was silent when these packets were played, each at its time."""
    first = min(each.at for each in played.values())
    end = max(each.at + duration(each.payload) for each in played.values())
    line, decoder = np.zeros(end - first, dtype=np.float32), Decoder()
    for seq, each in sorted(played.items()):
        with contextlib.suppress(BrokenPacket):
            if seq - 1 not in played and restores(each) and each.at > first:
                lost = decoder.conceal(duration(each.payload), each.payload)
                start = max(0, each.at - first - len(lost))
                line[start : each.at - first] = lost[-(each.at - first - start) :]
            sound = decoder.decode(each.payload)
            line[each.at - first : each.at - first + len(sound)] = sound
    windows = line[: len(line) // TICK_SAMPLES * TICK_SAMPLES].reshape(-1, TICK_SAMPLES)
    return float(np.mean(np.sqrt(np.mean(windows**2, axis=1)) < SILENT))


class Steady(Peer):
    """A peer whose person speaks in two vowels without a pause."""

    def __init__(self, hz: float, other_hz: float) -> None:
        self.speaker = Speaker(hz, other_hz)
        super().__init__(hz)

    def _prepare(self, pictures: bool, shows: int | None) -> None:
        self.tone = self.speaker  # type: ignore[assignment]
        super()._prepare(pictures, shows)


class FarPeer(Steady):
    """A peer that keeps what it hears, packet by packet."""

    def __init__(self, hz: float, other_hz: float, ice: dict[str, str] | None) -> None:
        self._server = RTCIceServer(**ice) if ice else None
        self.heard_packets = Heard()
        super().__init__(hz, other_hz)
        self._tasks.append(asyncio.ensure_future(self._look()))

    def _prepare(self, pictures: bool, shows: int | None) -> None:
        if self._server:
            self.connection = RTCPeerConnection(
                RTCConfiguration(
                    iceServers=[self._server],
                    bundlePolicy=RTCBundlePolicy.MAX_BUNDLE,
                    iceTransportPolicy=RTCIceTransportPolicy.RELAY,
                )
            )
        super()._prepare(pictures, shows)

    async def accept(self, answer: str) -> None:
        ptime, bitrate = PTIME.search(answer), BITRATE.search(answer)
        if ptime and bitrate:
            self.speaker.pack(int(bitrate[1]), int(ptime[1]) // 20, 0)
        dtls: Any = self.connection.getTransceivers()[0].receiver.transport
        handle: Callable[..., Awaitable[None]] = dtls._handle_rtp_data

        async def tapped(data: bytes, **more: Any) -> None:
            self.heard_packets.take(data)
            await handle(data, **more)

        dtls._handle_rtp_data = tapped
        await super().accept(answer)

    async def _look(self) -> None:
        """Do as browsers do: copies begin when the other side reports loss."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            stats = (await self.connection.getSenders()[0].getStats()).values()
            parts = [item.fractionLost for item in stats if item.type == "remote-inbound-rtp"]
            bitrate, ticks, loss = self.speaker.packing
            if not loss and any(part > LOSSY for part in parts):
                self.speaker.pack(bitrate, ticks, LOSS_PERCENT)


class Session:
    """What this process does when it is asked; connections are told apart by their generations."""

    def __init__(self) -> None:
        self._peers: dict[int, FarPeer] = {}
        self._newest = 0

    async def offer(self, gen: int, hz: float, other_hz: float, ice: dict[str, str] | None = None) -> str:
        """Make a connection; give its offer."""
        self._peers[gen] = FarPeer(hz, other_hz, ice)
        return await self._peers[gen].offer()

    async def accept(self, gen: int, sdp: str) -> None:
        """Take the answer."""
        await self._peers[gen].accept(sdp)

    async def connect(self, gen: int) -> None:
        """Wait until a connection stands; then older ones are closed."""
        peer = self._peers[gen]
        await until(lambda: peer.connection.connectionState == "connected", "connected", 20.0)
        self._newest = gen
        for old in [number for number in self._peers if number < gen]:
            await self._peers.pop(old).close()

    async def hear(self, wanted: list[float], seconds: float) -> float:
        """Wait until at least these tones are heard; give how long that took in seconds."""
        started_at = time.monotonic()
        await self._peers[self._newest].hear(*wanted, without=False, seconds=seconds)
        return time.monotonic() - started_at

    async def measure(self, seconds: float) -> dict[str, float]:
        """Listen for a while, and judge what came."""
        started_at = time.monotonic()
        await asyncio.sleep(seconds)
        return self._peers[self._newest].heard_packets.since(started_at)

    async def pack(self, bitrate: int, ticks: int) -> None:
        """Pack what is said otherwise."""
        self._peers[self._newest].speaker.pack(bitrate, ticks, 0)

    async def state(self, gen: int) -> str:
        """Give the state of a connection."""
        return self._peers[gen].connection.connectionState

    async def close(self) -> None:
        """Leave."""
        await asyncio.gather(*(peer.close() for peer in self._peers.values()))


async def live() -> None:
    """Do what is asked until stdin ends."""
    loop, reader, session = asyncio.get_running_loop(), asyncio.StreamReader(limit=1 << 20), Session()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    while said := await reader.readline():
        asked = json.loads(said)
        try:
            answer = {"came": await getattr(session, asked.pop("do"))(**asked)}
        except Exception as trouble:
            answer = {"trouble": repr(trouble)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    await session.close()


if __name__ == "__main__":
    # aioice gives up a line that answers late for half a minute; browsers do not.
    aioice.ice.CONSENT_FAILURES = 1000
    asyncio.run(live())
