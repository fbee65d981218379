"""The journal on both databases: dense numbers in the order of commits, words that can be taken back, latest values."""

import asyncio
import contextlib
import itertools
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from rooms.chat.wire import MessageGone, MessagePosted, Reactions
from rooms.presence.wire import PresenceCount
from rooms.streams import Everyone, Fleeting, Stream, everyone_in
from rooms.work import Work
from server import journal
from server.bus import LATEST, Hint
from server.database import Database
from server.journal import Entry, Line
from tests.server.databases import AT, KINDS, latest, migrated, new_url, opened, work_in

Act = Callable[[Work], None]


class RolledBackError(Exception):
    """Ends a transaction of the test."""


class Nudge(Fleeting[Everyone], frozen=True, kw_only=True, tag_field="type", tag="test.nudge"):
    """An event that is never stored."""


@pytest.fixture(scope="module", params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return migrated(new_url(request, request.param, tmp_path_factory.mktemp("journal")))


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with opened(url) as database:
        yield database


@pytest.fixture
def stream() -> Stream[Everyone]:
    return everyone_in(secrets.randbelow(10**8) + 1)


def gone(id_: object) -> MessageGone:
    return MessageGone(id=str(id_))


def posted(id_: str, words: str) -> MessagePosted:
    return MessagePosted(id=id_, number=1, by=1, name="Amina", at=AT, text=words)


def telling(stream: Stream[Everyone], *events: Any) -> Act:
    def act(work: Work) -> None:
        for event in events:
            work.tell(stream, event)

    return act


async def commit(database: Database, act: Act, at: datetime = AT) -> list[Hint]:
    async with database.writing() as db:
        work = work_in(db, at)
        act(work)
        return await journal.append(work)


async def tell(database: Database, stream: Stream[Everyone], *ids: object) -> list[Hint]:
    return await commit(database, telling(stream, *map(gone, ids)))


async def told(database: Database, stream: Stream[Everyone], after: int = 0, limit: int = 1000) -> list[Line]:
    async with database.reading() as db:
        return await journal.entries(db, stream.name, after, limit)


async def heads(database: Database, *names: str) -> list[int]:
    async with database.reading() as db:
        found = await journal.heads(db, names)
    return [found[name] for name in names]


# Numbers


async def test_every_stream_counts_by_itself_from_one(database: Database, stream: Stream[Everyone]) -> None:
    other = everyone_in(secrets.randbelow(10**8) + 1)
    await tell(database, stream, "a", "b")
    await tell(database, other, "c")
    await tell(database, stream, "d")
    assert [line.seq for line in await told(database, stream)] == [1, 2, 3]
    assert await heads(database, stream.name, other.name, "room/0") == [3, 1, 0]


async def test_the_hints_carry_what_the_journal_holds(database: Database, stream: Stream[Everyone]) -> None:
    hints = await tell(database, stream, "a", "b")
    assert [(hint.stream, Line(hint.seq, hint.event)) for hint in hints] == [
        (stream.name, line) for line in await told(database, stream)
    ]


async def test_a_fleeting_event_is_hinted_and_never_stored(database: Database, stream: Stream[Everyone]) -> None:
    hints = await commit(database, telling(stream, Nudge()))
    assert hints == [Hint(stream.name, 0, b'{"type":"test.nudge"}')]
    assert await heads(database, stream.name) == [0]
    assert await told(database, stream) == []


async def test_what_is_rolled_back_leaves_no_gap(database: Database, stream: Stream[Everyone]) -> None:
    await tell(database, stream, "a")
    hints: list[Hint] = []
    with contextlib.suppress(RolledBackError):
        async with database.writing() as db:
            work = work_in(db)
            work.tell(stream, gone("never"))
            hints = await journal.append(work)
            raise RolledBackError
    assert [hint.seq for hint in hints] == [2]
    await tell(database, stream, "b")
    assert [line.seq for line in await told(database, stream)] == [1, 2]


async def transact(database: Database, stream: Stream[Everyone], name: int, dice: random.Random) -> int:
    """Tell some events in a transaction that may roll back at the end; gives how many stay."""
    count, fails, pause = dice.choice((1, 1, 2, 3)), dice.random() < 0.3, dice.random() / 200
    try:
        async with database.writing() as db:
            work = work_in(db)
            for part in range(count):
                work.tell(stream, gone(f"{name}-{part}"))
            await journal.append(work)
            await asyncio.sleep(pause)
            if fails:
                raise RolledBackError
    except RolledBackError:
        return 0
    return count


async def watch(database: Database, stream: Stream[Everyone], done: asyncio.Event) -> list[list[int]]:
    """Read again and again what there is, as a relay does; gives what each read saw."""
    seen = []
    while not done.is_set():
        seen.append([line.seq for line in await told(database, stream)])
        await asyncio.sleep(0)
    return seen


async def test_numbers_stay_dense_under_concurrency_and_no_reader_ever_sees_a_gap(
    url: str, database: Database, stream: Stream[Everyone]
) -> None:
    done, dice = asyncio.Event(), random.Random(7)
    async with opened(url) as second, opened(url) as third:
        watching = asyncio.create_task(watch(third, stream, done))
        turns = zip(range(60), itertools.cycle((database, second)), strict=False)
        kept = await asyncio.gather(*(transact(each, stream, name, dice) for name, each in turns))
        done.set()
        seen = await watching
    assert 0 < kept.count(0) < 60
    assert [line.seq for line in await told(database, stream)] == list(range(1, sum(kept) + 1))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in seen)
    assert len({len(numbers) for numbers in seen}) > 3


@pytest.mark.big
async def test_numbers_that_are_taken_outside_the_transaction_would_show_gaps(
    request: pytest.FixtureRequest, stream: Stream[Everyone], tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = migrated(new_url(request, "postgresql", tmp_path_factory.mktemp("gaps")))
    numbers, done = itertools.count(1), asyncio.Event()

    async def careless(database: Database, pause: float) -> None:
        async with database.writing() as db:
            db.add(Entry(stream=stream.name, seq=next(numbers), event="{}", at=AT))
            await db.flush()
            await asyncio.sleep(pause)

    async with opened(url) as database:
        watching = asyncio.create_task(watch(database, stream, done))
        await asyncio.gather(*(careless(database, 0.2 / (1 + n)) for n in range(8)))
        done.set()
        seen = await watching
    assert any(found != list(range(1, len(found) + 1)) for found in seen)


async def test_what_was_answered_before_is_numbered_before(
    url: str, database: Database, stream: Stream[Everyone]
) -> None:
    async with opened(url) as second:
        for name in range(10):
            await tell(database if name % 2 else second, stream, name)
    assert [line.event for line in await told(database, stream)] == [journal.encode(gone(name)) for name in range(10)]


async def test_two_commands_that_tell_the_same_streams_in_another_order_do_not_block_each_other(
    url: str, database: Database
) -> None:
    streams = [everyone_in(secrets.randbelow(10**8) + 1) for _ in range(3)]

    def tell_all(order: list[Stream[Everyone]]) -> Act:
        def act(work: Work) -> None:
            for each in order:
                work.tell(each, gone("x"))

        return act

    async with opened(url) as second, asyncio.timeout(20):
        for _ in range(5):
            await asyncio.gather(
                *(commit(each, tell_all(order)) for each in (database, second) for order in (streams, streams[::-1]))
            )
    assert await heads(database, *(each.name for each in streams)) == [20, 20, 20]


async def test_the_heads_of_very_many_streams_are_read_together(database: Database, stream: Stream[Everyone]) -> None:
    await tell(database, stream, "a")
    names = [f"room/{number}/moderators" for number in range(1200)]
    assert await heads(database, *names, stream.name) == [0] * 1200 + [1]


async def test_a_reader_gets_what_comes_after_a_number_and_only_so_much(
    database: Database, stream: Stream[Everyone]
) -> None:
    await tell(database, stream, *range(6))
    assert [line.seq for line in await told(database, stream, 2)] == [3, 4, 5, 6]
    assert [line.seq for line in await told(database, stream, 2, 3)] == [3, 4, 5]


# Words taken back


async def test_words_taken_back_are_gone_from_the_journal_under_the_same_numbers(
    database: Database, stream: Stream[Everyone]
) -> None:
    for id_, words in (("a", "secret-a"), ("b", "kept-b"), ("a", "secret-a again")):
        await commit(database, telling(stream, posted(id_, words)))
    assert b"secret-a" in b"".join(line.event for line in await told(database, stream))

    def take_back(work: Work) -> None:
        work.blank(stream, "message/a")
        work.tell(stream, posted("a", "Better words"))

    await commit(database, take_back)
    lines = await told(database, stream)
    assert [line.seq for line in lines] == [1, 2, 3, 4]
    assert [line.event for line in lines][::2] == [b'{"type":"stream.blanked"}'] * 2
    assert b"kept-b" in lines[1].event
    assert b"Better words" in lines[3].event
    async with database.reading() as db:
        rows = (await db.exec(select(Entry).where(Entry.stream == stream.name))).all()
    assert "secret-a" not in str([row.model_dump() for row in rows])


async def test_the_same_words_in_another_stream_are_left(database: Database, stream: Stream[Everyone]) -> None:
    other = everyone_in(secrets.randbelow(10**8) + 1)
    for each in (stream, other):
        await commit(database, telling(each, posted("a", "words")))
    await commit(database, lambda work: work.blank(stream, "message/a"))
    assert b"words" not in (await told(database, stream))[0].event
    assert b"words" in (await told(database, other))[0].event


# Latest values


def reactions(id_: str, number: int) -> Reactions:
    return Reactions(reactions={id_: {"👍": number}})


async def test_of_a_value_only_the_newest_is_kept_and_keys_are_apart(
    database: Database, stream: Stream[Everyone]
) -> None:
    for id_, number in (("a", 1), ("b", 1), ("a", 2)):
        hints = await commit(database, telling(stream, reactions(id_, number)))
    assert hints == [Hint(stream.name + LATEST, 3, b"")]
    newest = [(2, journal.encode(reactions("b", 1))), (3, journal.encode(reactions("a", 2)))]
    assert await latest(database, stream) == newest
    assert await latest(database, stream, 2) == newest[1:]
    assert await heads(database, stream.name, stream.name + LATEST) == [0, 3]


async def test_of_several_values_told_at_once_the_last_wins(database: Database, stream: Stream[Everyone]) -> None:
    def tell_often(work: Work) -> None:
        for number in (1, 2, 3):
            work.tell(stream, PresenceCount(count=number))
            work.tell(stream, reactions("a", number))

    await commit(database, tell_often)
    assert [event for _, event in await latest(database, stream)] == [
        journal.encode(reactions("a", 3)),
        journal.encode(PresenceCount(count=3)),
    ]


async def test_a_forgotten_value_is_gone(database: Database, stream: Stream[Everyone]) -> None:
    await commit(database, telling(stream, reactions("a", 1), reactions("b", 1)))
    await commit(database, lambda work: work.forget(stream, Reactions, "a"))
    assert [event for _, event in await latest(database, stream)] == [journal.encode(reactions("b", 1))]


async def since(database: Database, stream: Stream[Everyone], seq: int) -> list[int]:
    async with database.reading() as db:
        lines = await journal.values_since(db, stream.name, seq)
    return [int(line.event.split(b":")[-1].rstrip(b"}")) for line in lines]


async def test_somebody_who_comes_back_gets_the_values_that_may_have_been_missed(
    database: Database, stream: Stream[Everyone]
) -> None:
    def at(second: int, *events: MessageGone | Reactions) -> Awaitable[list[Hint]]:
        return commit(database, telling(stream, *events), AT + timedelta(seconds=second))

    await at(0, reactions("old", 1))
    await at(5, gone("1"))
    await at(40, reactions("before", 2))
    await at(45, gone("2"))
    await at(60, reactions("after", 3))
    assert await since(database, stream, 0) == [1, 2, 3]
    assert await since(database, stream, 1) == [1, 2, 3]
    assert await since(database, stream, 2) == [2, 3]


# Counting under a lock


async def test_a_hold_lasts_until_the_transaction_ends(url: str, database: Database, stream: Stream[Everyone]) -> None:
    order: list[str] = []

    async def hold(each: Database, name: str, held: asyncio.Event, go: asyncio.Event) -> None:
        async with each.writing() as db:
            await journal.hold_values(db, stream)
            order.append(f"{name} holds")
            held.set()
            await go.wait()
            order.append(f"{name} ends")

    async with opened(url) as second, asyncio.timeout(10):
        held, go, other, now = asyncio.Event(), asyncio.Event(), asyncio.Event(), asyncio.Event()
        now.set()
        one = asyncio.create_task(hold(database, "one", held, go))
        await held.wait()
        two = asyncio.create_task(hold(second, "two", other, now))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(other.wait(), 0.2)
        go.set()
        await asyncio.gather(one, two)
    assert order == ["one holds", "one ends", "two holds", "two ends"]
    assert await heads(database, stream.name + LATEST) == [0]


async def test_a_history_has_a_name_of_its_own(database: Database) -> None:
    async with database.reading() as db:
        assert len(await journal.epoch_name(db)) == 17
        assert (await db.exec(text("SELECT count(*) FROM epoch"))).scalar_one() == 1  # type: ignore[call-overload]
