"""Commands that are not stored: they look, pass on what is worth nothing later, and leave nothing behind."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import func, select

from rooms.calls.events import CallSpeaking
from rooms.chat.wire import MessageGone
from rooms.commands import Command, Done, Rate, Sent
from rooms.errors import EMPTY, Refused
from rooms.people.store import Person
from rooms.streams import everyone_in
from rooms.work import Surroundings, Work
from server import features
from server.bus import Hint
from server.database import Database
from server.door import Door
from server.house import present
from server.identity import Caller, hashed
from server.journal import Entry, Head
from server.limits import Limits
from server.transact import Ref, Transactor
from tests.server.databases import KINDS, Recorder, hall_of, migrated, new_url, opened
from tests.servers import Guest

ROOM = everyone_in(9)


class Pass(Sent, frozen=True):
    """Pass something on."""


@dataclass
class Bench:
    """A database with one person, and a command that passes something on."""

    database: Database
    guest: Guest
    bus: Recorder = field(default_factory=Recorder)
    also: Callable[[Work], Awaitable[None]] | None = None
    work: Work | None = None

    @property
    def caller(self) -> Caller:
        return Caller(self.guest.id, "en", hashed(self.guest.token))

    @property
    def command(self) -> Command:
        return Command("test.pass", "Pass.", Pass, Done, self._pass, Rate(3, 60.0), stored=False)

    async def _pass(self, work: Work, sent: Pass) -> Done:
        self.work = work
        work.tell(ROOM, CallSpeaking(seats=(work.actor.name,)))
        if self.also:
            await self.also(work)
        return Done()

    async def perform(self, ref: str = "r", **options: Any) -> bytes:
        transactor = Transactor(options.get("database", self.database), self.bus, present)
        transactor.around = Surroundings(media="here")
        return await transactor.perform(options.get("caller", self.caller), self.command, Pass(), ref)

    async def left(self) -> int:
        """Count what stands in the database of it."""
        async with self.database.reading() as db:
            counts = [select(func.count()).select_from(table) for table in (Ref, Entry, Head)]
            return sum([int((await db.exec(query)).one()) for query in counts])


@pytest.fixture(scope="module", params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return migrated(new_url(request, request.param, tmp_path_factory.mktemp("passing")))


@pytest.fixture
async def bench(url: str) -> AsyncIterator[Bench]:
    async with opened(url) as database:
        yield Bench(database, await hall_of(database).person())


async def test_it_is_passed_on_as_the_person_who_asks_and_nothing_is_left(bench: Bench) -> None:
    before = await bench.left()
    assert await bench.perform() == b"{}"
    told = b'{"type":"call.speaking","seats":["Amina Okafor"]}'
    assert bench.bus.published == [Hint("room/9", 0, told)]
    assert await bench.left() == before
    assert bench.work
    assert bench.work.around.media == "here"


async def test_a_repeated_ref_passes_it_on_again(bench: Bench) -> None:
    for _ in range(2):
        await bench.perform("same")
    assert len(bench.bus.published) == 2


async def test_what_is_refused_is_not_passed_on(bench: Bench) -> None:
    async def refuse(work: Work) -> None:
        raise EMPTY()

    bench.also = refuse
    with pytest.raises(Refused):
        await bench.perform()
    assert bench.bus.published == []


async def _lasting(work: Work) -> None:
    work.tell(ROOM, MessageGone(id="a"))


async def _row(work: Work) -> None:
    work.db.add(Person(name="Nobody", created_at=work.now))


async def _blank(work: Work) -> None:
    work.blank(ROOM, "message/a")


@pytest.mark.parametrize("also", [_lasting, _row, _blank])
async def test_to_store_something_all_the_same_is_a_mistake_of_the_program(bench: Bench, also: Any) -> None:
    bench.also = also
    with pytest.raises(RuntimeError, match="stored"):
        await bench.perform()
    assert bench.bus.published == []


async def test_visitors_and_people_who_signed_out_pass_nothing_on(bench: Bench) -> None:
    for caller, code in ((Caller(None), "permission.sign_in"), (Caller(bench.guest.id, "en", "x"), None)):
        with pytest.raises(Refused) as refused:
            await bench.perform(caller=caller)
        assert refused.value.reason.status == 401
        assert code in {None, refused.value.code}
    assert bench.bus.published == []


async def test_where_the_database_is_away_people_are_told_to_try_again(bench: Bench) -> None:
    async with opened("sqlite+aiosqlite:////nowhere/at/all.sqlite3") as away:
        with pytest.raises(Refused) as refused:
            await bench.perform(database=away)
    assert (refused.value.code, refused.value.retry_after_ms) == ("server.unavailable", 1000)


async def test_haste_is_held_back_as_with_every_command(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(features.COMMANDS, "test.pass", bench.command)
    door = Door(bench.database, Transactor(bench.database, bench.bus, present), Limits(lambda: 0.0))
    for _ in range(3):
        await door.answer(bench.caller, "test.pass", {}, secrets.token_hex(4))
    with pytest.raises(Refused) as refused:
        await door.answer(bench.caller, "test.pass", {}, secrets.token_hex(4))
    assert refused.value.code == "rate.limited"
    assert len(bench.bus.published) == 3
