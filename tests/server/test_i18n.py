"""Texts, counts, numbers, dates and names in the six languages, and the browser saying the same."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from gettext import c2py
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, Environment
from markupsafe import Markup

from server import i18n
from server.catalogues import PLURALS
from server.i18n import LANGUAGES, Language, language, languages, negotiate
from server.messages import Catalogue, po_path
from tests.node import evaluate

MORNING = datetime(2023, 4, 12, 7, 5, tzinfo=UTC)
ZURICH = "Europe/Zurich"
I18N = Path(__file__).parents[2] / "static/js/lib/i18n.js"
FORMS = {"ar": 6, "zh": 1, "en": 2, "fr": 2, "ru": 3, "es": 2}
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals={plurals[0]}; plural={plurals[1]};\\n"

"""

Write = Callable[[str, str], Language]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Give a language a catalogue of the test's own."""

    def written(code: str, entries: str) -> Language:
        path = po_path(tmp_path, code)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER.format(plurals=PLURALS[code]) + entries, "utf-8")
        _forget()
        return language(code)

    monkeypatch.setattr(i18n, "LOCALES", tmp_path)
    yield written
    _forget()


def test_the_languages_stand_in_un_order_with_own_names_and_directions() -> None:
    assert [spoken.code for spoken in languages()] == ["ar", "zh", "en", "fr", "ru", "es"]
    assert [spoken.name for spoken in languages()] == ["العربية", "中文", "English", "Français", "Русский", "Español"]
    assert [spoken.direction for spoken in languages()] == ["rtl", "ltr", "ltr", "ltr", "ltr", "ltr"]


def test_another_language_is_refused() -> None:
    with pytest.raises(LookupError):
        language("../en")


@pytest.mark.parametrize(
    ("accepted", "cookie", "chosen"),
    [
        (None, None, "en"),
        ("", "xx", "en"),
        ("fr-CH, fr;q=0.9, en;q=0.8", None, "fr"),
        ("fr-CH, fr;q=0.9", "ru", "ru"),
        ("de, ZH-Hant-TW;q=0.7, es;q=0.6", None, "zh"),
        ("en;q=0.2, ar;q=0.900", None, "ar"),
        ("en;q=0.5,es; q=0.5", None, "en"),
        ("fr;q=0, ru;q=0.1", None, "ru"),
        ("fr;q=nan, es;q=1e9, ru;q=-1", None, "en"),
        ("*", None, "en"),
        (",;,;;q=1," * 50 + "fr", None, "en"),
        ("\x00\ud800", None, "en"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_most_wished_for(
    accepted: str | None, cookie: str | None, chosen: str
) -> None:
    assert negotiate(accepted, cookie) == chosen


def test_a_text_is_translated_and_its_placeholders_filled(write: Write) -> None:
    french = write("fr", 'msgid "{name} asks"\nmsgstr "Question de {name}"\n')
    assert french.gettext("{name} asks", name="Amina") == "Question de Amina"


def test_what_is_filled_in_is_never_filled_again(write: Write) -> None:
    spoken = write("fr", 'msgid "{a} and {b}"\nmsgstr "{b} et {a}"\n')
    assert spoken.gettext("{a} and {b}", a="{b}", b="{a.__class__}") == "{a.__class__} et {b}"


def test_a_placeholder_without_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        language("en").gettext("Hello {name}")


def test_whole_numbers_in_texts_follow_the_language(write: Write) -> None:
    german_like = write("es", 'msgid "at most {limit}"\nmsgstr "como máximo {limit}"\n')
    assert german_like.gettext("at most {limit}", limit=12_000) == "como máximo 12.000"


def test_a_text_without_or_with_doubtful_translation_stays_english(write: Write) -> None:
    russian = write("ru", 'msgid "Yes"\nmsgstr ""\n\n#, fuzzy\nmsgid "No"\nmsgstr "Да"\n')
    assert (russian.gettext("Yes"), russian.gettext("No"), russian.gettext("Never seen")) == ("Yes", "No", "Never seen")
    assert [russian.ngettext("{n} vote", "{n} votes", n) for n in (1, 2)] == ["1 vote", "2 votes"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_language_has_its_number_of_plural_forms(code: str) -> None:
    plural = c2py(PLURALS[code][1])
    assert {plural(n) for n in range(1001)} == set(range(FORMS[code]))


@pytest.mark.parametrize(
    ("code", "indexes"),
    [
        ("ar", {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 4, "other": 5}),
        ("zh", {"other": 0}),
        ("en", {"one": 0, "other": 1}),
        ("fr", {"one": 0, "many": 1, "other": 1}),
        ("ru", {"one": 0, "few": 1, "many": 2, "other": 2}),
        ("es", {"one": 0, "many": 1, "other": 1}),
    ],
)
def test_the_browsers_plural_map_is_the_catalogues_own(code: str, indexes: dict[str, int]) -> None:
    assert i18n.plural_indexes(code) == indexes


def test_the_plural_map_follows_a_catalogue_in_another_order(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLURALS, "fr", (2, "n < 2"))
    write("fr", "")
    assert i18n.plural_indexes("fr") == {"one": 1, "many": 0, "other": 0}


def test_a_plural_rule_that_no_browser_could_follow_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLURALS, "es", (2, "n > 5"))
    write("es", "")
    with pytest.raises(ValueError, match="es: 6 is 'other' but takes form 1, not 0"):
        i18n.plural_indexes("es")


def test_markup_keeps_markup_and_escapes_all_else(write: Write) -> None:
    french = write("fr", 'msgid "<{name}> & {tag}"\nmsgstr "«{tag}» & <{name}>"\n')
    shown = french.markup("<{name}> & {tag}", name=Markup("<bdi>A</bdi>"), tag="<script>")
    assert shown == Markup("«&lt;script&gt;» &amp; &lt;<bdi>A</bdi>&gt;")


def test_templates_escape_what_texts_return() -> None:
    pages = Environment(
        autoescape=True, loader=DictLoader({"page": '{{ _("{who} & co", who=who) }} {{ language.code }}'})
    )
    assert pages.get_template("page").render(language("en").words(), who="<b>") == "&lt;b&gt; &amp; co en"


def test_the_browser_gets_only_its_own_modules_texts(write: Write) -> None:
    entry = '#: {file}\nmsgid "{text}"\nmsgstr "{text}?"\n\n'
    files = {
        "Room": "static/js/room.js",
        "Desk": "static/js/desk.js server/pages/desk.py",
        "Page": "server/templates/a.html",
    }
    write("fr", "".join(entry.format(file=file, text=text) for text, file in files.items()))
    assert i18n.browser_catalogue("fr")["texts"] == {"Room": "Room?", "Desk": "Desk?"}
    assert i18n.browser_catalogue("fr", ["static/js/room.js"])["texts"] == {"Room": "Room?"}


def test_counted_texts_reach_the_browser_with_all_forms(write: Write) -> None:
    write("fr", '#: static/js/a.js\nmsgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\nmsgstr[1] "d"\n')
    assert i18n.browser_catalogue("fr")["texts"] == {"a": ["c", "d"]}


def test_no_text_can_close_the_element_that_carries_it(write: Write) -> None:
    write("fr", '#: static/js/a.js\nmsgid "a"\nmsgstr "</script><!--"\n')
    assert "<" not in i18n.browser_strings("fr")
    assert "\\u003c/script>" in i18n.browser_strings("fr")


def test_english_costs_the_browser_nothing() -> None:
    assert i18n.browser_catalogue("en")["texts"] == {}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (language("en").date(MORNING, ZURICH), "12 April 2023"),
        (language("fr").day(MORNING, ZURICH), "mercredi 12 avril"),
        (language("es").day(MORNING, ZURICH), "miércoles, 12 de abril"),
        (language("ar").time(MORNING, ZURICH), "9:05 ص"),
        (language("en").time(MORNING, ZURICH), "09:05"),
        (language("en").moment(MORNING, ZURICH), "12 Apr 2023, 09:05"),
        (language("en").span(MORNING, MORNING + timedelta(hours=1), ZURICH), "09:05 – 10:05"),
        (language("en").day(MORNING, "Pacific/Kiritimati"), "Wednesday 12 April"),
        (language("en").day(MORNING, "Pacific/Pago_Pago"), "Tuesday 11 April"),
        (language("en").zone(ZURICH, MORNING), "Zurich (UTC+2)"),
        (language("fr").zone("Asia/Kathmandu", MORNING), "Kathmandu (UTC+5:45)"),
        (language("en").zone("America/St_Johns", MORNING), "St John’s (UTC-2:30)"),
        (language("en").duration(5_400), "1 hour 30 minutes"),
        (language("ru").duration(2_700), "45 минут"),
        (language("en").duration(0), "0 minutes"),
        (language("ar").number(12_345), "12,345"),
        (language("fr").percent(0.25), "25\u202f%"),
        (language("es").items(["a", "b", "c"]), "a, b y c"),
        (language("ru").country("ch"), "Швейцария"),
        (language("zh").country("KE"), "肯尼亚"),
        (language("en").country("ZQ"), "ZQ"),
        (language("es").language_name("sw-KE"), "suajili"),
        (language("en").language_name("qqq"), "qqq"),
    ],
)
def test_dates_numbers_and_names_follow_the_language(shown: str, expected: str) -> None:
    assert shown.replace("\xa0", "\u202f") == expected


def test_an_unknown_time_zone_is_an_error() -> None:
    with pytest.raises(LookupError):
        language("en").time(MORNING, "Mars/Olympus")


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_browser_counts_as_the_server_does(code: str) -> None:
    forms = tuple(f"form {index} for {{n}}" for index in range(FORMS[code]))
    spoken = _with(code, {"one": forms}, {"one": "many"})
    strings = {"texts": {"one": list(forms)}, "plural": i18n.plural_indexes(code)}
    counted = _browser(
        code, strings, "Array.from({length: 201}, (_, n) => [tn('one', 'many', n), tn('x', 'y {n}', n)])"
    )
    assert [pair[0] for pair in counted] == [spoken.ngettext("one", "many", n) for n in range(201)]
    assert [pair[1] for pair in counted] == [spoken.ngettext("x", "y {n}", n) for n in range(201)]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_browser_writes_numbers_dates_and_lists_as_the_server_does(code: str) -> None:
    spoken, at = language(code), '"2023-04-12T07:05:00Z"'
    nows = [MORNING + timedelta(seconds=seconds) for seconds in (-1, -59, -90, -7_300, -200_000, 45, 3_599, 1_209_600)]
    code_js = f"""[formatNumber(1234567.5), formatDate({at}, "{ZURICH}"), formatDay({at}, "{ZURICH}"),
        formatTime({at}, "{ZURICH}"), formatList(["A", "B", "C"]),
        ...{[now.isoformat() for now in nows]}.map((now) => formatRelative({at}, now))]"""
    assert _spaces(_browser(code, {"texts": {}, "plural": {}}, code_js)) == _spaces(
        [
            spoken.number(1_234_567.5),
            spoken.date(MORNING, ZURICH),
            spoken.day(MORNING, ZURICH),
            spoken.time(MORNING, ZURICH),
            spoken.items(["A", "B", "C"]),
            *(spoken.relative(MORNING, now) for now in nows),
        ]
    )


def test_the_browser_fills_placeholders_as_the_server_does() -> None:
    spoken = _with("es", {"{a} and {b}": ("{b} y {a}",), "x": ("uno", "{n} votos")}, {"x": "y"})
    strings = {"texts": {"{a} and {b}": "{b} y {a}", "x": ["uno", "{n} votos"]}, "plural": i18n.plural_indexes("es")}
    code_js = (
        "[t('{a} and {b}', {a: '{b}', b: 12000}), t('x'), tn('x', 'y', 12000), t('constructor'), t('Say {a}', {a: ''})]"
    )
    assert _browser("es", strings, code_js) == [
        spoken.gettext("{a} and {b}", a="{b}", b=12_000),
        spoken.gettext("x"),
        spoken.ngettext("x", "y", 12_000),
        "constructor",
        "Say ",
    ]


def test_the_browser_shows_times_in_the_pages_zone() -> None:
    assert _browser("en", {"texts": {}, "plural": {}}, 'formatTime("2023-04-12T07:05:00Z")', "Asia/Tokyo") == "16:05"


def test_a_page_without_strings_shows_english() -> None:
    assert _browser("fr", None, "[t('Hello {who}', {who: 'you'}), tn('{n} vote', '{n} votes', 2)]") == [
        "Hello you",
        "2 votes",
    ]


def _browser(code: str, strings: dict[str, Any] | None, expression: str, zone: str = "UTC") -> Any:
    carried = "null" if strings is None else "({textContent: " + json.dumps(json.dumps(strings)) + "})"
    return evaluate(
        f"""globalThis.document = {{
            documentElement: {{lang: "{code}", dataset: {{zone: "{zone}"}}}}, getElementById: () => {carried}}};
        const {{t, tn, formatNumber, formatDate, formatDay, formatTime, formatRelative, formatList}} =
            await import("{I18N.as_uri()}");
        console.log(JSON.stringify({expression}));""",
        I18N.parent,
    )


def _with(code: str, forms: dict[str, tuple[str, ...]], many: dict[str, str]) -> Language:
    return replace(language(code), catalogue=Catalogue(forms, many, language(code).catalogue.plural, {}))


def _spaces(texts: list[str]) -> list[str]:
    return [text.replace("\u202f", " ").replace("\xa0", " ") for text in texts]


def _forget() -> None:
    language.cache_clear()
    i18n.browser_strings.cache_clear()
