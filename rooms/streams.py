"""Audiences as types: which stream may carry which event, and how an event is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, get_args

import msgspec


class Audience:
    """Somebody to tell; subclasses are never instantiated."""


class Everyone(Audience):
    """All who may be in the room, or in the forum."""


class Moderators(Audience):
    """Those who moderate one room."""


class Hosts(Audience):
    """Those who run one room's café."""


class OnePerson(Audience):
    """One person on all their devices."""


class OneSeat(Audience):
    """One connection of a person in a call."""


class Servers(Audience):
    """The server processes themselves."""


# Declared the old way on purpose: an inferred variance would let a moderators' event pass for everyone's.
A = TypeVar("A", bound=Audience)


@dataclass(frozen=True, slots=True)
class Stream(Generic[A]):
    """Numbered events for one audience."""

    name: str
    audience: type[A]


FORUM: Stream[Everyone] = Stream("forum", Everyone)
AUTHORITY: Stream[Servers] = Stream("authority", Servers)


def everyone_in(room_id: int) -> Stream[Everyone]:
    """Name the stream of all who are in a room."""
    return Stream(f"room/{room_id}", Everyone)


def moderators_of(room_id: int) -> Stream[Moderators]:
    """Name the stream of a room's moderators."""
    return Stream(f"room/{room_id}/moderators", Moderators)


def hosts_of(room_id: int) -> Stream[Hosts]:
    """Name the stream of those who run a room's café."""
    return Stream(f"room/{room_id}/hosts", Hosts)


def only(person_id: int) -> Stream[OnePerson]:
    """Name the stream of one person."""
    return Stream(f"person/{person_id}", OnePerson)


def notes_of(room_id: int) -> Stream[Everyone]:
    """Name the stream of a room's shared notes."""
    return Stream(f"notes/{room_id}", Everyone)


def seat_of(seat_id: str) -> Stream[OneSeat]:
    """Name the stream of one seat in a call."""
    return Stream(f"seat/{seat_id}", OneSeat)


def media_of(name: str) -> Stream[Servers]:
    """Name the stream of one media process."""
    return Stream(f"media/{name}", Servers)


class Event(msgspec.Struct, Generic[A], frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What an audience is told. Subclass one of Logged, Latest and Fleeting, never this."""

    def about(self) -> str:
        """Name the thing whose words this event carries, so that they can be taken back."""
        return ""


class Logged(Event[A], frozen=True, kw_only=True):
    """An event that is numbered, journaled and replayed."""


class Latest(Event[A], frozen=True, kw_only=True):
    """An absolute value of which only the newest counts; told about once a second at most."""

    def key(self) -> str:
        """Name the value within its stream and type."""
        return ""

    @classmethod
    def join(cls, many: Sequence[Self]) -> Self:
        """Make one event of several values, oldest first."""
        return many[-1]


class Fleeting(Event[A], frozen=True, kw_only=True):
    """An event that is worth nothing later, and is never stored."""


class Blanked(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="stream.blanked"):
    """Stands in the journal, under the same number, for an event whose words were taken back."""


AnyEvent = Event[Any]
AnyStream = Stream[Any]


def audience_of(event: type[AnyEvent]) -> type[Audience]:
    """Tell for whom a type of events is meant."""
    for parent in getattr(event, "__orig_bases__", ()):
        for argument in get_args(parent):
            if isinstance(argument, type) and issubclass(argument, Audience):
                return argument
    raise TypeError(f"{event.__name__} names no audience")


def type_of(event: type[AnyEvent]) -> str:
    """Give an event's name on the wire, such as question.shown."""
    return str(event.__struct_config__.tag)


@dataclass(frozen=True, slots=True)
class Told:
    """One event on its way to one stream; equal audiences are checked where it is made."""

    stream: AnyStream
    event: AnyEvent
