"""Granting and revoking roles, restricting and releasing people, and asking for permission."""

from datetime import datetime, timedelta

from rooms.commands import Command, Done
from rooms.errors import reason
from rooms.members import rules, store, wire
from rooms.people import rules as people_rules
from rooms.people import store as people
from rooms.programme import store as programme
from rooms.programme.rules import ROOM_UNKNOWN
from rooms.programme.store import Room
from rooms.streams import AUTHORITY, only
from rooms.text import clean
from rooms.work import Work

SCOPE_UNKNOWN = reason("member.scope_unknown", 422, "There is no such part of the forum.")
PROTECTED = reason("member.protected", 403, "Moderators and organisers cannot be restricted here.")
MINUTES = reason("member.minutes_out_of_range", 422, "Choose between one minute and one year.")

WHY_LIMIT = 500
YEAR_MINUTES = 366 * 24 * 60


async def require(work: Work, room_id: int, permission: str) -> Room:
    """Find a room in which the actor holds a permission; a room they may not read does not exist for them.

    Raises:
        Refused: room.unknown, permission.*.
    """
    room = await programme.room(work.db, room_id)
    if room is None:
        raise ROOM_UNKNOWN()
    place = programme.place(room)
    _refuse(rules.can(work.actor, "room.read", place, work.now), hidden=True)
    _refuse(rules.can(work.actor, permission, place, work.now))
    return room


def require_in_forum(work: Work, permission: str) -> None:
    """Ask for a permission on the whole forum.

    Raises:
        Refused: permission.*.
    """
    _refuse(rules.can(work.actor, permission, rules.place_of(), work.now))


def _refuse(verdict: rules.Verdict, hidden: bool = False) -> None:
    if verdict.allowed or verdict.why is None:
        return
    raise (ROOM_UNKNOWN if hidden and verdict.why is not rules.SIGN_IN else verdict.why)()


def may(work: Work, room: Room, permission: str) -> bool:
    """Tell whether the actor holds a permission in a room."""
    return rules.can(work.actor, permission, programme.place(room), work.now).allowed


async def grant(work: Work, sent: wire.GrantRole) -> Done:
    """Give a role; giving it twice is giving it once."""
    require_in_forum(work, "member.grant")
    await _check(work, sent.person, sent.scope)
    row = await store.granted(work.db, sent.role, sent.scope, sent.person)
    row = row or store.Granted(role=sent.role, scope=sent.scope, person_id=sent.person)
    row.from_at = row.to_at = None
    work.db.add(row)
    return _changed(work, sent.person, sent.scope)


async def revoke(work: Work, sent: wire.RevokeRole) -> Done:
    """Take a role away; it acts on open sockets at once."""
    require_in_forum(work, "member.grant")
    await _check(work, sent.person, sent.scope)
    row = await store.granted(work.db, sent.role, sent.scope, sent.person)
    if row is not None:
        await work.db.delete(row)
    return _changed(work, sent.person, sent.scope)


async def restrict(work: Work, sent: wire.Restrict) -> Done:
    """Silence or ban somebody in a room, with a reason and perhaps an end."""
    room = await require(work, sent.room, "member.restrict")
    why = clean(sent.why, WHY_LIMIT)
    await _check_target(work, room, sent.person)
    scope = f"room/{sent.room}"
    row = await store.restricted(work.db, sent.kind, scope, sent.person)
    row = row or store.Restricted(kind=sent.kind, scope=scope, person_id=sent.person, at=work.now)
    row.why, row.by_id, row.at, row.to_at = why, work.actor.person_id, work.now, _until(work, sent.minutes)
    work.db.add(row)
    return _changed(work, sent.person, scope)


async def release(work: Work, sent: wire.Release) -> Done:
    """Lift a restriction; lifting what is not there is done as well."""
    await require(work, sent.room, "member.restrict")
    await _person(work, sent.person)
    scope = f"room/{sent.room}"
    row = await store.restricted(work.db, sent.kind, scope, sent.person)
    if row is not None:
        await work.db.delete(row)
    return _changed(work, sent.person, scope)


def _until(work: Work, minutes: int | None) -> datetime | None:
    if minutes is None:
        return None
    if not 1 <= minutes <= YEAR_MINUTES:
        raise MINUTES()
    return work.now + timedelta(minutes=minutes)


async def _person(work: Work, person_id: int) -> people.Person:
    person = await people.person(work.db, person_id)
    if person is None:
        raise people_rules.UNKNOWN()
    return person


async def _check(work: Work, person_id: int, scope: str) -> None:
    await _person(work, person_id)
    if not await programme.scope_exists(work.db, scope):
        raise SCOPE_UNKNOWN()


async def _check_target(work: Work, room: Room, person_id: int) -> None:
    target = await store.actor_of(work.db, await _person(work, person_id))
    if rules.roles_at(target, programme.place(room), work.now) & {"moderator", "organiser"}:
        raise PROTECTED()


def _changed(work: Work, person_id: int, scope: str) -> Done:
    work.tell(AUTHORITY, wire.AuthorityChanged(person=person_id))
    work.tell(only(person_id), wire.MemberChanged(scope=scope))
    return Done()


COMMANDS = (
    Command("member.grant", "Give a person a role.", wire.GrantRole, Done, grant),
    Command("member.revoke", "Take a role from a person.", wire.RevokeRole, Done, revoke),
    Command("member.restrict", "Silence or ban a person in a room.", wire.Restrict, Done, restrict),
    Command("member.release", "Lift a restriction.", wire.Release, Done, release),
)
