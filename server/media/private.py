"""All that Majlis touches in aiortc and aioice beyond their documents; test_private.py says what disappeared."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

import aiortc.rtcrtpparameters as parameters
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCDtlsTransport, RTCPeerConnection, RTCRtpTransceiver

log = logging.getLogger(__name__)

TOUCHED: Mapping[str, tuple[str, ...]] = {
    "aiortc.rtcdtlstransport.RTCDtlsTransport": ("_handle_rtp_data", "_handle_rtcp_data", "_recv_next", "_setup_srtp"),
    "aiortc.rtcicetransport.RTCIceTransport": ("_monitor", "start"),
    "aiortc.rtcrtpsender.RTCRtpSender": ("send", "stop"),
    "aiortc.rtcrtpreceiver.RTCRtpReceiver": ("receive", "stop"),
    "aioice.ice.Connection": ("build_request", "data_received", "query_consent"),
    "aioice.ice.StunProtocol": ("request", "datagram_received"),
}
"""Methods by their class."""
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "RTCDtlsTransport": ("_tx_srtp", "_rx_srtp", "_state"),
    "RTCIceTransport": ("_connection", "_recv"),
    "Connection": ("_nominated", "remote_password"),
}
"""What one finds in their instances."""

MOST_BYTES = 1500
"""Longer datagrams, and empty ones, would end aiortc's reader: anybody could send one."""


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

    def send_rtp(self, data: bytes) -> int:
        """Encrypt and send a packet; say how many bytes went out, 0 where the line is not up."""
        return self._send(data, "protect")

    def send_rtcp(self, data: bytes) -> int:
        """Encrypt and send a report."""
        return self._send(data, "protect_rtcp")

    async def probe(self) -> float | None:
        """Ask the other side for a sign of life; give the round trip in ms, or None."""
        ice: Any = self._ice._connection
        started = time.monotonic()
        try:
            for pair in list(ice._nominated.values()):
                key = ice.remote_password.encode()
                request = ice.build_request(pair, nominate=False)
                await pair.protocol.request(request, pair.remote_addr, integrity_key=key, retransmissions=0)
                return (time.monotonic() - started) * 1000
        except Exception as trouble:
            log.debug("no sign of life: %r", trouble)
        return None

    def _send(self, data: bytes, protect: str) -> int:
        with contextlib.suppress(Exception):
            for pair in self._ice._connection._nominated.values():
                sealed = getattr(self._dtls._tx_srtp, protect)(data)
                cast(Any, pair).protocol.transport.sendto(sealed, pair.remote_addr)
                return len(sealed)
        return 0

    def _take_over(self, transceivers: list[RTCRtpTransceiver]) -> None:
        ends, dtls = self._ends, cast(Any, self._dtls)
        dtls._handle_rtp_data = _quietly(lambda data, **_: ends.on_rtp(data))
        dtls._handle_rtcp_data = _quietly(ends.on_rtcp)
        cast(Any, self._ice)._recv = _guarded(self._ice._recv)
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


def _guarded(receive: Callable[[], Awaitable[bytes]]) -> Callable[[], Awaitable[bytes]]:
    async def guarded() -> bytes:
        while True:
            data = await receive()
            if 0 < len(data) <= MOST_BYTES:
                return data
            await asyncio.sleep(0)

    return guarded
