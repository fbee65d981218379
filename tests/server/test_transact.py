"""One command, one transaction: done at most once, wholly or not at all, and hinted only when it is saved."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import col, func, select

from rooms.chat.wire import MessageGone
from rooms.commands import Command, Result, Sent
from rooms.errors import EMPTY, Refused
from rooms.people.store import Person
from rooms.programme.store import Room
from rooms.streams import Everyone, Stream, everyone_in
from rooms.work import Work
from server import features, transact
from server.bus import Hint
from server.database import Database, embedded_url
from server.house import present
from server.identity import Caller, Identity, hashed
from server.journal import Entry, Head, hold_values
from server.settings import Settings
from server.transact import TRIES, Ref, Transactor
from tests.server.databases import KINDS, Recorder, hall_of, migrated, new_url, opened
from tests.servers import Guest


class Make(Sent, frozen=True):
    """Ask for something."""

    what: str = "it"


class Made(Result, frozen=True):
    """Say what was made."""

    id: str


@dataclass
class Bench:
    """A database with one person and a stream, and a command that counts how often it acts."""

    database: Database
    guest: Guest
    stream: Stream[Everyone]
    bus: Recorder = field(default_factory=Recorder)
    acted: int = 0
    also: Callable[[Work], Awaitable[None]] | None = None

    @property
    def caller(self) -> Caller:
        return Caller(self.guest.id, "en", hashed(self.guest.token))

    def command(self, name: str = "test.make") -> Command:
        return Command(name, "Make something.", Make, Made, self._make)

    async def _make(self, work: Work, sent: Make) -> Made:
        self.acted += 1
        id_ = secrets.token_hex(4)
        work.tell(self.stream, MessageGone(id=id_))
        work.db.add(Person(name=f"made-{self.stream.name}", created_at=work.now))
        if self.also:
            await self.also(work)
        return Made(id=id_)

    async def perform(self, ref: str = "r", name: str = "test.make", **options: Any) -> bytes:
        transactor = Transactor(options.get("database", self.database), self.bus, present)
        sent = Make(what=options.get("what", "it"))
        return await transactor.perform(options.get("caller", self.caller), self.command(name), sent, ref)

    async def code(self, **options: Any) -> str:
        with pytest.raises(Refused) as refused:
            await self.perform(**options)
        return refused.value.code

    async def left(self) -> dict[str, int]:
        """Count what the command has left in the database."""
        counts = {
            "entries": select(func.count()).select_from(Entry).where(Entry.stream == self.stream.name),
            "heads": select(func.count()).select_from(Head).where(Head.stream == self.stream.name),
            "refs": select(func.count()).select_from(Ref).where(Ref.person_id == self.guest.id),
            "people": select(func.count()).select_from(Person).where(Person.name == f"made-{self.stream.name}"),
        }
        async with self.database.reading() as db:
            return {name: int((await db.exec(query)).one()) for name, query in counts.items()}


ONCE = {"entries": 1, "heads": 1, "refs": 1, "people": 1}
NOTHING = dict.fromkeys(ONCE, 0)


@pytest.fixture(scope="module", params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return migrated(new_url(request, request.param, tmp_path_factory.mktemp("transact")))


@pytest.fixture
async def bench(url: str) -> AsyncIterator[Bench]:
    async with opened(url) as database:
        guest = await hall_of(database).person()
        yield Bench(database, guest, everyone_in(secrets.randbelow(10**8) + 1))


# At most once


async def test_a_repeated_ref_gets_the_first_answer_and_acts_once(bench: Bench) -> None:
    first = await bench.perform()
    assert await bench.perform() == first
    assert (bench.acted, await bench.left(), len(bench.bus.published)) == (1, ONCE, 1)


async def test_another_ref_acts_again(bench: Bench) -> None:
    assert await bench.perform("a") != await bench.perform("b")
    assert (await bench.left())["entries"] == 2


async def test_the_same_ref_of_another_person_is_another_ref(bench: Bench) -> None:
    other = await hall_of(bench.database).person("Bao")
    assert await bench.perform() != await bench.perform(caller=Caller(other.id))


@pytest.mark.parametrize("change", [{"what": "else"}, {"name": "test.other"}])
async def test_a_ref_that_was_used_for_something_else_is_refused(bench: Bench, change: dict[str, str]) -> None:
    first = await bench.perform()
    assert await bench.code(**change) == "ref.reused"
    assert (bench.acted, await bench.left()) == (1, ONCE)
    assert await bench.perform() == first


async def test_the_same_ref_many_times_at_once_in_two_processes_has_one_effect(url: str, bench: Bench) -> None:
    async with opened(url) as second:
        answers = await asyncio.gather(*(bench.perform(database=each) for each in (bench.database, second) * 4))
    assert len(set(answers)) == 1
    assert await bench.left() == ONCE
    assert [hint.seq for hint in bench.bus.published] == [1]


async def test_answers_are_forgotten_after_their_time(bench: Bench) -> None:
    first = await bench.perform()
    async with bench.database.writing() as db:
        await transact.prune(db, present() - timedelta(days=1))
    assert await bench.perform() == first
    async with bench.database.writing() as db:
        await transact.prune(db, present() + timedelta(days=1))
    assert await bench.perform() != first


# Wholly or not at all


async def test_a_refusal_leaves_nothing_and_may_be_repeated(bench: Bench) -> None:
    async def refuse(work: Work) -> None:
        await work.db.flush()
        raise EMPTY()

    bench.also = refuse
    assert await bench.code() == "text.empty"
    assert (await bench.left(), bench.bus.published, bench.acted) == (NOTHING, [], 1)
    bench.also = None
    await bench.perform()
    assert await bench.left() == ONCE


async def test_a_fault_leaves_nothing(bench: Bench) -> None:
    async def fail(work: Work) -> None:
        await work.db.flush()
        raise ZeroDivisionError

    bench.also = fail
    with pytest.raises(ZeroDivisionError):
        await bench.perform()
    assert (await bench.left(), bench.bus.published) == (NOTHING, [])


async def test_a_refused_message_uses_up_no_number(bench: Bench) -> None:
    room = await hall_of(bench.database).room()
    transactor, post = Transactor(bench.database, bench.bus, present), features.COMMANDS["chat.post"]
    for text_, ref in (("One", "a"), (" ", "b"), ("Two", "c")):
        try:
            await transactor.perform(bench.caller, post, post.sent(room=room, text=text_), ref)
        except Refused:
            assert text_ == " "
    async with bench.database.reading() as db:
        assert (await db.exec(select(col(Room.message_count)).where(Room.id == room))).one() == 2
    assert [hint.seq for hint in bench.bus.published] == [1, 2]


async def test_hints_are_given_when_everybody_can_read_what_they_announce(url: str, bench: Bench) -> None:
    readable: list[bool] = []

    class Looking(Recorder):
        def publish(self, hints: Sequence[Hint]) -> None:
            super().publish(hints)
            looks.append(asyncio.create_task(look(len(hints))))

    async def look(count: int) -> None:
        async with opened(url) as second, second.reading() as db:
            found = await db.exec(select(Entry.seq).where(Entry.stream == bench.stream.name))
            readable.append(len(found.all()) == count)

    looks: list[asyncio.Task[None]] = []
    bench.bus = Looking()
    await bench.perform()
    await asyncio.gather(*looks)
    assert readable == [True]


# Races and failures


def clash() -> Exception:
    return IntegrityError("", {}, Exception("UNIQUE"))


@pytest.mark.parametrize("error", [clash, StaleDataError])
async def test_a_lost_race_is_tried_again(bench: Bench, error: Callable[[], Exception]) -> None:
    async def lose(work: Work) -> None:
        if bench.acted < TRIES:
            raise error()

    bench.also = lose
    await bench.perform()
    assert (bench.acted, await bench.left(), len(bench.bus.published)) == (TRIES, ONCE, 1)


async def test_who_loses_every_race_is_told_to_look_again(bench: Bench) -> None:
    async def lose(work: Work) -> None:
        raise clash()

    bench.also = lose
    assert await bench.code() == "row.changed"
    assert (bench.acted, await bench.left()) == (TRIES, NOTHING)


async def test_two_transactions_that_wait_for_each_other_both_succeed(url: str, bench: Bench) -> None:
    streams = [everyone_in(secrets.randbelow(10**8) + 1) for _ in range(2)]
    waiting = {name: asyncio.Event() for name in ("one", "two")}

    def in_order(name: str, other: str, order: list[Stream[Everyone]]) -> Callable[[Work], Awaitable[None]]:
        async def act(work: Work) -> None:
            await hold_values(work.db, order[0])
            waiting[name].set()
            if not bench.database.embedded:
                await waiting[other].wait()
            await hold_values(work.db, order[1])

        return act

    async with opened(url) as second, asyncio.timeout(20):
        one, two = (Transactor(each, bench.bus, present) for each in (bench.database, second))
        await asyncio.gather(
            one.work(None, in_order("one", "two", streams)), two.work(None, in_order("two", "one", streams[::-1]))
        )


async def test_who_signed_out_meanwhile_is_refused(bench: Bench) -> None:
    identity = Identity(Settings(), bench.database, present)
    await bench.perform("before")
    transactor = Transactor(bench.database, bench.bus, present)
    await transactor.work(None, lambda work: identity.end(work, hashed(bench.guest.token)))
    assert await bench.code(ref="after") == "permission.sign_in_ended"
    assert await bench.code(ref="before") == "permission.sign_in_ended"
    assert [hint.stream for hint in bench.bus.published] == [bench.stream.name, "authority"]


async def test_a_visitor_performs_nothing(bench: Bench) -> None:
    assert await bench.code(caller=Caller()) == "permission.sign_in"
    assert (bench.acted, await bench.left()) == (0, NOTHING)


GONE = ["postgresql+asyncpg://majlis@127.0.0.1:9/nothing", embedded_url(Path("/nonexistent"))]


@pytest.mark.parametrize("address", GONE, ids=["postgresql", "sqlite"])
async def test_a_database_that_is_not_there_is_a_refusal_that_says_when_to_come_back(address: str) -> None:
    async with opened(address) as database:
        bench = Bench(database, Guest(1, "Amina", "token"), everyone_in(1))
        with pytest.raises(Refused) as refused:
            await bench.perform()
    assert (refused.value.code, refused.value.retry_after_ms) == ("server.unavailable", 1000)
    assert bench.bus.published == []


async def test_a_database_that_fails_in_the_middle_leaves_nothing(bench: Bench) -> None:
    async def fail(work: Work) -> None:
        await work.db.exec(text("SELECT * FROM no_such_table"))  # type: ignore[call-overload]

    bench.also = fail
    assert await bench.code() == "server.unavailable"
    assert (bench.acted, await bench.left(), bench.bus.published) == (1, NOTHING, [])


async def test_a_saved_command_whose_answer_is_lost_is_answered_when_asked_again(bench: Bench) -> None:
    class Broken(Recorder):
        def publish(self, hints: Sequence[Hint]) -> None:
            raise ConnectionError

    bus, bench.bus = bench.bus, Broken()
    with pytest.raises(ConnectionError):
        await bench.perform()
    bench.bus = bus
    await bench.perform()
    assert (bench.acted, await bench.left()) == (1, ONCE)
