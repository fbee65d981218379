"""Shared notes over real sockets: everybody ends with one text, and a journal that was pruned is made up for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlmodel import col

from rooms.notes.wire import NotesUpdated
from rooms.streams import notes_of
from server import journal
from server.assets import Assets, find_static
from server.database import Database
from server.door import BEHIND_LIMIT
from tests.client import RefusedError, connected
from tests.rooms.scribe import Scribe
from tests.server.databases import KINDS, migrated, new_url, opened, work_in
from tests.servers import Hall


async def test_two_who_write_at_two_servers_end_with_one_text(hall: Hall) -> None:
    amina, bao, room = await hall.person("Amina"), await hall.person("Bao"), await hall.room("notes")
    stream, one, other = f"notes/{room}", Scribe(11), Scribe(12)
    async with connected(hall.town.first, amina.token) as first, connected(hall.town.last, bao.token) as last:
        for client in (first, last):
            await client.follow(stream)
        for step in range(6):
            client, scribe = ((first, one), (last, other))[step % 2]
            await client.do("notes.update", room=room, update=scribe.said(0, f"line {step}\n"))
        for client, scribe in ((first, one), (last, other)):
            await client.until(lambda frame: frame.get("on") == stream and frame.get("seq") == 6)
            for frame in client.events(stream):
                scribe.hears(frame["event"]["update"])
    assert one.text == other.text
    assert sorted(one.text.splitlines()) == [f"line {step}" for step in range(6)]


async def test_somebody_behind_the_pruned_journal_is_given_the_state(hall: Hall) -> None:
    amina, room = await hall.person("Amina"), await hall.room("notes")
    stream, scribe = f"notes/{room}", Scribe(11)
    async with connected(hall.town.first, amina.token) as client:
        for step in range(12):
            await client.do("notes.update", room=room, update=scribe.said(0, f"{step} "))

    async with hall.database.writing() as db:
        await db.exec(delete(journal.Entry).where(col(journal.Entry.stream) == stream, col(journal.Entry.seq) <= 8))
    async with connected(hall.town.last, amina.token) as client:
        await client.follow(stream, since={stream: 3})
        reset = await client.until(lambda frame: frame.get("reset") == stream)
        late = Scribe(12)
        late.hears(reset["state"]["state"])
        assert late.text == reset["state"]["text"] == scribe.text
        await client.follow(stream, since={stream: 10})
        await client.until(lambda frame: frame.get("on") == stream and frame.get("seq") == 12)


async def test_an_outsiders_stream_does_not_exist(hall: Hall) -> None:
    amina, room = await hall.person("Amina"), await hall.room()
    async with connected(hall.town.first, amina.token) as client:
        with pytest.raises(RefusedError) as caught:
            await client.follow(f"notes/{room}")
    assert caught.value.code == "stream.unknown"


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(migrated(new_url(request, request.param, tmp_path))) as database:
        yield database


async def test_the_journal_of_notes_keeps_the_newest_and_no_more(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(journal.KEPT, "notes", 30)
    monkeypatch.setattr(journal, "PRUNED_AT_ONCE", 10)
    for number in range(75):
        async with database.writing() as db:
            work = work_in(db)
            work.tell(notes_of(7), NotesUpdated(update=str(number)))
            await journal.append(work)
    async with database.reading() as db:
        found = [line.seq for line in await journal.entries(db, "notes/7", 0, 200)]
        assert (await journal.heads(db, ["notes/7"])) == {"notes/7": 75}
    assert found == list(range(41, 76))


def test_more_is_kept_than_any_reader_is_replayed() -> None:
    assert journal.KEPT["notes"] >= 2 * BEHIND_LIMIT


def test_yjs_is_there_and_light() -> None:
    assert 10_000 < Assets(find_static()).weight("yjs.js") <= 30_000
