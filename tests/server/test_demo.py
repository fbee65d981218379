"""The sample forum: true where it says so, in six languages, always in the present."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from sqlmodel import SQLModel

from rooms.announcements.store import Announcement
from rooms.chat.store import Message
from rooms.members.rules import place_of, roles_at
from rooms.members.store import Granted, actor_of
from rooms.people.rules import LANGUAGES, STAKEHOLDERS
from rooms.people.store import Person
from rooms.programme import rules, store
from rooms.programme.store import Forum, Panellist, Room, Session, Track
from rooms.questions.store import Question, Vote
from rooms.text import clean
from server.demo import data
from server.demo.rows import NEWS, times
from server.demo.sample import Demo
from server.demo.shift import RELAY_MONDAY, ZONE, shifted, weeks_to
from server.house import House
from tests.sample import WEDNESDAY, Clock, loading, opened, rows

HOURS = 24 * 366 * 6
FIRST_HOUR = datetime(2022, 12, 26, tzinfo=UTC)
NOT_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "XK", "ZZ", "QO", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"}
SCRIPTS = {"ar": "[\u0600-\u06ff]", "zh": "[\u4e00-\u9fff]", "ru": "[\u0400-\u04ff]", "en": "[a-z]"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path, Clock(WEDNESDAY)) as house:
        yield house


@pytest.fixture
async def loaded(house: House) -> House:
    await loading(house, WEDNESDAY)
    return house


def texts(value: Any) -> Iterator[dict[str, str]]:
    """Find everything that is written in several languages."""
    if (
        isinstance(value, dict)
        and set(value) & set(LANGUAGES)
        and all(isinstance(text, str) for text in value.values())
    ):
        yield value
        return
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(each)


def every_hour() -> Iterator[datetime]:
    return (FIRST_HOUR + timedelta(hours=hour) for hour in range(HOURS))


# Moving by weeks


def test_every_hour_of_six_years_falls_into_the_relay_week_at_its_own_weekday() -> None:
    for now in every_hour():
        back = now.astimezone(ZONE).date() - timedelta(weeks=weeks_to(now))
        assert 0 <= (back - RELAY_MONDAY).days < 7
        assert back.weekday() == now.astimezone(ZONE).weekday()


def test_at_every_hour_exactly_one_cafe_of_the_relay_is_live() -> None:
    relay = list(data.relay())
    legs = {week: [times(leg, week) for leg in relay] for week in {weeks_to(now) for now in every_hour()}}
    for spans in legs.values():
        assert all(one[1] == other[0] for one, other in pairwise(spans))
    for now in every_hour():
        assert sum(start <= now < end for start, end in legs[weeks_to(now)]) == 1


def test_the_clock_on_the_wall_stays_except_in_the_hour_that_a_day_skips() -> None:
    first, moved = datetime(2023, 1, 1), []  # noqa: DTZ001  # a wall-clock time
    for hour in range(HOURS):
        local = first + timedelta(hours=hour, minutes=30)
        at = shifted(local, 52, ZONE)
        if at.astimezone(ZONE).replace(tzinfo=None) != local + timedelta(weeks=52):
            moved.append((local + timedelta(weeks=52), at.astimezone(ZONE).replace(tzinfo=None)))
    assert len(moved) == 6
    assert all(after - before == timedelta(hours=1) and before.hour == 2 for before, after in moved)


def test_a_skipped_time_moves_forward_and_of_a_doubled_one_the_first_is_meant() -> None:
    half_past_two = datetime(2023, 4, 2, 2, 30)  # noqa: DTZ001  # a wall-clock time
    assert shifted(half_past_two, -1, ZONE) == datetime(2023, 3, 26, 1, 30, tzinfo=UTC)
    assert shifted(half_past_two, -1, ZONE).astimezone(ZONE).hour == 3
    assert shifted(half_past_two, 30, ZONE) == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)


# What the files say


def test_only_what_a_public_source_says_is_marked_as_verified() -> None:
    verified = {item["number"]: (item["start"], item["end"]) for item in data.items() if item["verified"]}
    assert verified == {
        135: ("2023-02-13T14:00", "2023-02-13T15:00"),
        538: ("2023-05-29T14:00", "2023-05-29T14:30"),
    }
    by_number = {item["number"]: item for item in data.items()}
    assert by_number[135]["venue"] == "Room A, ITU Tower Building"
    assert by_number[538]["title"]["en"] == "Closing Ceremony"


def test_everybody_and_everything_invented_says_so() -> None:
    sample = data.sample()
    invented = [each["organisation"] for each in sample["panellists"].values()]
    invented += [item["organisation"] for item in data.items() if not item["verified"]]
    assert all("Sample" in organisation for organisation in invented)
    urls = re.findall(r'https?://[^"\s]+', (data.FOLDER / "wsis-2023.json").read_text(encoding="utf-8"))
    assert urls
    assert all(url.startswith("https://example.org/") for url in urls)


def test_every_text_stands_in_six_languages_each_in_its_script() -> None:
    found = [*texts(data.sample()), *texts(data.items())]
    assert len(found) > 250
    assert not [text for text in texts(data.items()) if "{" in str(text.values())]
    for text in found:
        assert tuple(text) == LANGUAGES
        assert all(text.values())
        assert all(re.search(script, text[language]) for language, script in SCRIPTS.items())


def test_numbers_and_guids_are_unique_and_stay() -> None:
    numbers = [item["number"] for item in data.items()]
    assert len(set(numbers)) == len(numbers) == 60 + 56
    assert len({data.guid(number) for number in numbers}) == len(numbers)
    assert data.guid(538) == "cbb4bc0c-1c78-57d9-91f0-53a1a8a29690"


def test_all_formats_lines_and_goals_occur_and_no_others() -> None:
    items = data.items()
    assert {item["format"] for item in items} == set(rules.FORMATS)
    assert {item["mode"] for item in items} <= set(rules.MODES)
    assert {line for item in items for line in item["action_lines"]} == set(rules.ACTION_LINES)
    assert {goal for item in items for goal in item["sdgs"]} == set(rules.SDGS)
    assert all(item["action_lines"] and item["sdgs"] and item["panel"] for item in items if not item["verified"])
    assert {item["track"] for item in items} == {track["key"] for track in data.sample()["tracks"]}


def test_all_countries_exist() -> None:
    real = {code for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", str(code))} - NOT_COUNTRIES
    used = {each["country"] for each in (*data.sample()["panellists"].values(), *data.people())}
    assert len(used) > 60
    assert used <= real


def test_nobody_speaks_in_two_sessions_at_once() -> None:
    busy: dict[str, list[tuple[str, str, int]]] = {}
    for item in data.items():
        for key in item["panel"]:
            busy.setdefault(key, []).append((item["start"], item["end"], item["number"]))
    for key, spans in busy.items():
        assert all(one[1] <= other[0] for one, other in pairwise(sorted(spans))), (key, sorted(spans))


def test_panels_are_balanced_by_gender_and_region() -> None:
    panellists = data.sample()["panellists"]
    seats = [panellists[key] for item in data.items() for key in item["panel"]]
    assert 0.45 < sum(each["gender"] == "f" for each in seats) / len(seats) < 0.6
    regions = Counter(each["region"] for each in seats)
    assert min(regions.values()) * 3 > max(regions.values())
    assert set(regions) == {host["key"] for host in data.sample()["relay"]["hosts"]}


def test_each_cafe_of_the_relay_is_another_pair_of_topic_and_host() -> None:
    relay = list(data.relay())
    assert len({cafe["title"]["en"] for cafe in relay}) == len(relay) == 56
    assert [data.topic_of(cafe["number"]) for cafe in relay[:15]] == [*range(14), 0]
    assert data.topic_of(400) is data.topic_of(457) is None
    assert RELAY_MONDAY.isoformat() == data.sample()["relay"]["start"]


def test_simulated_people_are_many_and_of_all_groups_and_languages() -> None:
    people = data.people()
    assert len({each["name"] for each in people}) == len(people) == 60
    assert {each["stakeholder"] for each in people} == set(STAKEHOLDERS)
    assert min(Counter(each["language"] for each in people)[language] for language in LANGUAGES) >= 8
    assert sum(each.get("moderates", False) for each in people) == 3


def test_phrases_are_complete_unlike_each_other_and_pass_the_rules_of_texts() -> None:
    topics = len(data.sample()["relay"]["topics"])
    for language, kinds in data.phrases().items():
        every = [text for each in kinds.values() for text in each]
        assert len(set(every)) == len(every) >= 25 + topics
        assert all(clean(text, 300) == text for text in every)
        shortest = 60 if language == "zh" else 120
        assert len(kinds["question"]) == topics
        assert all(len(text) >= shortest for text in kinds["question"])


# What the database holds


async def test_loading_twice_is_loading_once(loaded: House) -> None:
    tables: tuple[type[SQLModel], ...] = (Forum, Track, Session, Panellist, Room, Person, Granted, Question, Message)
    before = [sorted(each.model_dump_json() for each in await rows(loaded, table)) for table in tables]
    await loading(loaded, WEDNESDAY + timedelta(hours=9))
    assert [sorted(each.model_dump_json() for each in await rows(loaded, table)) for table in tables] == before
    assert len(await rows(loaded, Announcement)) == 1


async def test_every_session_has_a_room_with_what_its_format_needs(loaded: House) -> None:
    sessions, found = await rows(loaded, Session), {room.session_id: room for room in await rows(loaded, Room)}
    assert set(found) == {session.id for session in sessions}
    for session in sessions:
        room = found[session.id]
        ceremony = session.format.endswith("ceremony")
        assert room.features == (["chat"] if ceremony else ["chat", "questions"])
        assert (room.premoderated, room.track) == (True, session.track)


async def test_the_original_date_stands_beside_the_moved_one(loaded: House) -> None:
    async with loaded.database.reading() as db:
        row, forum = await store.session_numbered(db, 538), await store.forum(db)
        assert row is not None
        assert forum is not None
        assert row.original_start_at == datetime(2023, 5, 29, 12, 0, tzinfo=UTC)
        assert row.start_at == datetime(2026, 12, 28, 13, 0, tzinfo=UTC)
        assert (forum.shift_weeks, forum.sample) == (187, True)


async def test_rooms_of_the_archive_count_what_is_in_them(loaded: House) -> None:
    full = [room for room in await rows(loaded, Room) if room.message_count]
    questions, messages = await rows(loaded, Question), await rows(loaded, Message)
    votes = Counter(vote.question_id for vote in await rows(loaded, Vote))
    assert len(full) == 12
    for room in full:
        here = [question for question in questions if question.room_id == room.id]
        assert sorted(question.number for question in here) == [*range(1, room.question_count + 1)]
        numbers = [message.number for message in messages if message.room_id == room.id]
        assert sorted(numbers) == [*range(1, room.message_count + 1)]
        assert any(question.state == "answered" for question in here)
        assert all(question.votes == votes[question.id] for question in here)


async def test_what_was_said_in_the_archive_was_said_while_its_session_lasted(loaded: House) -> None:
    for week in (0, 3, 20):
        await loading(loaded, WEDNESDAY + timedelta(weeks=week))
        sessions = {session.id: session for session in await rows(loaded, Session)}
        spans = {room.id: sessions[room.session_id] for room in await rows(loaded, Room)}
        for message in await rows(loaded, Message):
            assert spans[message.room_id].start_at <= message.posted_at < spans[message.room_id].end_at
        for asked in await rows(loaded, Question):
            session = spans[asked.room_id]
            assert session.start_at <= asked.asked_at < asked.shown_at <= asked.moved_at < session.end_at


async def test_when_weeks_have_gone_on_the_sessions_follow(loaded: House) -> None:
    later = WEDNESDAY + timedelta(weeks=21)
    await loading(loaded, later)
    live = [row for row in await rows(loaded, Session) if row.number > 400 and rules.phase(row, later) == "live"]
    assert [row.number for row in live if row.format == "knowledge-cafe"] == [401 + 2 * 8 + 4]


async def test_a_forum_of_real_people_is_left_alone(house: House) -> None:
    async with house.database.writing() as db:
        db.add(Forum(name={"en": "Ours"}, theme={}, place={}, zone="Europe/Zurich"))
    await loading(house, WEDNESDAY)
    assert not await rows(house, Session)
    assert not await rows(house, Announcement)


async def test_the_announcement_comes_again_when_it_has_expired_but_not_when_it_was_ended(loaded: House) -> None:
    await loading(loaded, WEDNESDAY + timedelta(days=7))
    (news,) = await rows(loaded, Announcement)
    assert (news.id, news.made_at, news.room_id) == (NEWS, WEDNESDAY + timedelta(days=7), None)
    assert tuple(news.texts) == LANGUAGES
    async with loaded.database.writing() as db:
        news.ended = True
        await db.merge(news)
    await loading(loaded, WEDNESDAY + timedelta(days=70))
    assert (await rows(loaded, Announcement))[0].made_at == WEDNESDAY + timedelta(days=7)


@pytest.mark.parametrize("role", ["participant", "moderator", "organiser"])
async def test_who_enters_holds_the_role_in_the_whole_forum(loaded: House, role: Any) -> None:
    person_id = await Demo(loaded).enter(role)
    async with loaded.database.reading() as db:
        person = await db.get(Person, person_id)
        assert person is not None
        assert not person.simulated
        assert str(person_id) in person.name
        assert roles_at(await actor_of(db, person), place_of(), WEDNESDAY) == {"participant", role}
