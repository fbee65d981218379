"""Presence: leases by connection, people counted once, ghosts gone."""

from collections.abc import Sequence

import pytest

from rooms.presence import actions
from rooms.presence.rules import LEASE
from rooms.presence.store import Stay
from rooms.presence.wire import People, PresenceCount, Who
from rooms.streams import everyone_in
from tests.rooms.cast import CAFE, TRAINING, VISITOR, id_of
from tests.rooms.play import Play


def stay(who: str, connection: str, room: int = CAFE) -> Stay:
    return Stay(f"{who}-{connection}", room, id_of(who))


async def move(
    play: Play, come: Sequence[Stay] = (), gone: Sequence[Stay] = (), process: str = "one"
) -> dict[int, int]:
    async with play.working(VISITOR) as work:
        await actions.move(work, process, come, gone)
    found = {}
    for told in work.told:
        assert isinstance(told.event, PresenceCount)
        found[int(told.stream.name.removeprefix("room/"))] = told.event.count
    return found


async def sweep(play: Play) -> list[str]:
    async with play.working(VISITOR) as work:
        await actions.sweep(work)
    return [told.stream.name for told in work.told]


async def count(play: Play, room: int = CAFE) -> int:
    return int((await play.state("fatima", f"room/{room}"))["count"])


async def test_one_person_with_three_tabs_is_one(play: Play) -> None:
    tabs = [stay("bao", tab) for tab in "abc"]
    assert await move(play, tabs) == {CAFE: 1}
    assert await move(play, [stay("carlos", "a")]) == {CAFE: 2}
    assert await move(play, gone=tabs[:2]) == {CAFE: 2}
    assert await move(play, gone=tabs[2:]) == {CAFE: 1}


async def test_coming_and_going_twice_is_doing_it_once(play: Play) -> None:
    for _ in range(2):
        assert await move(play, [stay("bao", "a")]) == {CAFE: 1}
    for _ in range(2):
        assert await move(play, gone=[stay("bao", "a")]) == {CAFE: 0}


async def test_each_room_counts_its_own(play: Play) -> None:
    assert await move(play, [stay("bao", "a"), stay("carlos", "a", TRAINING)]) == {CAFE: 1, TRAINING: 1}


async def test_the_ghosts_of_a_dead_process_leave_and_others_stay(play: Play) -> None:
    await move(play, [stay("bao", "a")], process="one")
    play.now += LEASE
    await move(play, [stay("carlos", "a")], process="two")
    assert await sweep(play) == []
    play.now += LEASE / 2
    assert await sweep(play) == [f"room/{CAFE}"]
    assert await count(play) == 1
    play.now += LEASE
    await sweep(play)
    assert await count(play) == 0


async def test_a_process_that_gives_signs_of_life_keeps_its_people(play: Play) -> None:
    await move(play, [stay("bao", "a")])
    for _ in range(3):
        play.now += LEASE / 2
        async with play.working(VISITOR) as work:
            await actions.renew(work, "one")
        assert await sweep(play) == []
    assert await count(play) == 1


async def test_a_process_that_ends_takes_its_people_along(play: Play) -> None:
    await move(play, [stay("bao", "a")])
    async with play.working(VISITOR) as work:
        await actions.leave(work, ["one"])
    assert [told.event for told in work.told] == [PresenceCount(count=0)]
    assert work.told[0].stream == everyone_in(CAFE)


async def test_the_people_in_a_room_are_listed_by_page_with_their_roles(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.presence.rules.PAGE", 2)
    await move(play, [stay(who, "a") for who in ("fatima", "amina", "bao")])
    first = await play.look("carlos", actions.people, Who(room=CAFE))
    assert isinstance(first, People)
    assert {person.name: person.roles for person in first.people} == {"Amina Okafor": ("moderator",), "Bao Li": ()}
    assert (first.count, first.after) == (3, id_of("bao"))
    second = await play.look("carlos", actions.people, Who(room=CAFE, after=id_of("bao")))
    assert ([person.name for person in second.people], second.after) == (["Fatima Al-Sayed"], None)
