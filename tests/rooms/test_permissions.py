"""Who may do what: every role, permission, scope and span, and the reason that is given otherwise."""

from datetime import timedelta

import pytest

from rooms.members.rules import (
    PERMISSIONS,
    PRIVATE,
    RESTRICTIONS,
    ROLES,
    VISITOR,
    Actor,
    Grant,
    Restriction,
    Span,
    can,
    permissions_at,
    place_of,
    roles_at,
)
from tests.rooms.cast import NOON

HERE = place_of("track/forum", "session/107", "room/7")
ELSEWHERE = place_of("track/forum", "session/108", "room/8")
FAR = place_of("track/high-level", "session/111", "room/11")
HOUR = timedelta(hours=1)

READ, SPEAK, MAKE = {"room.read"}, {"chat.post", "chat.react", "question.ask", "question.vote"}, {"announcement.make"}
TOGETHER, LEAD, RUN = {"notes.edit", "call.join"}, {"call.moderate", "table.lead"}, {"cafe.run"}
DESK = {"chat.moderate", "question.moderate", "member.restrict", "member.see"}
ORGANISE = {"member.grant", "programme.edit"}
MAY: dict[str, set[str]] = {
    "participant": READ | SPEAK | TOGETHER,
    "speaker": READ | SPEAK | TOGETHER,
    "seated": READ | SPEAK | TOGETHER,
    "table_host": READ | SPEAK | TOGETHER | LEAD,
    "host": READ | SPEAK | TOGETHER | LEAD | MAKE | RUN,
    "moderator": READ | SPEAK | TOGETHER | LEAD | MAKE | RUN | DESK,
    "organiser": READ | SPEAK | TOGETHER | LEAD | MAKE | RUN | DESK | ORGANISE,
}
"""The table as people were told it, written a second time."""

OTHERWISE = {
    "permission.not_a_member": READ | SPEAK | TOGETHER,
    "permission.hosts_only": MAKE | LEAD | RUN,
    "permission.moderators_only": DESK,
    "permission.organisers_only": ORGANISE,
}


def actor(*grants: Grant, restrictions: tuple[Restriction, ...] = ()) -> Actor:
    return Actor(41011, "Amina Okafor", "en", grants, restrictions)


def why_not(who: Actor, permission: str) -> str:
    verdict = can(who, permission, HERE, NOON)
    return verdict.why.code if verdict.why else ""


def test_the_table_names_every_role_and_permission() -> None:
    assert set(MAY) == set(ROLES)
    assert set().union(*OTHERWISE.values()) == set(PERMISSIONS)


@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("role", MAY)
@pytest.mark.parametrize("scope", HERE)
def test_a_role_gives_its_permissions_in_its_scope_and_all_within(role: str, permission: str, scope: str) -> None:
    verdict = can(actor(Grant(role, scope)), permission, HERE, NOON)
    assert verdict.allowed == (permission in MAY[role])
    assert (verdict.why is None) == verdict.allowed


@pytest.mark.parametrize(("scope", "here", "elsewhere", "far"), [
    ("forum", True, True, True),
    ("track/forum", True, True, False),
    ("session/107", True, False, False),
    ("room/7", True, False, False),
    ("room/70", False, False, False),
    ("room", False, False, False),
    ("", False, False, False),
])  # fmt: skip
def test_a_scope_reaches_what_it_surrounds_and_nothing_else(scope: str, here: bool, elsewhere: bool, far: bool) -> None:
    who = actor(Grant("moderator", scope))
    found = [can(who, "question.moderate", place, NOON).allowed for place in (HERE, ELSEWHERE, FAR)]
    assert found == [here, elsewhere, far]
    assert bool(roles_at(who, HERE, NOON)) == here


def test_a_role_in_a_room_is_worth_nothing_for_the_forum() -> None:
    assert not can(actor(Grant("organiser", "room/7")), "member.grant", place_of(), NOON).allowed


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_who_lacks_a_permission_is_told_who_has_it(permission: str) -> None:
    assert permission in OTHERWISE[why_not(actor(), permission)]
    assert why_not(VISITOR, permission) == "permission.sign_in"


@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("scope", HERE)
def test_a_ban_takes_everything_from_everyone(permission: str, scope: str) -> None:
    who = actor(Grant("organiser", "forum"), restrictions=(Restriction("banned", scope),))
    assert why_not(who, permission) == "permission.banned"


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_silence_takes_speech_and_leaves_the_rest(permission: str) -> None:
    who = actor(Grant("organiser", "forum"), restrictions=(Restriction("silenced", "room/7"),))
    assert why_not(who, permission) == ("permission.silenced" if permission in SPEAK | TOGETHER else "")


def test_a_ban_outweighs_silence() -> None:
    both = (Restriction("silenced", "room/7"), Restriction("banned", "room/7"))
    assert why_not(actor(Grant("participant", "forum"), restrictions=both), "chat.post") == "permission.banned"
    assert set(RESTRICTIONS) == {"banned", "silenced"}


def test_a_restriction_elsewhere_takes_nothing_here() -> None:
    who = actor(Grant("participant", "forum"), restrictions=(Restriction("banned", "room/8"),))
    assert why_not(who, "chat.post") == ""


@pytest.mark.parametrize(("span", "holds"), [
    (Span(), True),
    (Span(NOON, None), True),
    (Span(NOON + HOUR, None), False),
    (Span(None, NOON + HOUR), True),
    (Span(None, NOON), False),
    (Span(NOON - HOUR, NOON + HOUR), True),
    (Span(NOON - HOUR, NOON - HOUR / 2), False),
])  # fmt: skip
def test_a_span_begins_with_its_first_moment_and_ends_before_its_last(span: Span, holds: bool) -> None:
    assert span.holds(NOON) == holds
    assert can(actor(Grant("participant", "forum", span)), "chat.post", HERE, NOON).allowed == holds
    restricted = actor(Grant("participant", "forum"), restrictions=(Restriction("banned", "room/7", span),))
    assert can(restricted, "chat.post", HERE, NOON).allowed != holds


@pytest.mark.parametrize("role", MAY)
def test_all_that_an_actor_may_do_is_listed_in_order(role: str) -> None:
    assert permissions_at(actor(Grant(role, "forum")), HERE, NOON) == tuple(sorted(MAY[role]))


def test_an_unknown_permission_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        can(VISITOR, "chat.shout", HERE, NOON)


TABLE = place_of("track/forum", "session/107", "room/7", PRIVATE, "room/31")


@pytest.mark.parametrize("scope", ["forum", "track/forum", "session/107", "room/7"])
@pytest.mark.parametrize("role", sorted(ROLES))
def test_only_the_staff_around_a_private_room_reach_into_it(role: str, scope: str) -> None:
    who = actor(Grant(role, scope))
    assert can(who, "room.read", place_of(*(each for each in TABLE[1:] if each != PRIVATE)), NOON).allowed
    assert can(who, "room.read", TABLE, NOON).allowed is (role in {"host", "moderator", "organiser"})


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_in_the_private_room_itself_counts_there(role: str) -> None:
    assert can(actor(Grant(role, "room/31")), "room.read", TABLE, NOON).allowed
    assert not can(actor(Grant(role, "room/32")), "room.read", TABLE, NOON).allowed


def test_a_ban_from_the_room_around_holds_in_the_private_room() -> None:
    seated = Grant("seated", "room/31")
    assert can(actor(seated), "call.join", TABLE, NOON).allowed
    banned = actor(seated, restrictions=(Restriction("banned", "room/7"),))
    assert not can(banned, "call.join", TABLE, NOON).allowed
