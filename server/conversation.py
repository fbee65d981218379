"""The socket protocol without a socket: a frame comes in, and what is to be done about it comes out."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import msgspec

from rooms.errors import Refused, reason
from server.door import bound, check_ref
from server.frames import BINARY, scan

UNREADABLE = reason("frame.unreadable", 400, "This frame is neither a command, nor follow, unfollow or ping.")
TOO_MANY_STREAMS = reason("stream.too_many", 422, "At most {limit} streams can be followed at once.")

STREAMS_LIMIT = 50
BAD_FRAMES_LIMIT = 50
"""A connection that sends more unreadable frames than this is hostile."""


class _Do(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    do: str
    ref: str
    with_: dict[str, Any] = msgspec.field(name="with", default_factory=dict)


class _Follow(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    follow: list[str]
    ref: str
    since: dict[str, int] = {}


class _Unfollow(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    unfollow: list[str]


class _Ping(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    ping: int


@dataclass(frozen=True, slots=True)
class Do:
    """Perform a command."""

    name: str
    ref: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Follow:
    """Follow streams, all or none."""

    streams: tuple[str, ...]
    ref: str
    since: dict[str, int]


@dataclass(frozen=True, slots=True)
class Unfollow:
    """Follow streams no more."""

    streams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pong:
    """Answer a heartbeat."""

    number: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """Say that a frame was refused."""

    ref: str | None
    refused: Refused


@dataclass(frozen=True, slots=True)
class Hang:
    """End the conversation."""

    code: str


Step = Do | Follow | Unfollow | Pong | Refuse | Hang


@dataclass
class Conversation:
    """What one connection has said so far."""

    frame_bytes: int
    following: Collection[str] = field(default_factory=frozenset)
    bad_frames: int = 0

    def receive(self, frame: str | bytes) -> Step:
        """Understand one frame; it is understood or refused, and never raises."""
        ref: str | None = None
        try:
            if isinstance(frame, bytes):
                raise BINARY()
            found = scan(frame, self.frame_bytes)
            ref = _ref_of(found)
            return self._step(found)
        except Refused as refused:
            return self._refuse(ref, refused)

    def _refuse(self, ref: str | None, refused: Refused) -> Step:
        self.bad_frames += 1
        return Hang("hostile") if self.bad_frames > BAD_FRAMES_LIMIT else Refuse(ref, refused)

    def _step(self, found: dict[str, Any]) -> Step:
        for key, read in _READERS.items():
            if key in found:
                return read(self, found)
        raise UNREADABLE()

    def _do(self, found: dict[str, Any]) -> Step:
        frame = _checked(found, _Do)
        return Do(frame.do, check_ref(frame.ref), frame.with_)

    def _follow(self, found: dict[str, Any]) -> Step:
        frame = _checked(found, _Follow)
        streams = tuple(dict.fromkeys(frame.follow))
        if not streams or len({*self.following, *streams}) > STREAMS_LIMIT:
            raise TOO_MANY_STREAMS(limit=STREAMS_LIMIT)
        return Follow(streams, check_ref(frame.ref), frame.since)

    def _unfollow(self, found: dict[str, Any]) -> Step:
        return Unfollow(tuple(_checked(found, _Unfollow).unfollow))

    def _ping(self, found: dict[str, Any]) -> Step:
        return Pong(_checked(found, _Ping).ping)


_READERS = {
    "do": Conversation._do,
    "follow": Conversation._follow,
    "unfollow": Conversation._unfollow,
    "ping": Conversation._ping,
}


def _checked(found: dict[str, Any], model: Any) -> Any:
    return bound(found, model)


def _ref_of(found: dict[str, Any]) -> str | None:
    try:
        return check_ref(found.get("ref"))
    except Refused:
        return None
