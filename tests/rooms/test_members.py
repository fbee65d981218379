"""Roles granted and revoked, people silenced, banned and released."""

from datetime import timedelta

import msgspec
import pytest

from rooms.members.rules import ROLES
from rooms.members.store import Granted
from rooms.members.wire import GrantRole
from rooms.streams import AUTHORITY, only
from tests.rooms.cast import CAFE, TRAINING, id_of
from tests.rooms.play import Answer, Json, Play

NOBODY = 99_999


async def restrict(play: Play, kind: str, who: str = "bao", **more: object) -> Answer:
    return await play.do("amina", "member.restrict", person=id_of(who), room=CAFE, kind=kind, why="Noise", **more)


async def release(play: Play, kind: str, who: str = "bao") -> Answer:
    return await play.do("amina", "member.release", person=id_of(who), room=CAFE, kind=kind)


async def grant(play: Play, role: str = "moderator", scope: str = f"room/{CAFE}", who: str = "bao") -> Answer:
    return await play.do("ingrid", "member.grant", person=id_of(who), role=role, scope=scope)


@pytest.mark.parametrize("act", [restrict, release])
async def test_whoever_is_concerned_and_every_server_are_told(play: Play, act: object) -> None:
    assert callable(act)
    answer = await act(play, "silenced")
    assert {told.stream for told in answer.told} == {AUTHORITY, only(id_of("bao"))}
    assert answer.types(AUTHORITY) == ["authority.changed"]
    assert answer.types(only(id_of("bao"))) == ["member.changed"]


async def test_who_is_silenced_reads_and_does_not_speak(play: Play) -> None:
    said = (await play.do("carlos", "chat.post", room=CAFE, text="Hello")).result.id
    await restrict(play, "silenced")
    for name, sent in SPEECH.items():
        filled = {key: said if value == "message" else value for key, value in sent.items()}
        assert await play.refusal("bao", name, **filled) == ("permission.silenced", {})
    await play.do("bao", "chat.read_to", message=said)
    await play.do("bao", "chat.post", room=TRAINING, text="Elsewhere I may")


SPEECH: dict[str, Json] = {
    "chat.post": {"room": CAFE, "text": "Hello"},
    "chat.react": {"message": "message", "reaction": "👍", "on": True},
    "question.ask": {"room": CAFE, "text": "Why?"},
}


async def test_who_is_silenced_may_still_take_back_their_own_words(play: Play) -> None:
    said = (await play.do("bao", "chat.post", room=CAFE, text="Hello")).result.id
    asked = (await play.do("bao", "question.ask", room=CAFE, text="Why?")).result.id
    await restrict(play, "silenced")
    await play.do("bao", "chat.delete", message=said)
    await play.do("bao", "question.withdraw", question=asked)


async def test_for_who_is_banned_the_room_does_not_exist(play: Play) -> None:
    said = (await play.do("bao", "chat.post", room=CAFE, text="Hello")).result.id
    await restrict(play, "banned")
    assert await play.refusal("bao", "chat.post", room=CAFE, text="Hello") == ("room.unknown", {})
    assert await play.refusal("bao", "chat.delete", message=said) == ("message.unknown", {})
    await play.do("bao", "chat.post", room=TRAINING, text="Elsewhere I may")


@pytest.mark.parametrize("kind", ["silenced", "banned"])
async def test_a_released_person_speaks_again(play: Play, kind: str) -> None:
    await restrict(play, kind)
    await play.refusal("bao", "chat.post", room=CAFE, text="Hello")
    await release(play, kind)
    await release(play, kind)
    await play.do("bao", "chat.post", room=CAFE, text="Hello")


async def test_a_restriction_ends_by_itself(play: Play) -> None:
    await restrict(play, "silenced", minutes=5)
    await play.refusal("bao", "chat.post", room=CAFE, text="Hello")
    play.now += timedelta(minutes=5)
    await play.do("bao", "chat.post", room=CAFE, text="Hello")


async def test_restricting_again_replaces_the_end(play: Play) -> None:
    await restrict(play, "silenced", minutes=5)
    await restrict(play, "silenced")
    play.now += timedelta(days=365)
    await play.refusal("bao", "chat.post", room=CAFE, text="Hello")


@pytest.mark.parametrize("minutes", [0, -1, 366 * 24 * 60 + 1])
async def test_a_restriction_lasts_between_a_minute_and_a_year(play: Play, minutes: int) -> None:
    sent = {"person": id_of("bao"), "room": CAFE, "kind": "banned", "why": "Noise", "minutes": minutes}
    assert (await play.refusal("amina", "member.restrict", **sent))[0] == "member.minutes_out_of_range"


@pytest.mark.parametrize("who", ["amina", "ingrid"])
async def test_moderators_and_organisers_are_protected(play: Play, who: str) -> None:
    sent = {"person": id_of(who), "room": CAFE, "kind": "banned", "why": "Noise"}
    assert (await play.refusal("amina", "member.restrict", **sent))[0] == "member.protected"


@pytest.mark.parametrize("command", ["member.restrict", "member.release"])
async def test_only_moderators_restrict_and_release_and_only_in_their_rooms(play: Play, command: str) -> None:
    why = {"why": "Noise"} if command == "member.restrict" else {}
    for who, room in (("carlos", CAFE), ("amina", TRAINING)):
        refusal = await play.refusal(who, command, person=id_of("bao"), room=room, kind="banned", **why)
        assert refusal == ("permission.moderators_only", {})


async def test_a_restriction_needs_a_reason(play: Play) -> None:
    sent = {"person": id_of("bao"), "room": CAFE, "kind": "banned", "why": " "}
    assert (await play.refusal("amina", "member.restrict", **sent))[0] == "text.empty"


@pytest.mark.parametrize(("who", "command", "sent"), [
    ("amina", "member.restrict", {"room": CAFE, "kind": "banned", "why": "Noise"}),
    ("amina", "member.release", {"room": CAFE, "kind": "banned"}),
    ("ingrid", "member.grant", {"role": "host", "scope": "forum"}),
    ("ingrid", "member.revoke", {"role": "host", "scope": "forum"}),
])  # fmt: skip
async def test_nothing_is_told_about_people_who_do_not_exist(play: Play, who: str, command: str, sent: Json) -> None:
    assert await play.refusal(who, command, person=NOBODY, **sent) == ("person.unknown", {})


async def test_a_role_acts_at_once_and_until_it_is_revoked(play: Play) -> None:
    asked = (await play.do("carlos", "question.ask", room=CAFE, text="Why?")).result.id
    assert await play.refusal("bao", "question.approve", question=asked) == ("question.unknown", {})
    await grant(play)
    await play.do("bao", "question.approve", question=asked)
    await play.do("ingrid", "member.revoke", person=id_of("bao"), role="moderator", scope=f"room/{CAFE}")
    assert await play.refusal("bao", "question.hide", question=asked) == ("permission.moderators_only", {})


async def test_granting_and_revoking_twice_is_doing_it_once(play: Play) -> None:
    for _ in range(2):
        await grant(play)
    for _ in range(2):
        await play.do("ingrid", "member.revoke", person=id_of("bao"), role="moderator", scope=f"room/{CAFE}")
    await play.refusal("bao", "member.release", person=id_of("carlos"), room=CAFE, kind="banned")


async def test_granting_a_role_that_has_run_out_gives_it_again(play: Play) -> None:
    async with play.working("ingrid") as work:
        old = Granted(role="moderator", scope=f"room/{CAFE}", person_id=id_of("bao"), to_at=play.now)
        work.db.add(old)
    sent = {"person": id_of("carlos"), "room": CAFE, "kind": "banned"}
    await play.refusal("bao", "member.release", **sent)
    await grant(play)
    await play.do("bao", "member.release", **sent)


BY_SEATING = {"seated", "table_host"}


@pytest.mark.parametrize("role", sorted(set(ROLES) - BY_SEATING))
async def test_every_role_but_those_of_a_seat_can_be_granted(play: Play, role: str) -> None:
    await grant(play, role)


@pytest.mark.parametrize("role", sorted(BY_SEATING))
def test_the_roles_of_a_seat_are_not_granted_by_hand(role: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"person": 1, "role": role, "scope": "forum"}, GrantRole)


async def test_only_organisers_grant_and_only_in_scopes_that_exist(play: Play) -> None:
    sent = {"person": id_of("bao"), "role": "host"}
    refusal = await play.refusal("amina", "member.grant", scope=f"room/{CAFE}", **sent)
    assert refusal == ("permission.organisers_only", {})
    assert (await play.refusal("ingrid", "member.grant", scope="room/999", **sent))[0] == "member.scope_unknown"
