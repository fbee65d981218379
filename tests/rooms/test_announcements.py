"""Announcements to a room and to the forum."""

from datetime import timedelta

import pytest

from rooms.announcements.rules import TEXT_LIMIT, WEEK_MINUTES
from rooms.streams import FORUM, everyone_in
from tests.rooms.cast import CAFE, MINISTERS, VISITOR, id_of
from tests.rooms.play import Json, Play

TEXTS = {"en": "Coffee is served", "fr": "Le café est servi"}


async def make(play: Play, who: str = "amina", **more: object) -> str:
    return str((await play.do(who, "announcement.make", texts=TEXTS, **more)).result.id)


async def standing(play: Play, stream: str, who: str = "fatima") -> list[Json]:
    found: list[Json] = (await play.state(who, stream)).get("announcements", [])
    return found


async def test_a_rooms_announcement_is_told_to_the_room(play: Play) -> None:
    answer = await play.do("amina", "announcement.make", texts=TEXTS, room=CAFE)
    assert [told.stream for told in answer.told] == [everyone_in(CAFE)]
    assert [each["texts"] for each in await standing(play, f"room/{CAFE}")] == [TEXTS]
    assert await standing(play, "forum") == []


async def test_a_forums_announcement_is_told_to_the_forum_and_visitors_see_it(play: Play) -> None:
    answer = await play.do("ingrid", "announcement.make", texts=TEXTS)
    assert [told.stream for told in answer.told] == [FORUM]
    assert len(await standing(play, "forum", VISITOR)) == 1


async def test_an_announcement_ends_by_itself(play: Play) -> None:
    await make(play, room=CAFE, minutes=1)
    play.now += timedelta(seconds=59)
    assert len(await standing(play, f"room/{CAFE}")) == 1
    play.now += timedelta(seconds=1)
    assert await standing(play, f"room/{CAFE}") == []


async def test_ending_twice_is_ending_once_and_takes_the_words_back(play: Play) -> None:
    made = await make(play, room=CAFE)
    assert (await play.do("amina", "announcement.end", announcement=made)).types(everyone_in(CAFE)) == [
        "announcement.gone"
    ]
    assert "Coffee" not in str(play.journal)
    assert (await play.do("amina", "announcement.end", announcement=made)).told == ()


async def test_hosts_announce_in_their_room(play: Play) -> None:
    await play.do("ingrid", "member.grant", person=id_of("bao"), role="host", scope=f"room/{CAFE}")
    await make(play, "bao", room=CAFE)


async def test_others_neither_announce_nor_end(play: Play) -> None:
    made = await make(play, room=CAFE)
    sent = {"texts": TEXTS, "room": CAFE}
    assert await play.refusal("bao", "announcement.make", **sent) == ("permission.hosts_only", {})
    assert await play.refusal("bao", "announcement.end", announcement=made) == ("permission.hosts_only", {})
    assert await play.refusal("amina", "announcement.make", texts=TEXTS) == ("permission.hosts_only", {})


async def test_what_stands_in_a_room_one_may_not_enter_answers_like_nothing(play: Play) -> None:
    made = await make(play, "ingrid", room=MINISTERS)
    for id_ in (made, "unknown"):
        assert await play.refusal("bao", "announcement.end", announcement=id_) == ("announcement.unknown", {})
        assert await play.refusal(VISITOR, "announcement.end", announcement=id_) == ("announcement.unknown", {})


async def test_a_room_that_does_not_exist_is_never_taken_for_the_forum(play: Play) -> None:
    assert await play.refusal("ingrid", "announcement.make", texts=TEXTS, room=0) == ("room.unknown", {})


@pytest.mark.parametrize(("texts", "code"), [
    ({}, "announcement.language_unknown"),
    ({"de": "Kaffee"}, "announcement.language_unknown"),
    ({"en": "Coffee", "fr": " "}, "text.empty"),
    ({"en": "x" * (TEXT_LIMIT + 1)}, "text.too_long"),
])  # fmt: skip
async def test_an_announcement_is_in_the_forums_languages_and_every_text_says_something(
    play: Play, texts: dict[str, str], code: str
) -> None:
    assert (await play.refusal("amina", "announcement.make", room=CAFE, texts=texts))[0] == code


@pytest.mark.parametrize("minutes", [0, -5, WEEK_MINUTES + 1])
async def test_an_announcement_stands_between_a_minute_and_a_week(play: Play, minutes: int) -> None:
    refusal = await play.refusal("amina", "announcement.make", room=CAFE, texts=TEXTS, minutes=minutes)
    assert refusal == ("announcement.minutes_out_of_range", {})
