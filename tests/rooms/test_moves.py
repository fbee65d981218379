"""The life of a question: every state, every move, who may vote, and how questions are ranked."""

from dataclasses import dataclass
from typing import get_args

import pytest

from rooms.errors import Refused
from rooms.questions.rules import (
    DISMISSALS,
    MOVES,
    PUBLIC,
    VOTABLE,
    State,
    by_votes,
    check_dismissal,
    check_vote,
    first_state,
    move,
)

STATES = ("pending", "open", "live", "answered", "dismissed", "hidden", "withdrawn")

LIFE: dict[str, dict[str, str]] = {
    "approve":  {"pending": "open", "dismissed": "open", "hidden": "open"},
    "dismiss":  {"pending": "dismissed"},
    "hide":     {"open": "hidden", "live": "hidden", "answered": "hidden"},
    "stage":    {"open": "live"},
    "unstage":  {"live": "open"},
    "answer":   {"open": "answered", "live": "answered"},
    "reopen":   {"answered": "open"},
    "withdraw": {"pending": "withdrawn", "open": "withdrawn"},
}  # fmt: skip
"""The table as the design has it, written a second time."""

DONE = {
    "approve": "open", "dismiss": "dismissed", "hide": "hidden", "stage": "live",
    "unstage": "open", "answer": "answered", "reopen": "open", "withdraw": "withdrawn",
}  # fmt: skip
"""Where a repeated move finds the question already."""


@dataclass
class Asked:
    number: int | None
    votes: int


def code(state: State, author: int, voter: int | None) -> str:
    try:
        check_vote(state, author, voter)
    except Refused as refused:
        return refused.code
    return ""


def test_the_table_covers_every_state_and_move() -> None:
    assert set(get_args(State)) == set(STATES)
    assert set(MOVES) == set(LIFE) == set(DONE)


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("name", LIFE)
def test_a_move_leads_where_the_table_says_and_nowhere_else(name: str, state: State) -> None:
    if state == DONE[name]:
        assert move(name, state) is None
    elif state in LIFE[name]:
        assert move(name, state) == LIFE[name][state]
    else:
        with pytest.raises(Refused) as caught:
            move(name, state)
        assert (caught.value.code, caught.value.values) == ("question.moved", {"state": state})


def test_nothing_comes_back_after_it_was_withdrawn() -> None:
    assert not any("withdrawn" in step.sources for step in MOVES.values())


def test_only_authors_withdraw_and_only_moderators_do_the_rest() -> None:
    assert {name for name, step in MOVES.items() if step.by == "author"} == {"withdraw"}


def test_what_is_open_live_or_answered_is_public() -> None:
    assert set(PUBLIC) == {"open", "live", "answered"}
    assert VOTABLE < PUBLIC


@pytest.mark.parametrize(
    ("held", "moderates", "state"),
    [(True, False, "pending"), (True, True, "open"), (False, False, "open"), (False, True, "open")],
)
def test_a_question_is_held_where_the_room_holds_and_its_author_does_not_moderate(
    held: bool, moderates: bool, state: str
) -> None:
    assert first_state(held, moderates) == state


@pytest.mark.parametrize("state", get_args(State))
def test_everyone_but_the_author_votes_while_a_question_is_open_or_live(state: State) -> None:
    hidden = "" if state in ("open", "live", "answered") else "question.unknown"
    assert code(state, 1, 2) == (hidden or ("question.not_votable" if state == "answered" else ""))
    assert code(state, 1, 1) == (hidden or "question.own_vote")


@pytest.mark.parametrize("why", DISMISSALS)
def test_a_listed_reason_passes(why: str) -> None:
    check_dismissal(why)


@pytest.mark.parametrize("why", ["", "OFF_TOPIC", "because"])
def test_another_reason_does_not(why: str) -> None:
    with pytest.raises(Refused) as caught:
        check_dismissal(why)
    assert caught.value.code == "question.why_unknown"


def test_more_votes_come_first_and_older_ones_where_they_are_equal() -> None:
    asked = [Asked(number, votes) for number, votes in ((1, 2), (2, 5), (3, 2), (4, 0))]
    assert [each.number for each in by_votes(asked)] == [2, 1, 3, 4]
