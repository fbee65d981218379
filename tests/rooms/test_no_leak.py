"""No leak: what one may not see reaches one in no form, on random walks over all commands."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from rooms.chat import actions as chat
from rooms.chat import store
from rooms.chat import wire as chat_wire
from rooms.chat.rules import UNKNOWN
from rooms.chat.store import Message
from rooms.members.actions import may
from rooms.programme import store as programme
from rooms.questions import actions, wire
from rooms.questions.rules import State
from rooms.questions.store import Question
from rooms.streams import everyone_in
from rooms.work import Work
from server.features import COMMANDS
from tests.rooms.cast import NOON, id_of
from tests.rooms.diary import Diary, betrays_emilie
from tests.rooms.play import Json, Play
from tests.rooms.walk import NEVER_MODERATE, Walk

STEPS = 200
LOOK_EVERY = 40
SAMPLE = 2
Look = Callable[[Diary], Awaitable[list[str]]]
UNKNOWN_ID = "BBBBBBBBBBB"

REQUESTS: dict[str, dict[str, Json]] = {
    "question": {
        **{f"question.{name}": {} for name in ("withdraw", "approve", "hide", "stage", "unstage", "answer", "reopen")},
        "question.vote": {"on": True},
        "question.dismiss": {"why": "off_topic"},
    },
    "message": {
        **{f"chat.{name}": {} for name in ("delete", "hide", "restore", "read_to")},
        "chat.edit": {"text": "Mine"},
        "chat.react": {"reaction": "👍", "on": True},
    },
    "announcement": {"announcement.end": {}},
}
"""Every command that names a thing by its id, with what else it needs."""


async def kept(play: Play, seed: int) -> Diary:
    """Keep a diary of a whole walk, with everybody looking around now and then."""
    diary, taken = Diary(play), 0
    await diary.follow()
    async for step in Walk(play, seed).steps(STEPS):
        await diary.hear(step)
        taken += 1
        if taken % LOOK_EVERY == 0:
            await diary.read()
            await diary.follow()
    return diary


async def found_on_the_way(play: Play, seed: int, look: Look) -> list[str]:
    """Walk until a look at the diary finds something."""
    diary, taken = Diary(play), 0
    await diary.follow()
    async for step in Walk(play, seed).steps(STEPS):
        await diary.hear(step)
        taken += 1
        if taken % LOOK_EVERY == 0 and (found := await look(diary)):
            return found
    return []


async def what_was_received(diary: Diary) -> list[str]:
    return list(diary.leaks())


@pytest.mark.parametrize("seed", [11])
async def test_nobody_receives_what_they_may_not_see(sqlite_play: Play, seed: int) -> None:
    diary = await kept(sqlite_play, seed)
    could_have_failed(diary)
    assert await what_was_received(diary) == []
    assert await answers_that_differ(diary) == []


def could_have_failed(diary: Diary) -> None:
    """Assert that there was something to leak, that moderators saw it, and that the others saw much else."""
    held = {id_ for page in diary.pages for id_ in page.never}
    assert len(held) > 5
    amina = "\n".join(page.text for page in diary.pages if page.who == "amina")
    assert sum(id_ in amina and diary.words[id_] in amina for id_ in held) > 3
    assert betrays_emilie(amina)
    public = [diary.truth.questions[id_] for id_ in diary.truth.public]
    assert any(row.person_id == id_of("emilie") for row in public)
    for who in NEVER_MODERATE:
        assert sum(page.who == who for page in diary.pages) > 20


async def answers_that_differ(diary: Diary) -> list[str]:
    """Name the commands that answer otherwise for a hidden or foreign id than for one that never was."""
    await diary.follow()
    found = []
    for who in NEVER_MODERATE:
        hidden = await diary.invisible_to(who)
        calls = [(name, {kind: id_, **more}) for kind, ids in hidden.items() for id_ in ids[-SAMPLE:]
                 for name, more in REQUESTS[kind].items()]  # fmt: skip
        unknown = [(name, {key: value if key not in hidden else UNKNOWN_ID for key, value in sent.items()})
                   for name, sent in calls]  # fmt: skip
        expected = await diary.play.outcomes(who, unknown)
        answers = zip(calls, await diary.play.outcomes(who, calls), expected, strict=True)
        found += [f"{who}: {call} answers {one}, not {other}" for call, one, other in answers if one != other]
    return found


def test_every_command_that_names_a_thing_is_tried_on_hidden_ones() -> None:
    named = {name for name, command in COMMANDS.items() if set(command.sent.__struct_fields__) & set(REQUESTS)}
    assert named == {name for commands in REQUESTS.values() for name in commands}


def anonymous_authors_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = wire.public

    def public(row: Question) -> wire.PublicQuestion | None:
        seen = real(row)
        return msgspec.structs.replace(seen, name=row.name) if seen else None

    monkeypatch.setattr(wire, "public", public)


def pending_questions_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    real = wire.public

    def public(row: Question) -> wire.PublicQuestion | None:
        held = row.state == "pending"
        return wire.PublicQuestion(id=row.id, number=0, text=row.text, state="open", at=NOON) if held else real(row)

    monkeypatch.setattr(wire, "public", public)


def numbers_are_given_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    real = actions._enter

    async def enter(work: Work, row: Question, state: State) -> None:
        row.number = row.number or await programme.next_number(work.db, row.room_id, "question_count")
        row.shown_at = row.shown_at or work.now
        await real(work, row, state)

    monkeypatch.setattr(actions, "_enter", enter)


def scores_of_held_questions_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = actions._tell_moderators

    def tell(work: Work, row: Question, before: Any, after: wire.DeskQuestion | None) -> None:
        work.tell(everyone_in(row.room_id), wire.Scores(scores={row.id: row.votes}))
        real(work, row, before, after)

    monkeypatch.setattr(actions, "_tell_moderators", tell)


def whoever_reads_the_room_sees_all_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "_sees", lambda work, row, room: may(work, room, "room.read"))


def refusals_say_what_they_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "_message", partial(_message_that_tells, chat._message))


async def _message_that_tells(real: Any, work: Work, message_id: str, *more: Any, **options: Any) -> Message:
    row = await store.message(work.db, message_id)
    if row and row.gone:
        raise UNKNOWN(state=row.gone)
    found: Message = await real(work, message_id, *more, **options)
    return found


def hidden_messages_are_still_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_wire, "public", _message_whatever_it_is)


def _message_whatever_it_is(row: Message) -> chat_wire.PublicMessage:
    return chat_wire.PublicMessage(
        id=row.id, number=row.number, by=row.person_id, name=row.name, at=row.posted_at, text=row.text,
        edited=row.gone != "",
    )  # fmt: skip


@pytest.mark.parametrize(("mutant", "look"), [
    (anonymous_authors_are_named, what_was_received),
    (pending_questions_are_shown, what_was_received),
    (numbers_are_given_when_asked, what_was_received),
    (scores_of_held_questions_are_told, what_was_received),
    (hidden_messages_are_still_shown, what_was_received),
    (whoever_reads_the_room_sees_all_questions, answers_that_differ),
    (refusals_say_what_they_refuse, answers_that_differ),
])  # fmt: skip
async def test_a_leak_is_found(
    sqlite_play: Play, monkeypatch: pytest.MonkeyPatch, mutant: Callable[[pytest.MonkeyPatch], None], look: Look
) -> None:
    mutant(monkeypatch)
    assert await found_on_the_way(sqlite_play, 11, look)
