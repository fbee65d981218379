"""All that Majlis touches in aiortc and aioice beyond their documents; test_private.py says what disappeared."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

import aiortc.rtcrtpparameters as parameters
from aioice.stun import RETRY_RTO
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCDtlsTransport, RTCPeerConnection, RTCRtpTransceiver

log = logging.getLogger(__name__)

TOUCHED: Mapping[str, tuple[str, ...]] = {
    "aiortc.rtcdtlstransport.RTCDtlsTransport": ("_handle_rtp_data", "_handle_rtcp_data"),
    "aiortc.rtcrtpsender.RTCRtpSender": ("send",),
    "aiortc.rtcrtpreceiver.RTCRtpReceiver": ("receive",),
    "aioice.ice.Connection": ("build_request", "data_received", "query_consent"),
    "aioice.ice.StunProtocol": ("request", "datagram_received"),
}
"""Methods by their class."""
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "RTCDtlsTransport": ("_tx_srtp",),
    "RTCIceTransport": ("_connection",),
    "Connection": ("_nominated", "_protocols", "_queue", "remote_password"),
    "CandidatePair": ("protocol", "remote_addr"),
    "StunProtocol": ("transport",),
}
"""What one finds in their instances."""

MOST_BYTES = 1500
"""Longer datagrams, and empty ones, would end aiortc's reader: anybody could send one."""
MOST_WAITING = 256
"""Datagrams that are kept until aiortc reads them: it begins only when the connection stands."""


class Ends(Protocol):
    """Who gets what comes in; none of these is waited for, and what they raise is only logged."""

    def on_rtp(self, data: bytes) -> None:
        """Take a decrypted RTP packet."""

    def on_rtcp(self, data: bytes) -> None:
        """Take a decrypted RTCP packet."""

    def on_sender(self, mid: str, sends: parameters.RTCRtpSendParameters) -> None:
        """Learn how to send in a media section."""

    def on_receiver(self, mid: str, receives: parameters.RTCRtpReceiveParameters) -> None:
        """Learn what will come in a media section."""


def new_connection() -> RTCPeerConnection:
    """Make a connection that asks no STUN server anything."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))


class Wire:
    """The clear packets of one connection: aiortc does ICE, DTLS and SRTP, and nothing above them."""

    def __init__(self, connection: RTCPeerConnection, ends: Ends) -> None:
        """Take over a connection whose remote description is set."""
        self._ends = ends
        self._dtls: RTCDtlsTransport = connection.getTransceivers()[0].receiver.transport
        self._ice = self._dtls.transport
        self._take_over(connection.getTransceivers())

    def guard(self) -> None:
        """Let no datagram raise where it arrives; to be called when there are sockets."""
        for protocol in cast(Any, self._ice._connection)._protocols:
            protocol.datagram_received = _calmly(protocol.datagram_received)

    def send_rtp(self, data: bytes) -> int:
        """Encrypt and send a packet; say how many bytes went out, 0 where the line is not up."""
        return self.send_sealed(self.seal_rtp(data))

    def send_rtcp(self, data: bytes) -> int:
        """Encrypt and send a report."""
        return self.send_sealed(self._seal(data, "protect_rtcp"))

    def seal_rtp(self, data: bytes) -> bytes:
        """Encrypt a packet; nothing comes of it where the line is not up."""
        return self._seal(data, "protect")

    def send_sealed(self, sealed: bytes) -> int:
        """Send what is encrypted; the same a second time is dropped by whoever got the first (RFC 3711, 3.3.2)."""
        with contextlib.suppress(Exception):
            for pair in self._ice._connection._nominated.values() if sealed else ():
                cast(Any, pair).protocol.transport.sendto(sealed, pair.remote_addr)
                return len(sealed)
        return 0

    async def probe(self) -> float | None:
        """Ask the other side for a sign of life; give the round trip in ms, or None."""
        ice: Any = self._ice._connection
        started = time.monotonic()
        try:
            for pair in list(ice._nominated.values()):
                key = ice.remote_password.encode()
                request = ice.build_request(pair, nominate=False)
                await pair.protocol.request(request, pair.remote_addr, integrity_key=key, retransmissions=1)
                trip = time.monotonic() - started
                # After the second asking it may answer either: the shorter counts.
                return (trip - RETRY_RTO if trip > RETRY_RTO else trip) * 1000
        except Exception as trouble:
            log.debug("no sign of life: %r", trouble)
        return None

    def _seal(self, data: bytes, protect: str) -> bytes:
        with contextlib.suppress(Exception):
            return bytes(getattr(self._dtls._tx_srtp, protect)(data))
        return b""

    def _take_over(self, transceivers: list[RTCRtpTransceiver]) -> None:
        """Put the ends into aiortc's place; aioice's own question for consent goes, as Link asks and is more patient.

        aioice takes an answer after half a second for none, and closes after six of these: slow lines live longer.
        """
        ends, dtls = self._ends, cast(Any, self._dtls)
        dtls._handle_rtp_data = _quietly(lambda data, **_: ends.on_rtp(data))
        dtls._handle_rtcp_data = _quietly(ends.on_rtcp)
        ice = cast(Any, self._ice._connection)
        ice.data_received = _sparingly(ice.data_received, ice._queue)
        ice.query_consent = asyncio.Event().wait
        for transceiver in transceivers:
            mid = str(transceiver.mid)
            cast(Any, transceiver.sender).send = _quietly(_with_mid(ends.on_sender, mid))
            cast(Any, transceiver.receiver).receive = _quietly(_with_mid(ends.on_receiver, mid))


def _with_mid(act: Callable[[str, Any], None], mid: str) -> Callable[[Any], None]:
    return lambda told: act(mid, told)


def _quietly(act: Callable[..., None]) -> Callable[..., Awaitable[None]]:
    """Make what aiortc awaits of what must not raise: an exception would close the connection."""

    async def quiet(*args: Any, **named: Any) -> None:
        try:
            act(*args, **named)
        except Exception:
            log.exception("a packet was not understood")

    return quiet


def _sparingly(receive: Callable[[bytes, int], None], queue: "asyncio.Queue[Any]") -> Callable[[bytes, int], None]:
    """Make a receiver that takes only what can be read, and only so much."""

    def sparing(data: bytes, component: int) -> None:
        if 0 < len(data) <= MOST_BYTES and queue.qsize() < MOST_WAITING:
            receive(data, component)

    return sparing


def _calmly(receive: Callable[[bytes, Any], None]) -> Callable[[bytes, Any], None]:
    """Make a receiver that never raises: aioice does over malformed STUN, which anybody can send."""

    def calm(data: bytes, address: Any) -> None:
        try:
            receive(data, address)
        except Exception as trouble:
            log.debug("a datagram was not understood: %r", trouble)

    return calm
