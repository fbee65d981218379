"""What the parent tells the media process and what it answers: one JSON object a line, one key each."""

from typing import Any

import msgspec


class Seat(msgspec.Struct, frozen=True):
    """What one person's seat shall be; all seats together are the desired state."""

    seat: str
    room: int
    gen: int
    """Number of the connection that the seat shall have; a higher one replaces what runs when it runs itself."""
    mic: bool = False
    muted: bool = False
    camera: bool = False
    screen: bool = False
    saver: bool = False


class Candidate(msgspec.Struct, frozen=True):
    """An ICE candidate as a browser trickles it."""

    candidate: str
    sdpMid: str | None = None
    sdpMLineIndex: int | None = None


class Signal(msgspec.Struct, frozen=True):
    """An offer, a candidate, or that no more candidates come."""

    seat: str
    gen: int
    sdp: str | None = None
    candidate: Candidate | None = None
    end: bool = False


class Watch(msgspec.Struct, frozen=True):
    """Whose camera or screen a client shows, in the order of its slots."""

    seat: str
    want: list[str]


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line from the parent."""

    seats: list[Seat] | None = None
    signal: Signal | None = None
    watch: Watch | None = None


class Ready(msgspec.Struct, frozen=True):
    """The process listens."""

    pid: int
    aiortc: str


class Answer(msgspec.Struct, frozen=True):
    """The answer to an offer, with all candidates."""

    seat: str
    gen: int
    sdp: str


class Refused(msgspec.Struct, frozen=True):
    """An offer that cannot be: call.bad_sdp, call.gone (no such seat) or call.stale (an older connection)."""

    seat: str
    gen: int
    code: str


class State(msgspec.Struct, frozen=True):
    """How a connection is: connected, recovering or lost."""

    seat: str
    gen: int
    state: str


class Speaking(msgspec.Struct, frozen=True):
    """Who is heard in a room now, loudest first."""

    room: int
    seats: list[str]


class Slots(msgspec.Struct, frozen=True):
    """Whose picture is in each of a seat's slots."""

    seat: str
    slots: list[str | None]


class Watched(msgspec.Struct, frozen=True):
    """Whether anybody shows a seat's camera or screen; where nobody does, the client may stop sending."""

    seat: str
    on: bool


class Load(msgspec.Struct, frozen=True):
    """Each second: how much there is to do and how late it is done."""

    seats: int
    rooms: int
    lag_p99_ms: float
    cpu: float


class Quality(msgspec.Struct, frozen=True):
    """How well a seat is reached: good, weak or bad."""

    seat: str
    loss: float
    rtt_ms: int
    level: str


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line to the parent."""

    ready: Ready | None = None
    answer: Answer | None = None
    refused: Refused | None = None
    state: State | None = None
    speaking: Speaking | None = None
    slots: Slots | None = None
    watched: Watched | None = None
    load: Load | None = None
    quality: Quality | None = None


def line(said: Any) -> bytes:
    """Write a message, such as Ready or Answer, or a whole Told or Said, as one line."""
    key = type(said).__name__.lower()
    return msgspec.json.encode(said if key in {"said", "told"} else {key: said}) + b"\n"


read_told = msgspec.json.Decoder(Told).decode
read_said = msgspec.json.Decoder(Said).decode
