"""What comes in about calls, and what is answered and shown."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from rooms.calls import rules, store
from rooms.calls.rules import EngineName
from rooms.commands import Id, Number, Result, Sent

Gen = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Device = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]


class Join(Sent, frozen=True):
    """Take a seat in a room's call, perhaps only to listen."""

    room: Number
    device: Device
    listen: bool = False
    mic: bool = False
    camera: bool = False


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An address at which a connection may be made, as browsers give it."""

    candidate: Annotated[str, msgspec.Meta(max_length=rules.CANDIDATE_LETTERS)]
    sdpMid: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    sdpMLineIndex: Annotated[int, msgspec.Meta(ge=0, le=64)] | None = None


class Signal(Sent, frozen=True):
    """Pass on a description or an address from one's seat to the mixer, or to another seat."""

    seat: Id
    gen: Gen
    to: Id = ""
    sdp: str = ""
    kind: Literal["", "offer", "answer"] = ""
    candidate: Candidate | None = None
    end: bool = False


class SetState(Sent, frozen=True):
    """Say what one does in a call; what is left out stays."""

    seat: Id
    mic: bool | None = None
    camera: bool | None = None
    screen: bool | None = None
    hand: bool | None = None
    saver: bool | None = None


class OneSeatSent(Sent, frozen=True):
    """Name one's own seat."""

    seat: Id


class Watch(Sent, frozen=True):
    """Say whose pictures one shows, in the order of the slots."""

    seat: Id
    want: Annotated[tuple[Id, ...], msgspec.Meta(max_length=rules.SLOTS)] = ()


class Mute(Sent, frozen=True):
    """Mute somebody; after a hard mute they speak again only when they are allowed to."""

    room: Number
    seat: Id
    hard: bool = False
    reason: str = ""


class Allow(Sent, frozen=True):
    """Let somebody speak again; their microphone stays off until they turn it on."""

    room: Number
    seat: Id


class Choose(Sent, frozen=True):
    """Choose how a room's call travels; everybody in it joins again."""

    room: Number
    engine: EngineName


class Caption(Sent, frozen=True):
    """Write what one says for those who do not hear it."""

    seat: Id
    text: str


class IceServer(Result, frozen=True):
    """A server that helps connections through walls, as browsers want it."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


class CallLimits(Result, frozen=True):
    """What a call may hold."""

    seats: int
    cameras: int


class SeatShown(Result, frozen=True):
    """A seat as everyone in the room sees it."""

    seat: str
    person: int
    name: str
    state: str
    mic: bool = False
    camera: bool = False
    screen: bool = False
    hand_at: datetime | None = None
    saver: bool = False
    listen: bool = False
    muted: bool = False
    quality: str = ""


class Roster(Result, frozen=True):
    """Who is in a room's call, in the order of joining."""

    room: int
    engine: str
    seats: tuple[SeatShown, ...] = ()


class Joined(Result, frozen=True):
    """One's seat, and what is needed to connect."""

    seat: str
    room: int
    gen: int
    engine: str
    roster: Roster
    limits: CallLimits
    ice: tuple[IceServer, ...] = ()
    relay_only: bool = False


class Renewed(Result, frozen=True):
    """The number of the connection to make now, and what is needed for it."""

    gen: int
    ice: tuple[IceServer, ...] = ()


class SeatState(Result, frozen=True):
    """One's own seat."""

    seat: str
    room: int
    gen: int
    engine: str
    muted: bool = False
    hard: bool = False


def shown(row: store.CallSeat) -> SeatShown:
    """Show a seat to everyone in its room."""
    return SeatShown(
        seat=row.id,
        person=row.person_id,
        name=row.name,
        state=row.state,
        mic=row.mic,
        camera=row.camera,
        screen=row.screen,
        hand_at=row.hand_at,
        saver=row.saver,
        listen=row.listen,
        muted=row.muted,
        quality=row.quality,
    )
