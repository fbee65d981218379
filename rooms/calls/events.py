"""What rooms, seats and media processes are told about calls."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self

from rooms.calls.wire import Candidate, SeatShown
from rooms.streams import Everyone, Fleeting, Hosts, Latest, Logged, OneSeat, Servers


class CallRoster(Latest[Everyone], frozen=True, kw_only=True, tag_field="type", tag="call.roster"):
    """Who is in the room's call now."""

    room: int
    engine: str
    seats: tuple[SeatShown, ...] = ()


class CallHands(Latest[Hosts], frozen=True, kw_only=True, tag_field="type", tag="call.hands"):
    """How many hands are raised in the calls of the rooms within."""

    hands: dict[str, int]

    def key(self) -> str:
        return next(iter(self.hands))

    @classmethod
    def join(cls, many: Sequence[Self]) -> Self:
        return cls(hands={room: count for each in many for room, count in each.hands.items()})


class CallSpeaking(Fleeting[Everyone], frozen=True, kw_only=True, tag_field="type", tag="call.speaking"):
    """Who is heard in the room's call now."""

    seats: tuple[str, ...] = ()


class CallCaptioned(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="call.captioned"):
    """Somebody in the call said this."""

    seat: str
    person: int
    name: str
    text: str
    at: datetime

    def about(self) -> str:
        return f"seat/{self.seat}"


class CallSignal(Fleeting[OneSeat], frozen=True, kw_only=True, tag_field="type", tag="call.signal"):
    """A description or an address from the mixer, whose sender is empty, or from another seat."""

    gen: int
    sender: str = ""
    sdp: str = ""
    kind: str = ""
    candidate: Candidate | None = None
    end: bool = False


class CallSlots(Fleeting[OneSeat], frozen=True, kw_only=True, tag_field="type", tag="call.slots"):
    """Whose pictures come in which slot."""

    slots: tuple[str | None, ...]


class CallWatched(Fleeting[OneSeat], frozen=True, kw_only=True, tag_field="type", tag="call.watched"):
    """Whether anybody shows one's camera or screen; where nobody does, one may stop sending."""

    on: bool


class CallReset(Fleeting[OneSeat], frozen=True, kw_only=True, tag_field="type", tag="call.reset"):
    """One's connection is worth nothing any more; `media` asks for another one, else the seat is gone."""

    gen: int
    why: Literal["elsewhere", "engine", "media", "moved_out", "gone"]


class CallMuted(Fleeting[OneSeat], frozen=True, kw_only=True, tag_field="type", tag="call.muted"):
    """A moderator has muted one."""

    by: int
    name: str
    reason: str = ""
    hard: bool = False


class CallMoved(Fleeting[OneSeat], frozen=True, kw_only=True, tag_field="type", tag="call.moved"):
    """One's seat is in another room's call now; the connection goes on."""

    room: int


class CallRefused(Fleeting[OneSeat], frozen=True, kw_only=True, tag_field="type", tag="call.refused"):
    """The mixer does not take one's offer."""

    gen: int
    code: str


class CallReached(Fleeting[OneSeat], frozen=True, kw_only=True, tag_field="type", tag="call.reached"):
    """How well one is reached: good, weak or bad."""

    level: str


class MediaHint(Fleeting[Servers], frozen=True, kw_only=True, tag_field="type", tag="media.hint"):
    """The seats of a media process are others now: it looks at all of them."""


class MediaSignal(Fleeting[Servers], frozen=True, kw_only=True, tag_field="type", tag="media.signal"):
    """A signal for a media process."""

    seat: str
    gen: int
    sdp: str = ""
    candidate: Candidate | None = None
    end: bool = False


class MediaWatch(Fleeting[Servers], frozen=True, kw_only=True, tag_field="type", tag="media.watch"):
    """Whose pictures a seat shows."""

    seat: str
    want: tuple[str, ...] = ()


EVENTS = (
    CallRoster,
    CallHands,
    CallSpeaking,
    CallCaptioned,
    CallSignal,
    CallSlots,
    CallWatched,
    CallReset,
    CallMuted,
    CallMoved,
    CallRefused,
    CallReached,
    MediaHint,
    MediaSignal,
    MediaWatch,
)
