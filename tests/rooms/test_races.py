"""Limits under concurrency: what several write at once on PostgreSQL ends as if one had gone after the other."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import func, select

from rooms.chat.store import Message, ReadUpTo
from rooms.errors import Refused
from rooms.members.store import Granted, Restricted
from rooms.presence import actions as presence
from rooms.presence.rules import LEASE
from rooms.presence.store import expired
from rooms.questions.store import Question, Vote
from tests.rooms.cast import CAFE, TRAINING, VISITOR, id_of
from tests.rooms.play import Play
from tests.rooms.test_presence import move, stay

pytestmark = pytest.mark.big
SPEAKERS = ("amina", "bao", "carlos", "dmitri", "fatima", "emilie")


async def rows(play: Play, *what: Any) -> list[Any]:
    return list((await play.ask_database(lambda db: db.exec(select(*what)))).all())


async def public(play: Play, who: str = "bao") -> str:
    question = str((await play.do(who, "question.ask", room=CAFE, text="Why?")).result.id)
    await play.do("amina", "question.approve", question=question)
    return question


async def test_messages_said_at_once_get_dense_numbers(postgres_play: Play) -> None:
    await postgres_play.race(*[(who, "chat.post", {"room": CAFE, "text": "Hello"}) for who in SPEAKERS * 3])
    assert sorted(await rows(postgres_play, Message.number)) == list(range(1, 19))


async def test_questions_asked_at_once_get_dense_numbers(postgres_play: Play) -> None:
    await postgres_play.race(*[(who, "question.ask", {"room": TRAINING, "text": "Why?"}) for who in SPEAKERS * 2])
    assert sorted(await rows(postgres_play, Question.number)) == list(range(1, 13))


async def test_votes_set_at_once_are_counted_once_each(postgres_play: Play) -> None:
    question = await public(postgres_play, "ingrid")
    for on, votes in ((True, 6), (False, 0)):
        calls = [(who, "question.vote", {"question": question, "on": on}) for who in SPEAKERS * 3]
        await postgres_play.race(*calls)
        counted = await rows(postgres_play, func.count(Vote.person_id))  # type: ignore[arg-type]
        assert (await rows(postgres_play, Question.votes), counted) == ([votes], [votes])


async def test_one_question_is_live_however_many_are_staged_at_once(postgres_play: Play) -> None:
    asked = [await public(postgres_play) for _ in range(5)]
    calls = [(who, "question.stage", {"question": question}) for question in asked for who in ("amina", "ingrid")]
    answers = await postgres_play.race(*calls)
    states = await rows(postgres_play, Question.state)
    assert sorted(states) == ["answered"] * 4 + ["live"]
    assert {answer.code for answer in answers if isinstance(answer, Refused)} <= {"question.moved"}


async def test_a_question_approved_by_two_at_once_is_shown_once(postgres_play: Play) -> None:
    question = str((await postgres_play.do("bao", "question.ask", room=CAFE, text="Why?")).result.id)
    calls = [(who, "question.approve", {"question": question}) for who in ("amina", "ingrid") * 3]
    await postgres_play.race(*calls)
    shown = [entry.event["type"] for entry in postgres_play.journal[f"room/{CAFE}"]]
    assert shown == ["question.shown"]


async def test_the_pointer_ends_at_the_furthest_message_whoever_comes_last(postgres_play: Play) -> None:
    said = [(await postgres_play.do("bao", "chat.post", room=CAFE, text="Hello")).result.id for _ in range(8)]
    for some in (said[:4], said[4:]):
        calls = [("carlos", "chat.read_to", {"message": message}) for message in reversed(some)]
        await postgres_play.race(*calls)
        numbers = await rows(postgres_play, Message.number)
        furthest = 4 if some == said[:4] else 8
        assert (await rows(postgres_play, ReadUpTo.number), len(numbers)) == ([furthest], 8)


async def test_reactions_given_at_once_are_counted_once_each(postgres_play: Play) -> None:
    said = (await postgres_play.do("bao", "chat.post", room=CAFE, text="Hello")).result.id
    calls = [(who, "chat.react", {"message": said, "reaction": "👍", "on": True}) for who in SPEAKERS * 2]
    await postgres_play.race(*calls)
    state = await postgres_play.state("bao", f"room/{CAFE}")
    assert state["chat"]["reactions"] == {said: {"👍": len(SPEAKERS)}}


async def test_a_role_granted_by_several_at_once_is_granted_once(postgres_play: Play) -> None:
    sent = {"person": id_of("bao"), "role": "host", "scope": f"room/{CAFE}"}
    await postgres_play.race(*[("ingrid", "member.grant", sent)] * 4)
    assert len([role for role in await rows(postgres_play, Granted.role) if role == "host"]) == 1


async def test_a_person_silenced_by_several_at_once_is_silenced_once(postgres_play: Play) -> None:
    sent = {"person": id_of("bao"), "room": CAFE, "kind": "silenced", "why": "Noise"}
    await postgres_play.race(*[(who, "member.restrict", sent) for who in ("amina", "ingrid") * 2])
    assert len([kind for kind in await rows(postgres_play, Restricted.kind) if kind == "silenced"]) == 1


async def come_back(play: Play) -> None:
    async with play.working(VISITOR) as work:
        await work.db.exec(text("SET LOCAL lock_timeout = '50ms'"))  # type: ignore[call-overload]
        await presence.renew(work, "one")


async def test_a_process_cannot_come_back_while_its_ghosts_are_swept(postgres_play: Play) -> None:
    await move(postgres_play, [stay("bao", "a")])
    postgres_play.now += LEASE * 2
    async with postgres_play.working(VISITOR) as sweeping:
        assert await expired(sweeping.db, postgres_play.now) == ["one"]
        with pytest.raises(DBAPIError, match="lock timeout"):
            await come_back(postgres_play)
        async with postgres_play.working(VISITOR) as work:
            assert await expired(work.db, postgres_play.now) == []


async def test_nothing_ends_in_a_deadlock_when_all_is_done_at_once(postgres_play: Play) -> None:
    asked = [await public(postgres_play) for _ in range(3)]
    names = ("stage", "answer", "hide", "approve", "reopen", "unstage")
    moves = [("amina", f"question.{name}", {"question": question}) for name in names for question in asked]
    votes = [(who, "question.vote", {"question": question, "on": True}) for who in SPEAKERS for question in asked]
    posts = [(who, "chat.post", {"room": CAFE, "text": "Hello"}) for who in SPEAKERS]
    answers = await postgres_play.race(*(call for some in zip(moves, votes, posts * 3, strict=True) for call in some))
    assert len(answers) == 54
    assert (await rows(postgres_play, Question.state)).count("live") <= 1
