"""One connection to one client: negotiated once, then sound and pictures both ways, watched for signs of life."""

import asyncio
import contextlib
import logging
import math
import struct
import time
from collections.abc import Callable
from typing import Any

from aiortc import RTCIceCandidate
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters, RTCRtpSendParameters
from aiortc.rtp import AnyRtcpPacket, RtcpPacket, RtcpRrPacket

from server.media import offer
from server.media.channel import Profile
from server.media.downlink import Downlink, named
from server.media.feedback import Feedback
from server.media.pictures import Slot, Source
from server.media.private import Wire, new_connection
from server.media.quality import Quality
from server.media.uplink import Uplink
from server.media.voice import Voice

log = logging.getLogger(__name__)

CONNECTED, RECOVERING, LOST = "connected", "recovering", "lost"
PROBE_SECONDS = 0.7
TRIP_SECONDS = 2.0
"""So often the round trip is measured: browsers report on sound every five seconds only."""
RECOVERING_SECONDS = 2.0
LOST_SECONDS = 10.0
JOIN_SECONDS = 15.0
"""A connection that does not run by then never will."""

Watch = Callable[["Link", str], None]


class Link:
    """A connection: its voice comes in, its sound and its slots go out."""

    def __init__(self, gen: int, watch: Watch) -> None:
        """Begin a connection; watch hears of each new state, one of connected, recovering and lost."""
        self.gen = gen
        self.state = ""
        self.answered = False
        self.voice = Voice()
        self.quality = Quality()
        self.sound: Downlink | None = None
        self.slots: list[Slot] = []
        self.uplink = Uplink(self.voice)
        self._watch = watch
        self._connection = new_connection()
        self._negotiating = asyncio.Lock()
        self._wire: Wire | None = None
        self._seen_at = self._born_at = time.monotonic()
        self._probe: asyncio.Task[None] | None = None
        self._asked_at = -math.inf
        self._feedback = Feedback(self)
        self._connection.on("connectionstatechange", self._changed)

    async def answer(self, sdp: str, packing: Profile, addresses: list[str]) -> str:
        """Take the client's offer and give the answer.

        Raises:
            offer.BadOffer: it cannot be taken.
        """
        async with self._negotiating:
            candidates = await offer.take(self._connection, sdp)
            self._wire = Wire(self._connection, self)
            await self._connection.setLocalDescription(await self._connection.createAnswer())
            self._wire.guard()
        for candidate in candidates:
            await self.add(candidate)
        return offer.polish(self._connection.localDescription.sdp, packing, addresses)

    async def add(self, candidate: RTCIceCandidate) -> None:
        """Take one of the client's candidates."""
        candidate.sdpMid = self._connection.getTransceivers()[0].mid
        with contextlib.suppress(Exception):
            await self._connection.addIceCandidate(candidate)

    async def close(self) -> None:
        """End the connection; nothing is heard of it any more."""
        self._watch = lambda link, state: None
        self.state = LOST
        self.voice.set_open(opened=False)
        for slot in [*self.slots, *(self.uplink.source.slots if self.uplink.source else [])]:
            slot.show(None)
        if self._probe:
            self._probe.cancel()
        # What is closed while it looks for its own addresses would leave sockets open.
        async with self._negotiating:
            with contextlib.suppress(Exception):
                await self._connection.close()

    @property
    def running(self) -> bool:
        """Whether sound can be sent."""
        return self.sound is not None and self.state in {CONNECTED, RECOVERING}

    def send_reports(self, packets: list[Any]) -> None:
        """Send reports together."""
        if self._wire and packets:
            self._wire.send_rtcp(b"".join(bytes(packet) for packet in packets))

    def report(self, at: int) -> None:
        """Say what was sent and what came; at is now on the common timeline of samples. To be called every second."""
        if not self.sound or not self.running:
            return
        own = self.sound.ssrc
        reports = RtcpRrPacket(ssrc=own, reports=self.uplink.reports())
        self.quality.hear_own_loss(self.uplink.lost)
        limits = list(self.uplink.limits(own))
        self.send_reports([self.sound.report(at), named(own, f"m{own}"), reports, *limits])

    def look(self) -> None:
        """See whether there are signs of life, and ask for one where there are none. To be called every 250 ms."""
        now = time.monotonic()
        idle = now - self._seen_at
        if not self.state:
            if now - self._born_at > JOIN_SECONDS:
                self._become(LOST)
            return
        due = idle > PROBE_SECONDS or now - self._asked_at > TRIP_SECONDS
        if due and (self._probe is None or self._probe.done()):
            self._asked_at = now
            self._probe = asyncio.create_task(self._ask())
        if self.state != LOST:
            self._become(LOST if idle > LOST_SECONDS else RECOVERING if idle > RECOVERING_SECONDS else CONNECTED)

    def on_rtp(self, data: bytes) -> None:
        """Take a packet of sound or picture."""
        self._seen_at = time.monotonic()
        self.uplink.push(data)

    def on_rtcp(self, data: bytes) -> None:
        """Take reports."""
        self._seen_at = time.monotonic()
        packets: list[AnyRtcpPacket] = []
        with contextlib.suppress(ValueError, struct.error):
            packets = RtcpPacket.parse(data)
        for packet in packets:
            self._feedback.hear(packet)

    def on_sender(self, mid: str, sends: RTCRtpSendParameters) -> None:
        """Begin to send in a section: sound in the first, slots in the others."""
        if self._wire is None:
            return
        wire, stream = self._wire, (int(sends.rtcp.ssrc or 0), int(sends.codecs[0].payloadType or 0))
        if sends.codecs[0].mimeType.lower() == offer.OPUS_NAME:
            self.sound = Downlink(wire.seal_rtp, wire.send_sealed, *stream)
            self._seen_at = time.monotonic()
            self._become(CONNECTED)
        else:
            self.slots.append(Slot(wire.send_rtp, *stream))

    def on_receiver(self, mid: str, receives: RTCRtpReceiveParameters) -> None:
        """Learn what comes in a section."""
        self.uplink.expect(receives)
        if receives.codecs[0].mimeType.lower() == offer.VP8_NAME and self.sound:
            self.uplink.source = Source(lambda packet: self.send_reports([packet]), self.sound.ssrc)

    async def _ask(self) -> None:
        trip = await self._wire.probe() if self._wire else None
        if trip is not None:
            self._seen_at = time.monotonic()
            self.quality.hear_trip(trip)

    def _changed(self) -> None:
        if self._connection.connectionState in {"failed", "closed"}:
            self._become(LOST)

    def _become(self, state: str) -> None:
        if self.state not in {state, LOST}:
            self.state = state
            self._watch(self, state)
