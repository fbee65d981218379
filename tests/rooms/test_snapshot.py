"""Opening streams: building a state is being allowed to see it, and what may not be seen does not exist."""

import pytest

from rooms.errors import Refused
from rooms.members.store import Granted
from rooms.programme.store import Room
from rooms.snapshot import my_permissions, open_stream
from rooms.streams import AUTHORITY
from tests.rooms.cast import CAFE, CEREMONY, MINISTERS, QUIET, VISITOR, id_of
from tests.rooms.play import Play

BAO, AMINA = f"person/{id_of('bao')}", f"person/{id_of('amina')}"


async def answer(play: Play, who: str, stream: str) -> str:
    state = (await play.states(who, [stream]))[stream]
    return state.code if isinstance(state, Refused) else "open"


@pytest.mark.parametrize(("who", "stream", "code"), [
    *((who, "forum", "open") for who in (VISITOR, "bao", "boris", "amina")),
    ("bao", f"room/{CAFE}", "open"),
    ("boris", f"room/{CAFE}", "stream.unknown"),
    ("bao", f"room/{MINISTERS}", "stream.unknown"),
    ("dmitri", f"room/{MINISTERS}", "open"),
    (VISITOR, f"room/{CAFE}", "permission.sign_in"),
    ("amina", f"room/{CAFE}/moderators", "open"),
    ("ingrid", f"room/{CAFE}/moderators", "open"),
    ("bao", f"room/{CAFE}/moderators", "stream.unknown"),
    ("amina", f"room/{QUIET}/moderators", "stream.unknown"),
    ("ingrid", f"room/{CEREMONY}/moderators", "stream.unknown"),
    ("bao", BAO, "open"),
    ("boris", f"person/{id_of('boris')}", "open"),
    ("bao", AMINA, "stream.unknown"),
    ("ingrid", BAO, "stream.unknown"),
    (VISITOR, BAO, "stream.unknown"),
])  # fmt: skip
async def test_who_may_open_what(sqlite_play: Play, who: str, stream: str, code: str) -> None:
    assert await answer(sqlite_play, who, stream) == code


TABLE = 31


@pytest.mark.parametrize(("who", "code"), [
    ("bao", "stream.unknown"), ("boris", "stream.unknown"), ("carlos", "open"), ("amina", "open"), ("ingrid", "open"),
    (VISITOR, "permission.sign_in"),
])  # fmt: skip
async def test_a_private_room_exists_for_its_members_and_the_staff_around_it(
    sqlite_play: Play, who: str, code: str
) -> None:
    async with sqlite_play.working("ingrid") as work:
        work.db.add(Room(id=TABLE, session_id=CAFE + 100, parent_id=CAFE, private=True, track="forum", features=[]))
        work.db.add(Granted(role="seated", scope=f"room/{TABLE}", person_id=id_of("carlos")))
    assert await answer(sqlite_play, "bao", f"room/{CAFE}") == "open"
    assert await answer(sqlite_play, who, f"room/{TABLE}") == code


@pytest.mark.parametrize("stream", [
    *("", "forum/", "room", "room/", "room/0", "room/07", "room/-7", "room/+7", "room/7 ", " room/7", "room/7\n"),
    *("room/٧", "room/7.0", "room/9999999999", "room/7/", "room/7/desk", "ROOM/7", "person/x", "table/1", "x" * 9999),
    AUTHORITY.name,
])  # fmt: skip
async def test_what_is_no_stream_is_unknown_even_to_organisers(sqlite_play: Play, stream: str) -> None:
    assert await answer(sqlite_play, "ingrid", stream) == "stream.unknown"


async def test_a_feature_that_is_off_shows_nothing_of_itself(sqlite_play: Play) -> None:
    state = await sqlite_play.state("bao", f"room/{CEREMONY}")
    assert (state["features"], state["questions"]) == (["chat"], {})
    state = await sqlite_play.state("bao", f"room/{QUIET}")
    assert (state["features"], state["chat"]) == (["questions"], {})


async def test_an_opened_stream_is_the_one_that_was_asked_for(sqlite_play: Play) -> None:
    async with sqlite_play.working("amina") as work:
        for name in ("forum", f"room/{CAFE}", f"room/{CAFE}/moderators", AMINA):
            assert (await open_stream(work, name)).stream.name == name


async def test_everybody_may_learn_what_they_may_do(sqlite_play: Play) -> None:
    async with sqlite_play.working("bao") as work:
        assert "question.moderate" not in await my_permissions(work, CAFE)
    async with sqlite_play.working("amina") as work:
        assert "question.moderate" in await my_permissions(work, CAFE)
