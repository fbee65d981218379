"""Presence, as each process keeps it: counts that end right however processes race, fail and come back."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
from sqlmodel import func, select

from rooms.presence import actions as presence
from rooms.presence.store import Lease, Process, Stay, add, count
from rooms.presence.wire import PresenceCount
from rooms.streams import everyone_in
from server import journal
from server import presence as keeping
from server.database import Database
from server.house import present
from server.presence import PresenceKeeper
from server.transact import UNAVAILABLE, Transactor
from tests.server.databases import AT, KINDS, Recorder, hall_of, latest, migrated, new_url, opened, work_in


@pytest.fixture(scope="module", params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return migrated(new_url(request, request.param, tmp_path_factory.mktemp("presence")))


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with opened(url) as database:
        yield database


async def stays(database: Database, count: int) -> tuple[int, list[Stay]]:
    hall = hall_of(database)
    room = await hall.room()
    guests = [await hall.person() for _ in range(count)]
    return room, [Stay(secrets.token_hex(4), room, guest.id) for guest in guests]


async def last_count(database: Database, room: int) -> int:
    [(_, event)] = await latest(database, everyone_in(room))
    return int(event.split(b":")[-1].rstrip(b"}"))


async def until_counted(database: Database, room: int, people: int) -> None:
    async with asyncio.timeout(10):
        while True:
            if (await leases(database, room), await last_count(database, room)) == (people, people):
                return
            await asyncio.sleep(0.02)


async def test_the_last_count_told_is_right_however_two_processes_race(url: str, database: Database) -> None:
    room, people = await stays(database, 12)

    async def move(each: Database, process: str, come: list[Stay], leave: list[Stay]) -> None:
        async with each.writing() as db:
            work = work_in(db)
            await presence.move(work, process, come, leave)
            await journal.append(work)

    async with opened(url) as second, asyncio.timeout(20):
        turns = [(database, "one"), (second, "two")] * 6
        await asyncio.gather(*(move(each, name, [stay], []) for (each, name), stay in zip(turns, people, strict=True)))
        assert await last_count(database, room) == 12
        leaving = zip(turns[:9], people[:9], strict=True)
        await asyncio.gather(*(move(each, name, [], [stay]) for (each, name), stay in leaving))
    assert await last_count(database, room) == 3


@pytest.mark.big
async def test_counts_made_without_a_hold_would_end_wrong(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = migrated(new_url(request, "postgresql", tmp_path_factory.mktemp("counts")))
    counted = asyncio.Barrier(2)

    async def careless(each: Database, process: str, stay: Stay) -> None:
        async with each.writing() as db:
            work = work_in(db)
            db.add(Process(id=process, until_at=AT))
            await db.flush()
            await add(db, process, [stay])
            work.tell(everyone_in(stay.room_id), PresenceCount(count=await count(db, stay.room_id)))
            await counted.wait()
            await journal.append(work)

    async with opened(url) as database, opened(url) as second, asyncio.timeout(20):
        room, people = await stays(database, 2)
        await asyncio.gather(careless(database, "one", people[0]), careless(second, "two", people[1]))
        assert await last_count(database, room) == 1


# A process's keeper


class Failing(Transactor):
    """A transactor that cannot save some times, be it before or after it has saved."""

    def __init__(self, database: Database, failures: int, after: bool) -> None:
        super().__init__(database, Recorder(), present)
        self.failures, self.after = failures, after

    async def work(self, caller, act):  # type: ignore[no-untyped-def]
        """Work, or say that nothing can be saved."""
        fails = self.failures > 0
        self.failures -= 1
        if fails and not self.after:
            raise UNAVAILABLE()
        answer = await super().work(caller, act)
        if fails:
            raise UNAVAILABLE()
        return answer


async def leases(database: Database, room: int) -> int:
    async with database.reading() as db:
        return int((await db.exec(select(func.count()).select_from(Lease).where(Lease.room_id == room))).one())


def count_in(keeper: PresenceKeeper, stay: Stay) -> None:
    keeper.come(stay.connection, stay.room_id, stay.person_id)


def count_out(keeper: PresenceKeeper, stay: Stay) -> None:
    keeper.leave(stay.connection, stay.room_id, stay.person_id)


@pytest.mark.parametrize("after", [False, True])
async def test_who_left_while_nothing_could_be_saved_is_no_ghost(database: Database, after: bool) -> None:
    room, [left, stayed, back] = await stays(database, 3)
    transactor = Failing(database, 0, after)
    keeper = PresenceKeeper(transactor)
    count_in(keeper, back)
    await keeper._flush()
    for stay in (left, stayed):
        count_in(keeper, stay)
    count_out(keeper, back)
    transactor.failures = 1
    with pytest.raises(Exception, match=r"server\.unavailable"):
        await keeper._flush()
    count_out(keeper, left)
    count_in(keeper, back)
    await keeper._flush()
    assert (await leases(database, room), await last_count(database, room)) == (2, 2)


async def test_who_comes_and_goes_at_once_is_not_counted(database: Database) -> None:
    room, [stay] = await stays(database, 1)
    keeper = PresenceKeeper(Failing(database, 0, False))
    count_in(keeper, stay)
    count_out(keeper, stay)
    await keeper._flush()
    assert await leases(database, room) == 0


async def test_a_process_that_the_others_gave_up_counts_its_people_in_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "RENEWED_EVERY_SECONDS", 0.05)
    room, people = await stays(database, 3)
    keeper = PresenceKeeper(Failing(database, 0, False))
    for stay in people:
        count_in(keeper, stay)
    await keeper._flush()
    count_out(keeper, people[0])
    async with database.writing() as db:
        await presence.leave(work := work_in(db), [keeper.process])
        await journal.append(work)
    assert await last_count(database, room) == 0
    running = asyncio.create_task(keeper.run())
    await until_counted(database, room, 2)
    keeper.stop()
    await running


async def test_a_process_sweeps_the_ghosts_of_the_dead_and_leaves_the_living(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "RENEWED_EVERY_SECONDS", 0.05)
    room, [ghost, living] = await stays(database, 2)
    dead, keeper = (PresenceKeeper(Failing(database, 0, False)) for _ in range(2))
    count_in(dead, ghost)
    count_in(keeper, living)
    for each in (dead, keeper):
        await each._flush()
    async with database.writing() as db:
        row = await db.get(Process, dead.process)
        assert row
        row.until_at = AT
        db.add(row)
    assert await last_count(database, room) == 2
    running = asyncio.create_task(keeper.run())
    await until_counted(database, room, 1)
    keeper.stop()
    await running


async def test_a_process_that_ends_takes_its_people_along(database: Database) -> None:
    room, people = await stays(database, 2)
    keeper = PresenceKeeper(Failing(database, 0, False))
    for stay in people:
        count_in(keeper, stay)
    await keeper._flush()
    assert await last_count(database, room) == 2
    await keeper.end()
    assert (await leases(database, room), await last_count(database, room)) == (0, 0)
