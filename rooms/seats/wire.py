"""What comes in about seats, and what the café is told of who sits where."""

from rooms.commands import Number, Result, Sent
from rooms.streams import Everyone, Hosts, Latest, Logged, Servers
from rooms.tables.wire import SeatedPerson


class TakeSeat(Sent, frozen=True):
    """Sit down at a table of one's choice."""

    table: Number


class FindSeat(Sent, frozen=True):
    """Ask for a seat where one fits best."""

    room: Number
    listening: bool = False


class LeaveSeat(Sent, frozen=True):
    """Stand up and go to the lobby."""

    room: Number


class MoveSeat(Sent, frozen=True):
    """Move somebody to a table, or to the lobby; while seats are proposed, change the proposal."""

    room: Number
    person: Number
    table: Number
    """0 for the lobby."""


class SwapSeats(Sent, frozen=True):
    """Let two people change places."""

    room: Number
    person: Number
    other: Number


class Seated(Result, frozen=True):
    """The table where one sits now."""

    table: int


class SeatsDealt(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="seat.dealt"):
    """Everybody sits so now: people by table. What was before does not count."""

    round: int
    seats: dict[str, tuple[int, ...]]


class SeatTaken(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="seat.taken"):
    """Somebody sits at a table now, or, with 0, at none."""

    person: int
    table: int


class PeopleKnown(Logged[Hosts], frozen=True, kw_only=True, tag_field="type", tag="seat.known"):
    """Who the people are who have been seated."""

    people: tuple[SeatedPerson, ...]


class PeopleAway(Latest[Hosts], frozen=True, kw_only=True, tag_field="type", tag="seat.away"):
    """Who of the seated has no connection now."""

    people: tuple[int, ...]


class SeatsLeft(Logged[Servers], frozen=True, kw_only=True, tag_field="type", tag="seat.left"):
    """People have left private rooms: every server lets go of what their connections still follow there."""

    left: dict[str, tuple[int, ...]]


EVENTS = (SeatsDealt, SeatTaken, PeopleKnown, PeopleAway, SeatsLeft)
