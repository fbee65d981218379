"""Who may do what, where and when, and why not otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rooms.errors import Reason, reason

SIGN_IN = reason("permission.sign_in", 401, "Please sign in first.")
SILENCED = reason("permission.silenced", 403, "A moderator has silenced you here. You can still read.")
MODERATORS_ONLY = reason("permission.moderators_only", 403, "Only moderators of this room may do this.")
ORGANISERS_ONLY = reason("permission.organisers_only", 403, "Only organisers of the forum may do this.")
HOSTS_ONLY = reason("permission.hosts_only", 403, "Only hosts and moderators of this room may do this.")
NOT_A_MEMBER = reason("permission.not_a_member", 403, "Only members of this room may do this.")
BANNED = reason("permission.banned", 403, "You have been excluded from this part of the forum.")

TAKES_PART = frozenset(
    {"room.read", "chat.post", "chat.react", "question.ask", "question.vote", "notes.edit", "call.join"}
)
LEADS = TAKES_PART | {"call.moderate", "table.lead"}
HOSTS = LEADS | {"announcement.make", "cafe.run"}
MODERATES = HOSTS | {"chat.moderate", "question.moderate", "member.restrict", "member.see"}

ROLES: dict[str, frozenset[str]] = {
    "participant": TAKES_PART,
    "speaker": TAKES_PART,
    "seated": TAKES_PART,
    "table_host": LEADS,
    "host": HOSTS,
    "moderator": MODERATES,
    "organiser": MODERATES | {"member.grant", "programme.edit"},
}

STAFF = frozenset({"host", "moderator", "organiser"})
"""The roles that reach into the private rooms, such as café tables, within their scope."""

UNMARKED = frozenset({"participant", "seated"})
"""The roles that lists of people do not mention."""

PERMISSIONS: dict[str, Reason] = {
    "room.read": NOT_A_MEMBER,
    "chat.post": NOT_A_MEMBER,
    "chat.react": NOT_A_MEMBER,
    "chat.moderate": MODERATORS_ONLY,
    "question.ask": NOT_A_MEMBER,
    "question.vote": NOT_A_MEMBER,
    "question.moderate": MODERATORS_ONLY,
    "announcement.make": HOSTS_ONLY,
    "notes.edit": NOT_A_MEMBER,
    "call.join": NOT_A_MEMBER,
    "call.moderate": HOSTS_ONLY,
    "table.lead": HOSTS_ONLY,
    "cafe.run": HOSTS_ONLY,
    "member.see": MODERATORS_ONLY,
    "member.restrict": MODERATORS_ONLY,
    "member.grant": ORGANISERS_ONLY,
    "programme.edit": ORGANISERS_ONLY,
}
"""Every permission, and what somebody is told who lacks it."""

RESTRICTIONS: dict[str, tuple[Reason, frozenset[str]]] = {
    "banned": (BANNED, frozenset(PERMISSIONS)),
    "silenced": (
        SILENCED,
        frozenset({"chat.post", "chat.react", "question.ask", "question.vote", "notes.edit", "call.join"}),
    ),
}
"""What each kind of restriction takes away, and its reason."""

FORUM = "forum"
PRIVATE = "private"
"""Stands before the last scope of a place that only its own members and the staff around it may enter."""
Place = tuple[str, ...]
"""A scope and all that surround it, such as ("forum", "track/forum", "session/12", "room/7")."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time from when until when something holds; None is open."""

    from_at: datetime | None = None
    to_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return (self.from_at is None or self.from_at <= now) and (self.to_at is None or now < self.to_at)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role somebody holds in a scope."""

    role: str
    scope: str
    span: Span = Span()


@dataclass(frozen=True, slots=True)
class Restriction:
    """Something taken away from somebody in a scope."""

    kind: str
    scope: str
    span: Span = Span()


@dataclass(frozen=True, slots=True)
class Actor:
    """The human behind a request; person_id is None for a visitor who has not signed in."""

    person_id: int | None = None
    name: str = ""
    language: str = "en"
    grants: tuple[Grant, ...] = ()
    restrictions: tuple[Restriction, ...] = ()


VISITOR = Actor()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is allowed, and if not, why."""

    allowed: bool
    why: Reason | None = None


YES = Verdict(True)


def place_of(*scopes: str) -> Place:
    """Make a place from scopes, the forum always around them."""
    return (FORUM, *scopes)


def can(actor: Actor, permission: str, place: Place, now: datetime) -> Verdict:
    """Decide whether an actor holds a permission at a place now.

    Raises:
        KeyError: there is no such permission.
    """
    otherwise = PERMISSIONS[permission]
    if actor.person_id is None:
        return Verdict(False, SIGN_IN)
    taken = _taken(actor.restrictions, permission, place, now)
    if taken:
        return Verdict(False, taken)
    return YES if permission in _given(actor.grants, place, now) else Verdict(False, otherwise)


def roles_at(actor: Actor, place: Place, now: datetime) -> frozenset[str]:
    """List the roles that an actor holds at a place now."""
    return frozenset(grant.role for grant in actor.grants if _reaches(grant, place, now))


def permissions_at(actor: Actor, place: Place, now: datetime) -> tuple[str, ...]:
    """List, in order of name, everything that an actor may do at a place now."""
    return tuple(sorted(name for name in PERMISSIONS if can(actor, name, place, now).allowed))


def _given(grants: Iterable[Grant], place: Place, now: datetime) -> frozenset[str]:
    return frozenset().union(*(ROLES[grant.role] for grant in grants if _reaches(grant, place, now)))


def _reaches(grant: Grant, place: Place, now: datetime) -> bool:
    if grant.scope not in place or not grant.span.holds(now):
        return False
    return PRIVATE not in place or grant.scope == place[-1] or grant.role in STAFF


def _taken(restrictions: Iterable[Restriction], permission: str, place: Place, now: datetime) -> Reason | None:
    for kind, (why, permissions) in RESTRICTIONS.items():
        if permission in permissions and any(
            each.kind == kind and each.scope in place and each.span.holds(now) for each in restrictions
        ):
            return why
    return None
