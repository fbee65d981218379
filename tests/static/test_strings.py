"""The strings are complete: all texts in all six languages, each with its plural forms, and none outside them."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

import hackathon
import rooms
from rooms.errors import REASONS
from server.catalogues import PLURALS, SOURCE, problems
from server.i18n import LANGUAGES, language
from server.messages import LOCALES

FORMS = {"ar": 6, "zh": 1, "en": 2, "fr": 2, "ru": 3, "es": 2}
TEMPLATES = sorted((SOURCE / "server/templates").rglob("*.html"))
SPOKEN = ("alt", "aria-label", "aria-description", "aria-roledescription", "placeholder", "title", "label")
NAMES = re.compile(r"\b(Majlis|UTC)\b|&\w+;")
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
SILENT = ("script", "style")


class Prose(HTMLParser):
    """Gather the words of a page that stand in its markup and not in a catalogue."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.words += [word for name, value in attrs if name in SPOKEN for word in _words(value or "")]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        self.words += [] if self.inside in SILENT else _words(data)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", NAMES.sub(" ", text))


def prose(template: str) -> list[str]:
    """Find words in a template's texts and in the attributes that are read out."""
    parser = Prose()
    parser.feed(JINJA.sub(" ", template))
    parser.close()
    return parser.words


def modules() -> Iterator[str]:
    for package in (rooms, hackathon):
        yield from (found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_translated_with_all_its_forms_and_placeholders(code: str) -> None:
    assert problems(code, SOURCE, LOCALES) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_language_has_exactly_its_plural_forms(code: str) -> None:
    catalogue = language(code).catalogue
    assert PLURALS[code][0] == FORMS[code]
    assert {catalogue.plural(n) for n in range(1001)} == set(range(FORMS[code]))
    assert {len(catalogue.forms[text]) for text in catalogue.many} <= {FORMS[code]}


def test_every_reason_for_refusing_is_in_the_catalogues() -> None:
    for name in modules():
        importlib.import_module(name)
    texts = {reason.text for reason in REASONS.values()}
    assert len(texts) > 10
    assert texts - set(language("en").catalogue.forms) == set()


def test_templates_say_nothing_outside_the_catalogues() -> None:
    found = {path.name: prose(path.read_text("utf-8")) for path in TEMPLATES}
    assert {name: words for name, words in found.items() if words} == {}


def test_prose_in_a_template_is_found() -> None:
    page = """<title>{{ _("Rooms") }} · Majlis</title><p class="note" {% if a > b %}hidden{% endif %}>Hello {# no #}
        <b>{{ name }}</b> &nbsp; 12:30</p><input placeholder="Search" value="x" aria-label="{{ _('Find') }}">
        <script>let words;</script><style>p { color: red }</style>you"""
    assert prose(page) == ["Hello", "Search", "you"]
