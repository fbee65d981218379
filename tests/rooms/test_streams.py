"""Audiences as types: what is meant for some is never told to others, at run time and when types are checked."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from rooms.chat.wire import MessageEdited, MessageGone
from rooms.members.rules import VISITOR
from rooms.members.wire import AuthorityChanged, MemberChanged
from rooms.questions.wire import QuestionLeft, Scores
from rooms.streams import (
    AUTHORITY,
    FORUM,
    AnyEvent,
    AnyStream,
    Audience,
    Event,
    Everyone,
    Hosts,
    Logged,
    Moderators,
    OnePerson,
    OneSeat,
    Servers,
    Stream,
    audience_of,
    everyone_in,
    moderators_of,
    only,
)
from rooms.work import Work
from server.features import EVENTS
from tests.rooms.cast import CAFE, NOON, id_of

STREAMS: dict[type[Audience], AnyStream] = {
    Everyone: everyone_in(CAFE),
    Moderators: moderators_of(CAFE),
    OnePerson: only(id_of("bao")),
    Servers: AUTHORITY,
}
SAID: dict[type[Audience], AnyEvent] = {
    Everyone: MessageGone(id="a"),
    Moderators: QuestionLeft(id="a"),
    OnePerson: MemberChanged(scope="forum"),
    Servers: AuthorityChanged(person=1),
}


def a_work() -> Work:
    return Work(AsyncSession(), VISITOR, NOON)


@pytest.mark.parametrize("whom", STREAMS)
@pytest.mark.parametrize("event", SAID)
def test_a_stream_carries_its_own_audiences_events_and_no_others(whom: type[Audience], event: type[Audience]) -> None:
    work = a_work()
    if whom is event:
        work.tell(STREAMS[whom], SAID[event])
        assert len(work.told) == 1
        return
    with pytest.raises(TypeError, match="is not for"):
        work.tell(STREAMS[whom], SAID[event])
    assert work.told == []


def everyone_is_never_told_what_is_for_moderators(work: Work) -> None:
    work.tell(everyone_in(CAFE), QuestionLeft(id="a"))  # type: ignore[misc]


def the_forum_is_never_told_what_is_for_one_person(work: Work) -> None:
    work.tell(FORUM, MemberChanged(scope="forum"))  # type: ignore[misc]


def moderators_are_never_told_what_is_for_everyone(work: Work) -> None:
    work.tell(moderators_of(CAFE), Scores(scores={"a": 1}))  # type: ignore[misc]


def one_person_is_never_told_what_is_for_servers(work: Work) -> None:
    work.tell(only(1), AuthorityChanged(person=1))  # type: ignore[misc]


def a_stream_of_moderators_is_no_stream_of_everyone() -> Stream[Everyone]:
    return moderators_of(CAFE)  # type: ignore[return-value]


def a_stream_of_moderators_is_no_stream_of_anybody() -> Stream[Audience]:
    return moderators_of(CAFE)  # type: ignore[return-value]


def an_event_for_moderators_is_no_event_for_everyone() -> Event[Everyone]:
    return QuestionLeft(id="a")  # type: ignore[return-value]


@pytest.mark.parametrize("mistake", [
    everyone_is_never_told_what_is_for_moderators,
    the_forum_is_never_told_what_is_for_one_person,
    moderators_are_never_told_what_is_for_everyone,
    one_person_is_never_told_what_is_for_servers,
])  # fmt: skip
def test_what_the_type_checker_refuses_is_refused_at_run_time_too(mistake: Callable[[Work], None]) -> None:
    """Strict mypy flags an ignore that nothing needs: each of them above proves that its line is refused."""
    with pytest.raises(TypeError):
        mistake(a_work())


def test_every_event_names_its_audience_and_inherited_ones_keep_it() -> None:
    assert {audience_of(event) for event in EVENTS.values()} == {
        *(Everyone, Moderators, Hosts, OnePerson, OneSeat, Servers),
    }
    assert audience_of(MessageEdited) is Everyone


def test_an_event_without_an_audience_cannot_be_told() -> None:
    untold: Any = Logged
    with pytest.raises(TypeError, match="names no audience"):
        audience_of(untold)
