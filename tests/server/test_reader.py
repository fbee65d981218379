"""How texts, times and codes are written for one reader."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest

from rooms.members.rules import ROLES
from rooms.people.rules import STAKEHOLDERS
from rooms.programme.rules import ACTION_LINES, FORMATS, MODES, SDGS
from rooms.questions.rules import DISMISSALS, MOVES
from server.i18n import LANGUAGES, language
from server.pages import names
from server.pages.calendar import Entry, event
from server.pages.entry import safe_path
from server.pages.reader import Reader, initials, is_web, iso
from server.pages.rendering import script_json
from server.pages.zones import OFFERED, read_zone
from tests.server.test_entry import ELSEWHERE

NOW = datetime(2023, 4, 12, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Talk:
    """Something that lasts an hour."""

    start_at: datetime
    end_at: datetime


def _talk(start_at: datetime) -> Talk:
    return Talk(start_at, start_at + timedelta(hours=1))


def _reader(code: str = "en", viewer_zone: str = "") -> Reader:
    return Reader(language(code), NOW, "Europe/Zurich", viewer_zone)


def test_a_reader_gets_their_own_language_where_it_is_there() -> None:
    texts = {"en": "Hello", "fr": "Bonjour"}
    assert _reader("fr").written(texts) == "Bonjour"
    assert _reader("ru").written(texts) == '<span lang="en" dir="auto">Hello</span>'
    assert _reader("ru").written({"sw": "<Habari>"}) == '<span lang="sw" dir="auto">&lt;Habari&gt;</span>'
    assert _reader().written({}) == ""


def test_only_a_differing_clock_is_shown_twice() -> None:
    assert not _reader().differs(NOW)
    assert not _reader(viewer_zone="Europe/Berlin").differs(NOW)
    assert _reader(viewer_zone="Africa/Nairobi").differs(NOW)
    assert _reader(viewer_zone="Europe/Berlin").viewer_span(_talk(NOW)) == ""


def test_the_readers_day_is_named_where_it_is_another_one() -> None:
    late = _talk(datetime(2023, 4, 12, 20, 0, tzinfo=UTC))
    assert "Thursday 13 April" in _reader(viewer_zone="Asia/Tokyo").viewer_span(late)
    assert "April" not in _reader(viewer_zone="Asia/Dubai").viewer_span(_talk(NOW))


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2023, 3, 26, 0, 30, tzinfo=UTC), ("01:30", "03:30")),
        (datetime(2023, 10, 29, 0, 30, tzinfo=UTC), ("02:30", "02:30")),
    ],
)
def test_spans_follow_the_clocks_change(at: datetime, shown: tuple[str, str]) -> None:
    span = _reader().span(_talk(at))
    assert [part.split("<")[0] for part in span.split('Z">')[1:]] == list(shown)


def test_another_year_is_named() -> None:
    assert _reader().day(NOW, "UTC") == "Wednesday 12 April"
    assert _reader().day(NOW.replace(year=2024), "UTC") == "12 April 2024"


def test_moments_are_written_as_on_the_wire() -> None:
    assert iso(NOW.replace(microsecond=123_456)) == "2023-04-12T09:30:00.123Z"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Amina Okafor", "AO"),
        ("张伟", "张"),
        ("ليلى حداد", "لح"),
        ("", "•"),
        ("42", "•"),
        ("jean-luc de la tour", "JT"),
    ],
)
def test_initials_stand_for_names_in_every_script(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize("path", ELSEWHERE)
def test_only_own_pages_are_led_to(path: str) -> None:
    assert safe_path("/ar/rooms/7?x=1#message-2", "/") == "/ar/rooms/7?x=1#message-2"
    assert safe_path(path, "/en/") == "/en/"


def test_only_web_addresses_become_links() -> None:
    assert is_web("https://example.org/a.pdf")
    assert not any(map(is_web, ("javascript:alert(1)", "data:text/html,x", "", "//example.org")))


def test_script_data_cannot_end_its_element() -> None:
    assert "<" not in script_json({"text": "</script><!--"})


@pytest.mark.parametrize("name", ["", None, "Mars/Olympus", "../etc/passwd", "UTC\n", "x" * 100])
def test_only_known_zones_are_taken(name: str | None) -> None:
    assert read_zone("Africa/Nairobi") == "Africa/Nairobi"
    assert read_zone(name) == ""


@pytest.mark.parametrize("code", LANGUAGES)
def test_offered_zones_exist_and_have_a_name_each(code: str) -> None:
    assert set(OFFERED) <= available_timezones()
    shown = _reader(code, "Asia/Tokyo").zones()
    assert len({words for _, words in shown}) == len(shown)
    assert "Asia/Tokyo" in dict(shown)


def test_every_code_has_a_name() -> None:
    assert set(names.FORMATS) == set(FORMATS)
    assert set(names.MODES) == set(MODES)
    assert set(names.ACTION_LINES) == set(ACTION_LINES)
    assert set(names.SDGS) == {str(number) for number in SDGS}
    assert set(names.STAKEHOLDERS) == set(STAKEHOLDERS)
    assert set(names.ROLES) == set(ROLES)
    assert set(names.STATES) == {"pending", *(move.target for move in MOVES.values())}
    assert set(names.DISMISSALS) == set(DISMISSALS)


def test_a_calendar_entry_keeps_hard_words_whole() -> None:
    from rooms.programme.wire import PublicSession

    title = "Roads; lanes, \\paths\nand " + "长" * 60
    session = PublicSession(
        number=7,
        title={"zh": title},
        start_at=NOW,
        end_at=NOW + timedelta(hours=1),
        track="forum",
        format="training",
        mode="virtual",
    )
    lines = event(Entry("abc", session), _reader("zh"), "https://forum.example/zh/sessions").to_ical()
    made = type(event(Entry("abc", session), _reader("zh"), "")).from_ical(lines)
    assert all(len(line) <= 75 for line in lines.split(b"\r\n"))
    assert str(made["summary"]) == title
    assert str(made["uid"]) == "session-abc@majlis"
    assert b"SUMMARY;LANGUAGE=zh:Roads\\; lanes\\, \\\\paths\\nand" in lines
