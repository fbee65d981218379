"""Questions: asking, moderating, the stage and votes, and what each audience is told of them."""

from typing import Any

import pytest
from sqlmodel import func, select

from rooms.questions.actions import desk, questions
from rooms.questions.rules import DISMISSALS, TEXT_LIMIT
from rooms.questions.store import Question, Vote
from rooms.questions.wire import Older, QuestionShown, QuestionYours, Scores
from rooms.streams import everyone_in, moderators_of, only
from tests.rooms.cast import CAFE, CEREMONY, MINISTERS, TRAINING, VISITOR, id_of
from tests.rooms.play import Answer, Json, Play

ROOM, DESK = everyone_in(CAFE), moderators_of(CAFE)
UNKNOWN: tuple[str, Json] = ("question.unknown", {})
MODERATING = ("approve", "dismiss", "hide", "stage", "unstage", "answer", "reopen")


async def ask(play: Play, who: str = "bao", room: int = CAFE, **more: Any) -> str:
    answer = await play.do(who, "question.ask", room=room, text="Why?", **more)
    return str(answer.result.id)


async def act(play: Play, name: str, question: str, who: str = "amina") -> Answer:
    more = {"why": "off_topic"} if name == "dismiss" else {}
    return await play.do(who, f"question.{name}", question=question, **more)


async def public(play: Play, *ways: str, who: str = "bao", **more: Any) -> str:
    question = await ask(play, who, **more)
    for name in ("approve", *ways):
        await act(play, name, question)
    return question


async def row(play: Play, question: str) -> Question:
    found = await play.ask_database(lambda db: db.get(Question, question))
    assert isinstance(found, Question)
    return found


async def shown(play: Play, room: int = CAFE) -> list[Any]:
    return list((await play.look("fatima", questions, Older(room=room))).questions)


async def test_a_held_question_is_told_to_moderators_and_its_author_alone(play: Play) -> None:
    answer = await play.do("bao", "question.ask", room=CAFE, text="Why?")
    assert {told.stream for told in answer.told} == {DESK, only(id_of("bao"))}
    assert answer.types(DESK) == ["question.held"]
    assert (answer.result.state, answer.result.number) == ("pending", None)
    assert await shown(play) == []


async def test_an_approved_question_is_told_to_the_room_with_its_number_and_score(play: Play) -> None:
    question = await ask(play)
    answer = await act(play, "approve", question)
    assert answer.types(ROOM) == ["question.shown", "question.scores"]
    assert answer.types(DESK) == ["question.moved"]
    assert answer.types(only(id_of("bao"))) == ["question.yours"]
    assert [(each.number, each.name, each.text) for each in await shown(play)] == [(1, "Bao Li", "Why?")]


async def test_a_room_that_holds_nothing_shows_a_question_at_once(play: Play) -> None:
    await ask(play, room=TRAINING)
    assert [each.number for each in await shown(play, TRAINING)] == [1]


async def test_a_moderators_own_question_needs_no_approval(play: Play) -> None:
    assert (await row(play, await ask(play, "amina"))).state == "open"


async def test_an_anonymous_question_shows_neither_name_nor_id_nor_exact_time(play: Play) -> None:
    question = await ask(play, "emilie", anonymous=True)
    play.now = play.now.replace(second=17)
    answer = await act(play, "approve", question)
    told = next(event for event in answer.on(ROOM) if isinstance(event, QuestionShown)).question
    assert (told.name, told.at.second, told.at.microsecond) == ("", 0, 0)
    assert str(id_of("emilie")) not in str(answer.on(ROOM))
    at_desk = (await play.look("amina", desk, Older(room=CAFE))).questions[0]
    assert (at_desk.name, at_desk.by, at_desk.anonymous) == ("Émilie Roy", id_of("emilie"), True)


async def test_public_numbers_are_dense_and_given_at_publication(play: Play) -> None:
    asked = [await ask(play, who) for who in ("bao", "carlos", "dmitri")]
    await act(play, "dismiss", asked[0])
    for question in (asked[2], asked[1]):
        await act(play, "approve", question)
    assert [each.id for each in await shown(play)] == [asked[2], asked[1]]
    assert [each.number for each in await shown(play)] == [1, 2]


async def test_a_number_stays_when_a_question_is_hidden_and_shown_again(play: Play) -> None:
    first, second = await public(play), await public(play)
    await act(play, "hide", first)
    assert [each.id for each in await shown(play)] == [second]
    await act(play, "approve", first)
    assert [each.number for each in await shown(play)] == [1, 2]


@pytest.mark.parametrize(
    ("before", "name"),
    [((), "approve"), (("stage",), "stage"), (("answer",), "answer"), (("hide",), "hide")],
)
async def test_a_step_taken_twice_is_taken_once(play: Play, before: tuple[str, ...], name: str) -> None:
    question = await public(play, *before)
    assert (await act(play, name, question)).told == ()


async def test_dismissing_and_withdrawing_twice_is_doing_it_once(play: Play) -> None:
    first, second = await ask(play), await ask(play)
    for _ in range(2):
        last = await act(play, "dismiss", first)
        gone = await act(play, "withdraw", second, "bao")
    assert (last.told, gone.told) == ((), ())


async def test_a_move_that_does_not_fit_says_what_the_question_is_now(play: Play) -> None:
    question = await public(play, "answer")
    assert await play.refusal("amina", "question.stage", question=question) == (
        "question.moved",
        {"state": "answered"},
    )


@pytest.mark.parametrize("why", DISMISSALS)
async def test_the_author_is_told_why_a_question_was_dismissed(play: Play, why: str) -> None:
    question = await ask(play)
    answer = await play.do("amina", "question.dismiss", question=question, why=why)
    told = answer.on(only(id_of("bao")))[0]
    assert isinstance(told, QuestionYours)
    assert (told.question.state, told.question.why) == ("dismissed", why)
    assert answer.on(ROOM) == []


async def test_a_second_question_on_stage_settles_the_first(play: Play) -> None:
    first, second = await public(play, "stage"), await public(play)
    answer = await act(play, "stage", second)
    assert [(await row(play, question)).state for question in (first, second)] == ["answered", "live"]
    assert answer.types(ROOM) == ["question.changed", "question.changed"]


async def test_each_room_has_a_stage_of_its_own(play: Play) -> None:
    here, there = await public(play, "stage"), await ask(play, room=TRAINING)
    await act(play, "stage", there, "ingrid")
    assert [(await row(play, question)).state for question in (here, there)] == ["live", "live"]


async def test_a_hidden_question_leaves_nothing_behind_in_the_room(play: Play) -> None:
    question = await public(play)
    answer = await act(play, "hide", question)
    assert answer.types(ROOM) == ["question.gone"]
    assert "Why?" not in str(play.journal[ROOM.name])
    assert play.values[ROOM.name] == {}


async def test_a_withdrawn_question_leaves_the_desk_and_its_words_with_it(play: Play) -> None:
    question = await ask(play)
    answer = await act(play, "withdraw", question, "bao")
    assert answer.types(DESK) == ["question.left"]
    assert "Why?" not in str(play.journal[DESK.name])
    assert (await play.look("amina", desk, Older(room=CAFE))).questions == ()


async def test_only_the_author_withdraws(play: Play) -> None:
    question = await public(play)
    for who in ("carlos", "amina"):
        assert await play.refusal(who, "question.withdraw", question=question) == UNKNOWN


async def test_a_vote_is_set_and_not_toggled(play: Play) -> None:
    question = await public(play)
    for on, votes in ((True, 1), (True, 1), (False, 0), (False, 0)):
        answer = await play.do("carlos", "question.vote", question=question, on=on)
        assert (answer.result.votes, answer.result.on) == (votes, on)
    assert answer.told == ()


async def test_a_vote_is_told_as_a_score_and_never_as_a_question(play: Play) -> None:
    question = await public(play)
    answer = await play.do("carlos", "question.vote", question=question, on=True)
    assert answer.on(ROOM) == [Scores(scores={question: 1})]
    assert answer.types(only(id_of("carlos"))) == ["question.voted"]
    assert len(answer.told) == 2


async def test_the_score_is_the_number_of_votes(play: Play) -> None:
    question = await public(play)
    for who, on in (("carlos", True), ("fatima", True), ("amina", True), ("fatima", False)):
        await play.do(who, "question.vote", question=question, on=on)
    counted = await play.ask_database(lambda db: db.exec(select(func.count()).select_from(Vote)))
    assert counted.one() == (await row(play, question)).votes == 2


async def test_nobody_votes_for_their_own_question(play: Play) -> None:
    question = await public(play)
    assert await play.refusal("bao", "question.vote", question=question, on=True) == ("question.own_vote", {})


async def test_votes_close_when_a_question_is_answered(play: Play) -> None:
    question = await public(play, "answer")
    assert await play.refusal("carlos", "question.vote", question=question, on=True) == ("question.not_votable", {})


async def test_a_question_that_comes_back_keeps_its_votes(play: Play) -> None:
    question = await public(play)
    await play.do("carlos", "question.vote", question=question, on=True)
    await act(play, "hide", question)
    answer = await act(play, "approve", question)
    assert Scores(scores={question: 1}) in answer.on(ROOM)


@pytest.mark.parametrize("name", MODERATING)
async def test_only_moderators_move_questions(play: Play, name: str) -> None:
    question = await public(play)
    more = {"why": "off_topic"} if name == "dismiss" else {}
    for who in ("bao", "carlos"):
        refusal = await play.refusal(who, f"question.{name}", question=question, **more)
        assert refusal == ("permission.moderators_only", {})


@pytest.mark.parametrize(
    ("who", "room", "code"),
    [
        ("bao", CEREMONY, "room.feature_off"),
        ("bao", MINISTERS, "room.unknown"),
        ("bao", 999, "room.unknown"),
        ("boris", CAFE, "room.unknown"),
        (VISITOR, CAFE, "permission.sign_in"),
    ],
)
async def test_nobody_asks_where_they_may_not(play: Play, who: str, room: int, code: str) -> None:
    assert await play.refusal(who, "question.ask", room=room, text="Why?") == (code, {})


async def test_a_question_has_its_own_limit(play: Play) -> None:
    await play.do("bao", "question.ask", room=CAFE, text="x" * TEXT_LIMIT)
    refusal = await play.refusal("bao", "question.ask", room=CAFE, text="x" * (TEXT_LIMIT + 1))
    assert refusal == ("text.too_long", {"length": TEXT_LIMIT + 1, "limit": TEXT_LIMIT})
