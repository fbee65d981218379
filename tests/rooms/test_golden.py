"""Golden transcripts: streams as they are told, for the reducers of the browser to replay.

Each file of tests/golden/ holds a stream, its state before, the events told and its state after, as on the wire; fields
that hold their default are absent. Run with MAJLIS_REWRITE_GOLDEN=1 to write them anew after a change that was meant.
"""

import json
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rooms.presence import actions as presence
from rooms.presence.store import Stay
from tests.rooms.cast import CAFE, NOON, VISITOR, id_of
from tests.rooms.play import Json, Play, wire
from tests.rooms.reducers import applied, cursor, kind_of, shown
from tests.rooms.walk import Walk

FOLDER = Path(__file__).parent.parent / "golden"
ROOM, DESK, BAO = f"room/{CAFE}", f"room/{CAFE}/moderators", f"person/{id_of('bao')}"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Ids:
    """Stands where rooms.work has the module secrets: the same ids each time."""

    def __init__(self) -> None:
        self._random = Random(7)

    def token_urlsafe(self, count: int) -> str:
        return "".join(LETTERS[int(self._random.random() * len(LETTERS))] for _ in range(11))


async def say(play: Play, who: str, text: str, **more: Any) -> str:
    return str((await play.do(who, "chat.post", room=CAFE, text=text, **more)).result.id)


async def ask(play: Play, who: str, text: str, *ways: str, **more: Any) -> str:
    question = str((await play.do(who, "question.ask", room=CAFE, text=text, **more)).result.id)
    for name in ways:
        await play.do("amina", f"question.{name}", question=question)
    return question


async def react(play: Play, who: str, message: str, on: bool = True) -> None:
    await play.do(who, "chat.react", message=message, reaction="👏", on=on)


async def set_vote(play: Play, who: str, question: str, on: bool = True) -> None:
    await play.do(who, "question.vote", question=question, on=on)


async def before_chat(play: Play) -> None:
    hello = await say(play, "bao", "大家好")
    await say(play, "carlos", "Hola a todos", reply_to=hello)
    await react(play, "fatima", hello)


async def chat(play: Play) -> None:
    first = await say(play, "fatima", "مرحبا بالجميع")
    second = await say(play, "dmitri", "Здравствуйте", reply_to=first)
    await play.do("dmitri", "chat.edit", message=second, text="Здравствуйте, друзья")
    for who in ("bao", "carlos"):
        await react(play, who, first)
    await react(play, "bao", first, on=False)
    await play.do("amina", "chat.hide", message=first)
    rude = await say(play, "carlos", "Buy my book")
    await play.do("amina", "chat.hide", message=rude)
    await play.do("amina", "chat.restore", message=first)
    await play.do("dmitri", "chat.delete", message=second)
    await say(play, "emilie", "Bonjour\nà tous")


async def before_questions(play: Play) -> None:
    first = await ask(play, "bao", "谁来付钱？", "approve")
    await set_vote(play, "carlos", first)
    await ask(play, "carlos", "¿Cuándo empieza?")


async def questions(play: Play) -> None:
    named = await ask(play, "fatima", "كيف نشارك؟", "approve")
    hidden = await ask(play, "emilie", "Qui décide ?", "approve", anonymous=True)
    for who in ("bao", "carlos", "dmitri"):
        await set_vote(play, who, named)
    await set_vote(play, "carlos", named, on=False)
    await play.do("amina", "question.stage", question=named)
    await play.do("amina", "question.stage", question=hidden)
    await play.do("amina", "question.unstage", question=hidden)
    await play.do("amina", "question.reopen", question=named)
    await set_vote(play, "fatima", hidden)
    for name in ("hide", "approve", "answer"):
        await play.do("amina", f"question.{name}", question=hidden)
    spam = await ask(play, "dmitri", "Купите слона?")
    await play.do("amina", "question.dismiss", question=spam, why="promotion")
    await ask(play, "dmitri", "Where is the recording?", "approve", "hide")
    late = await ask(play, "bao", "Another one?", "approve")
    await play.do("bao", "question.withdraw", question=late)


async def bao(play: Play) -> None:
    first = await ask(play, "bao", "谁来记录？")
    await play.do("amina", "question.dismiss", question=first, why="unclear")
    second = await ask(play, "bao", "谁来翻译？", "approve", "stage", anonymous=True)
    third = await ask(play, "bao", "算了")
    await play.do("bao", "question.withdraw", question=third)
    other = await ask(play, "carlos", "¿Y después?", "approve")
    await set_vote(play, "bao", other)
    said = await say(play, "bao", "很好")
    await play.do("bao", "chat.read_to", message=said)
    await play.do("amina", "chat.hide", message=said)
    await play.do("amina", "chat.restore", message=said)
    await play.do("amina", "question.answer", question=second)
    await set_vote(play, "bao", other, on=False)
    await play.do("bao", "person.rename", name="李宝")
    await play.do("amina", "member.restrict", person=id_of("bao"), room=CAFE, kind="silenced", why="Noise", minutes=5)


async def announce(play: Play, **more: Any) -> str:
    texts = {"en": "Coffee is served", "fr": "Le café est servi", "ar": "القهوة جاهزة"}
    return str((await play.do("ingrid", "announcement.make", texts=texts, **more)).result.id)


async def before_forum(play: Play) -> None:
    await announce(play)


async def forum(play: Play) -> None:
    made = [await announce(play, minutes=minutes) for minutes in (60, 120)]
    await play.do("ingrid", "announcement.end", announcement=made[0])


async def room_at_once(play: Play) -> None:
    for come, gone in (("bao", ""), ("carlos", ""), ("", "bao")):
        stays = [[Stay(f"{who}-tab", CAFE, id_of(who))] if who else [] for who in (come, gone)]
        async with play.working(VISITOR) as work:
            await presence.move(work, "one", *stays)
        play.keep(work)
    made = await announce(play, room=CAFE)
    await announce(play, room=CAFE, minutes=90)
    await play.do("ingrid", "announcement.end", announcement=made)


async def walk(play: Play) -> None:
    async for _ in Walk(play, 5).steps(250):
        pass


Scene = Callable[[Play], Awaitable[None]]


async def nothing(play: Play) -> None:
    """Begin with an empty room."""


SCENES: dict[str, tuple[str, Scene, Scene]] = {
    "chat": (ROOM, before_chat, chat),
    "questions": (ROOM, before_questions, questions),
    "desk": (DESK, before_questions, questions),
    "person": (BAO, before_questions, bao),
    "forum": ("forum", before_forum, forum),
    "presence-and-announcements": (ROOM, nothing, room_at_once),
    "walk": (ROOM, before_chat, walk),
}
RESUMED = ("chat", "questions", "desk", "person")
"""Told once more to somebody who was away: blanked entries, and each value once, at its latest."""
FILES = [*((name, False) for name in SCENES), *((name, True) for name in RESUMED)]


@pytest.fixture
def stage(sqlite_play: Play, monkeypatch: pytest.MonkeyPatch) -> Play:
    """A play whose ids and times are the same each time."""
    monkeypatch.setattr("rooms.work.secrets", Ids())
    sqlite_play.now = NOON + timedelta(milliseconds=123)
    return sqlite_play


async def transcript(play: Play, stream: str, before: Scene, scene: Scene, resumed: bool) -> Json:
    who = "bao" if stream == BAO else "amina" if stream == DESK else "ingrid"
    await before(play)
    start, begun, told = await play.state(who, stream), len(play.journal[stream]), len(play.told)
    await scene(play)
    heard = [wire(each.event) for each in play.told[told:] if each.stream.name == stream]
    missed = [*(entry.event for entry in play.journal[stream][begun:]), *play.values[stream].values()]
    after = await play.state(who, stream)
    return {"stream": stream, "before": start, "events": missed if resumed else heard, "after": after}


def written(found: Json) -> str:
    def text(thing: object) -> str:
        return json.dumps(thing, ensure_ascii=False)

    events = ",\n".join(map(text, found["events"]))
    parts = (f'"{name}": {text(found[name])}' for name in ("stream", "before", "after"))
    stream, before, after = parts
    return f'{{{stream},\n{before},\n"events": [\n{events}\n],\n{after}}}\n'


async def check(found: Json, name: str) -> None:
    path = FOLDER / f"{name}.json"
    if os.environ.get("MAJLIS_REWRITE_GOLDEN"):
        path.write_text(written(found), encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8")) == found
    assert path.read_text(encoding="utf-8") == written(found)


@pytest.mark.parametrize(("name", "resumed"), FILES)
async def test_a_stream_is_told_as_its_transcript_has_it(stage: Play, name: str, resumed: bool) -> None:
    found = await transcript(stage, *SCENES[name], resumed)
    reached = applied(found["before"], found["events"])
    since = max(cursor(reached), cursor(found["after"]))
    stream, now = found["stream"], stage.now
    assert shown(stream, reached, now, since) == shown(stream, found["after"], now, since)
    await check(found, f"{name}-resumed" if resumed else name)


def test_there_is_a_transcript_for_every_kind_of_stream_and_no_stray_one() -> None:
    assert {kind_of(stream) for stream, _, _ in SCENES.values()} == {"room", "desk", "person", "forum"}
    names = {f"{name}-resumed" if resumed else name for name, resumed in FILES}
    assert {path.stem for path in FOLDER.glob("*.json")} == names
