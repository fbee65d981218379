"""What comes in about roles and restrictions, and what those concerned are told."""

from typing import Literal

from rooms.commands import Number, Scope, Sent
from rooms.streams import Logged, OnePerson, Servers

Role = Literal["participant", "speaker", "host", "moderator", "organiser"]
Kind = Literal["silenced", "banned"]


class GrantRole(Sent, frozen=True):
    """Give a person a role in a scope such as forum or room/7."""

    person: Number
    role: Role
    scope: Scope


class RevokeRole(Sent, frozen=True):
    """Take a role away again."""

    person: Number
    role: Role
    scope: Scope


class Restrict(Sent, frozen=True):
    """Silence or ban a person in a room, with a reason."""

    person: Number
    room: Number
    kind: Kind
    why: str
    minutes: int | None = None


class Release(Sent, frozen=True):
    """Lift a restriction."""

    person: Number
    room: Number
    kind: Kind


class AuthorityChanged(Logged[Servers], frozen=True, kw_only=True, tag_field="type", tag="authority.changed"):
    """A person's rights or sign-ins are different now: every server checks their open sockets anew."""

    person: int


class MemberChanged(Logged[OnePerson], frozen=True, kw_only=True, tag_field="type", tag="member.changed"):
    """One's own rights in a scope are different now: look at them again."""

    scope: str


EVENTS = (AuthorityChanged, MemberChanged)
