"""What a room is told of who is there."""

from rooms.commands import Number, Result, Sent
from rooms.people.wire import PublicPerson
from rooms.streams import Everyone, Latest


class Who(Sent, frozen=True):
    """Ask who is in a room, after a person's id."""

    room: Number
    after: Number = 0


class People(Result, frozen=True):
    """A page of the people in a room; `after` asks for the next page, and is absent on the last."""

    count: int
    people: tuple[PublicPerson, ...] = ()
    after: int | None = None


class PresenceCount(Latest[Everyone], frozen=True, kw_only=True, tag_field="type", tag="presence.count"):
    """How many people are in the room."""

    count: int


EVENTS = (PresenceCount,)
