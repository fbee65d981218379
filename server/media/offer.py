"""What a client may offer, and what its answer says: fixed media sections, Opus and VP8, nothing else."""

import ipaddress
import itertools
import re
from collections.abc import Iterator

from aiortc import RTCIceCandidate, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.rtcrtpparameters import RTCRtpCapabilities, RTCRtpCodecCapability
from aiortc.sdp import candidate_from_sdp

from server.media.channel import Profile
from server.media.wire import Candidate

SDP_BYTES = 32 * 1024
MOST_LINES = 128
"""Of a section, of those that matter: aiortc's parser compares many of them with each other."""
MOST_CANDIDATES = 64
"""Of one connection: to each of them checks are sent."""
SECTIONS = ["audio", *["video"] * 5]
"""Sound both ways, a camera or screen up, four slots down."""
DIRECTIONS = (("sendrecv", "recvonly"), ("sendonly", "inactive"), *[("recvonly", "inactive")] * 4)
ANSWERED = ("sendrecv", "recvonly", *["sendonly"] * 4)
OPUS_NAME, VP8_NAME, RTX_NAME = "audio/opus", "video/vp8", "video/rtx"
END = "\r\n"
CANDIDATE = "a=candidate:"
ESSENTIAL = ("a=mid:", "a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=setup:")
"""What must be known of the first section: all others use its transport."""
KEPT = re.compile(
    r"m=.*|a=(?:mid|fingerprint|setup|extmap):.*|a=(?:rtcp-mux|sendrecv|sendonly|recvonly|inactive)"
    r"|a=ice-ufrag:[\w+/]{4,256}|a=ice-pwd:[\w+/]{22,256}",
    re.ASCII,
)
"""What matters of a description, beside codecs (ICE's words: RFC 8839, 5.4)."""
CODEC = re.compile(r"a=rtpmap:(\d{1,3}) (?:opus/48000/2|VP8/90000|rtx/90000)", re.IGNORECASE | re.ASCII)
DETAIL = re.compile(r"a=(?:fmtp|rtcp-fb):(\d{1,3}) .+", re.ASCII)
RTPMAP = re.compile(r"a=rtpmap:(\d+) opus/48000/2", re.IGNORECASE)


class BadOffer(ValueError):
    """A description or candidate that is not taken."""


def check(sdp: str) -> list[str]:
    """Check a description against the policy; give its lines.

    Raises:
        BadOffer: too long, other media than agreed, or other directions.
    """
    if len(sdp.encode(errors="replace")) > SDP_BYTES:
        raise BadOffer("too long")
    lines = [line.rstrip() for line in sdp.splitlines() if line.strip()]
    kinds = [line[2:].partition(" ")[0] for line in lines if line.startswith("m=")]
    if not kinds or kinds != SECTIONS[: len(kinds)]:
        raise BadOffer("other media than agreed")
    directions = [section_direction(section) for section in sections(lines)]
    if any(said not in allowed for said, allowed in zip(directions, DIRECTIONS, strict=False)):
        raise BadOffer("other directions than agreed")
    return lines


def sections(lines: list[str]) -> list[list[str]]:
    """Cut a description into its media sections."""
    starts = [number for number, line in enumerate(lines) if line.startswith("m=")]
    return [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def essence(lines: list[str]) -> list[str]:
    """Keep of a description what matters: aiortc's parser sees nothing else.

    Raises:
        BadOffer: there is too much of it, or too little.
    """
    session = list(itertools.takewhile(lambda line: not line.startswith("m="), lines))
    head, first, *others = (_essence(section) for section in (session, *sections(lines)))
    if not all(any(line.startswith(name) for line in head + first) for name in ESSENTIAL):
        raise BadOffer("something essential is missing")
    return list(itertools.chain(head, first, *others))


def _essence(lines: list[str]) -> list[str]:
    codecs = {found[1] for line in lines if (found := CODEC.fullmatch(line))}
    kept = [
        line
        for line in dict.fromkeys(lines)
        if KEPT.fullmatch(line) or CODEC.fullmatch(line) or ((found := DETAIL.fullmatch(line)) and found[1] in codecs)
    ]
    if len(kept) > MOST_LINES:
        raise BadOffer("too many lines")
    return kept


def section_direction(section: list[str]) -> str:
    """Say which way media flows in a section."""
    said = (line[2:] for line in section if line[2:] in {"sendrecv", "sendonly", "recvonly", "inactive"})
    return next(said, "sendrecv")


async def take(connection: RTCPeerConnection, sdp: str) -> list[RTCIceCandidate]:
    """Set a client's offer; give the candidates that stood in it.

    Raises:
        BadOffer: whatever the parser did not like; it has many ways to say so.
    """
    try:
        lines = check(sdp)
        kept = END.join(essence(lines)) + END
        prepare(connection, len(sections(lines)))
        await connection.setRemoteDescription(RTCSessionDescription(sdp=kept, type="offer"))
        within(connection)
    except Exception as trouble:
        raise BadOffer(repr(trouble)) from trouble
    said = [line for line in lines if line.startswith(CANDIDATE)][:MOST_CANDIDATES]
    return [found for line in said if (found := candidate(line[2:], "0"))]


def prepare(connection: RTCPeerConnection, count: int) -> None:
    """Make the sections ready, each with the codecs that it may have."""
    for kind, direction, slot in zip(SECTIONS[:count], ANSWERED, (False, False, *[True] * 4), strict=False):
        transceiver = connection.addTransceiver(kind, direction=direction)
        transceiver.setCodecPreferences(list(codecs(RTCRtpSender.getCapabilities(kind), not slot)))


def codecs(capabilities: RTCRtpCapabilities, again: bool) -> Iterator[RTCRtpCodecCapability]:
    """Choose Opus and VP8, and retransmissions where packets may come again in a stream of their own."""
    allowed = {OPUS_NAME, VP8_NAME, *([RTX_NAME] if again else [])}
    return (codec for codec in capabilities.codecs if codec.mimeType.lower() in allowed)


def within(connection: RTCPeerConnection) -> None:
    """Check what the parser made of the offer.

    Raises:
        BadOffer: something essential is missing.
    """
    mids = [transceiver.mid for transceiver in connection.getTransceivers()]
    if None in mids or "" in mids or len(set(mids)) != len(mids):
        raise BadOffer("sections without names")


def candidate(said: str, mid: str) -> RTCIceCandidate | None:
    """Read a candidate; None where it is none of ours: only UDP, only addresses, no names that would be looked up."""
    try:
        found = candidate_from_sdp(said.removeprefix("candidate:"))
        address = ipaddress.ip_address(found.ip)
    except Exception:
        return None
    if found.protocol.lower() != "udp" or found.component != 1 or not 0 < found.port < 1 << 16:
        return None
    if address.is_multicast or address.is_unspecified or found.tcpType:
        return None
    found.sdpMid = mid
    return found


def trickled(said: Candidate) -> RTCIceCandidate | None:
    """Read a trickled candidate; all sections share one transport, so all are for the first."""
    return candidate(said.candidate, "0")


def polish(sdp: str, packing: Profile, addresses: list[str]) -> str:
    """Tell the client how to pack its sound, and under which public addresses this process is found."""
    lines = list(_with_opus(sdp.split(END), packing))
    return END.join(_with_addresses(lines, addresses) if addresses else lines)


def _with_opus(lines: list[str], packing: Profile) -> Iterator[str]:
    rate = f"minptime=10;useinbandfec=1;usedtx=1;stereo=0;maxaveragebitrate={packing.bitrate}"
    for line in lines:
        yield line
        if found := RTPMAP.fullmatch(line):
            yield f"a=fmtp:{found[1]} {rate}"
            yield f"a=ptime:{20 * packing.ticks}"


def _with_addresses(lines: list[str], addresses: list[str]) -> Iterator[str]:
    for line in lines:
        parts = line.split(" ")
        if line.startswith(CANDIDATE) and len(parts) > 4:
            version = ipaddress.ip_address(parts[4]).version
            same = [address for address in addresses if ipaddress.ip_address(address).version == version]
            yield from (" ".join([*parts[:4], address, *parts[5:]]) for address in same)
        else:
            yield line
