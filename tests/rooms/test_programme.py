"""The programme: filters, phases and what everyone sees of a session."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from rooms.programme import actions
from rooms.programme.rules import ACTION_LINES, FORMATS, SDGS, Filters, fits, phase
from rooms.programme.store import scope_exists
from rooms.programme.wire import Find, Look, Numbered
from tests.rooms.cast import CAFE, MINISTERS, NOON, VISITOR
from tests.rooms.play import Play


@dataclass
class Item:
    track: str = "forum"
    format: str = "knowledge-cafe"
    languages: list[str] = field(default_factory=lambda: ["en", "fr"])
    action_lines: list[str] = field(default_factory=lambda: ["C1", "C7-e-health"])
    sdgs: list[int] = field(default_factory=lambda: [3, 17])
    start_at: datetime = NOON
    end_at: datetime = NOON + timedelta(hours=1)


@pytest.mark.parametrize(("wish", "other"), [
    (Filters(track="forum"), "high-level"),
    (Filters(format="knowledge-cafe"), "training"),
    (Filters(line="C7-e-health"), "C7"),
    (Filters(sdg="17"), "7"),
    (Filters(language="fr"), "ru"),
])  # fmt: skip
def test_each_filter_lets_its_sessions_pass_and_no_others(wish: Filters, other: str) -> None:
    name = next(name for name in Filters.__slots__ if getattr(wish, name))
    assert fits(Item(), wish)
    assert not fits(Item(), replace(wish, **{name: other}))
    assert not fits(Item(), replace(wish, **{name: " "}))


def test_filters_add_up_and_empty_ones_ask_for_nothing() -> None:
    assert fits(Item(), Filters())
    assert fits(Item(), Filters(track="forum", sdg="3", language="en"))
    assert not fits(Item(), Filters(track="forum", sdg="3", language="ru"))


@pytest.mark.parametrize(
    ("minutes", "expected"), [(-1, "next"), (0, "live"), (59, "live"), (60, "over"), (600, "over")]
)
def test_a_session_is_live_from_its_first_moment_until_before_its_last(minutes: int, expected: str) -> None:
    assert phase(Item(), NOON + timedelta(minutes=minutes)) == expected


def test_there_are_eighteen_action_lines_seventeen_goals_and_fourteen_formats() -> None:
    assert (len(ACTION_LINES), len(SDGS), len(FORMATS)) == (18, 17, 14)
    assert sum(line.startswith("C7") for line in ACTION_LINES) == 8


@pytest.mark.parametrize(("find", "count"), [
    (Find(), 5),
    (Find(track="high-level"), 1),
    (Find(day="2023-04-12"), 5),
    (Find(day="2023-04-13"), 0),
    (Find(words="SESSION 7"), 1),
    (Find(words="society session"), 5),
    (Find(words="absent"), 0),
    (Find(words="%"), 0),
])  # fmt: skip
async def test_everyone_finds_sessions_signed_in_or_not(play: Play, find: Find, count: int) -> None:
    found = await play.look(VISITOR, actions.programme, find)
    assert len(found.sessions) == count


async def test_a_session_shows_its_room_and_its_panel(play: Play) -> None:
    shown = await play.look(VISITOR, actions.session, Numbered(number=CAFE + 500))
    assert (shown.room, [each.name for each in shown.panel]) == (CAFE, ["Grace Ndlovu"])


async def test_the_forum_shows_its_tracks_in_order(play: Play) -> None:
    shown = await play.look(VISITOR, actions.forum, Look())
    assert [track.key for track in shown.tracks] == ["forum", "high-level"]


@pytest.mark.parametrize(("scope", "exists"), [
    ("forum", True),
    ("track/forum", True),
    ("track/absent", False),
    (f"session/{CAFE + 100}", True),
    (f"room/{MINISTERS}", True),
    ("room/12345", False),
    *((scope, False) for scope in ("", "room", "room/", "room/x", "room/-1", "room/٧", "room/9999999999", "forum/1")),
])  # fmt: skip
async def test_a_scope_exists_when_it_names_something(play: Play, scope: str, exists: bool) -> None:
    assert await play.ask_database(lambda db: scope_exists(db, scope)) == exists
