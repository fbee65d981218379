"""The six languages: texts from gettext catalogues; numbers, dates and names from CLDR."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Any, Literal

from babel import Locale, dates, lists, numbers
from markupsafe import Markup, escape

from server.messages import LOCALES, PLACEHOLDER, Catalogue, po_path, read_catalogue

LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
"""The United Nations' languages in the order of their English names."""
DEFAULT = "en"

_NAMES = {"ar": "العربية", "zh": "中文", "en": "English", "fr": "Français", "ru": "Русский", "es": "Español"}
_FORMATS = {"en": "en_GB"}
_DAYS = {
    "ar": "EEEE، d MMMM",
    "zh": "M月d日EEEE",
    "en": "EEEE d MMMM",
    "fr": "EEEE d MMMM",
    "ru": "EEEE, d MMMM",
    "es": "EEEE, d 'de' MMMM",
}
Unit = Literal["day", "hour", "minute", "second"]
_UNITS: tuple[tuple[Unit, int], ...] = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_NEVER = 1_000_000  # the share of a larger unit from which Babel would take that one instead
_SAMPLES = (*range(1001), 1_000_000)
_RANGES = 20
_QUALITY = re.compile(r"q=([01](?:\.\d{0,3})?)")

Zone = str | tzinfo


def N_(text: str) -> str:
    """Mark a text for the catalogues that is translated later."""
    return text


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language that pages are written in."""

    code: str
    name: str
    direction: str
    locale: Locale
    catalogue: Catalogue

    def gettext(self, text: str, /, **values: object) -> str:
        """Translate a text and fill its {placeholders}; whole numbers are written as the language writes them.

        Raises:
            KeyError: a placeholder has no value.
        """
        return self._fill(self.catalogue.form(text, 1) or text, values)

    def ngettext(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Translate a counted text in the form for n, which is also the value of {n}.

        Raises:
            KeyError: a placeholder has no value.
        """
        return self._fill(self.catalogue.form(one, n) or (one if n == 1 else many), {"n": n, **values})

    def markup(self, text: str, /, **values: object) -> Markup:
        """Translate a text into which markup is filled; the text itself and plain values are escaped.

        Raises:
            KeyError: a placeholder has no value.
        """
        filled = {name: escape(self._shown(value)) for name, value in values.items()}
        return Markup(self._fill(str(escape(self.catalogue.form(text, 1) or text)), filled))  # noqa: S704  # all escaped above

    def number(self, n: float) -> str:
        """Write a number, in Latin digits in every language, as the UN's own pages do."""
        return numbers.format_decimal(n, locale=self.locale)

    def percent(self, share: float) -> str:
        """Write a share of 1 in whole per cent."""
        return numbers.format_percent(share, locale=self.locale)

    def date(self, at: datetime, zone: Zone) -> str:
        """Write the date with its year, `12 April 2023`.

        Raises:
            LookupError: no such time zone.
        """
        return dates.format_date(_local(at, zone), "long", locale=self.locale)

    def day(self, at: datetime, zone: Zone) -> str:
        """Write the day of the week and of the month, `Wednesday 12 April`.

        Raises:
            LookupError: no such time zone.
        """
        return dates.format_date(_local(at, zone), _DAYS[self.code], locale=self.locale)

    def time(self, at: datetime, zone: Zone) -> str:
        """Write the time of day, `09:05`.

        Raises:
            LookupError: no such time zone.
        """
        return dates.format_time(_local(at, zone), "short", locale=self.locale)

    def moment(self, at: datetime, zone: Zone) -> str:
        """Write date and time, `12 Apr 2023, 09:05`.

        Raises:
            LookupError: no such time zone.
        """
        day = dates.format_date(_local(at, zone), "medium", locale=self.locale)
        pattern = str(dates.get_datetime_format("medium", locale=self.locale))
        return pattern.replace("{1}", day).replace("{0}", self.time(at, zone))

    def span(self, start_at: datetime, end_at: datetime, zone: Zone) -> str:
        """Write from when to when on one day, `09:00 – 10:30`.

        Raises:
            LookupError: no such time zone.
        """
        return f"{self.time(start_at, zone)} – {self.time(end_at, zone)}"

    def relative(self, at: datetime, now: datetime) -> str:
        """Write how long ago or ahead something is, in full units, `in 5 minutes`."""
        seconds = round((at - now).total_seconds())
        unit, size = next((item for item in _UNITS if abs(seconds) >= item[1]), _UNITS[-1])
        whole = timedelta(seconds=int(seconds / size) * size)
        return self._length(whole, unit, add_direction=True)

    def duration(self, seconds: float) -> str:
        """Write a length of time in hours and minutes, `1 hour 30 minutes`."""
        hours, minutes = divmod(round(seconds / 60), 60)
        parts: list[tuple[timedelta, Unit]] = [(timedelta(hours=hours), "hour")] if hours else []
        parts += [(timedelta(minutes=minutes), "minute")] if minutes or not hours else []
        return " ".join(self._length(part, unit) for part, unit in parts)

    def items(self, words: Iterable[str]) -> str:
        """Write a list, `A, B and C`."""
        return lists.format_list(list(words), locale=self.locale)

    def country(self, code: str) -> str:
        """Name a country by its ISO 3166 alpha-2 code; an unknown code stands for itself."""
        return str(self.locale.territories.get(code.upper(), code))

    def language_name(self, code: str) -> str:
        """Name a language by its BCP 47 code; an unknown code stands for itself."""
        return str(self.locale.languages.get(code.lower().partition("-")[0], code))

    def zone(self, zone: Zone, at: datetime) -> str:
        """Name a time zone by a city and its offset at that time, `Zurich (UTC+2)`.

        Raises:
            LookupError: no such time zone.
        """
        known = dates.get_timezone(zone)
        minutes = round((at.astimezone(known).utcoffset() or timedelta()).total_seconds() / 60)
        city = dates.get_timezone_location(known, locale=self.locale, return_city=True)
        return f"{city} (UTC{_offset(minutes)})"

    def words(self) -> dict[str, Any]:
        """Give a template its `_`, `_html`, `ngettext` and `language`; what they return is escaped but for `_html`."""
        return {"_": self.gettext, "_html": self.markup, "ngettext": self.ngettext, "language": self}

    def _length(self, length: timedelta, unit: Unit, add_direction: bool = False) -> str:
        return dates.format_timedelta(length, unit, _NEVER, add_direction, locale=self.locale)

    def _fill(self, text: str, values: Mapping[str, object]) -> str:
        return PLACEHOLDER.sub(lambda found: str(self._shown(values[found[1]])), text)

    def _shown(self, value: object) -> object:
        return self.number(value) if isinstance(value, int) and not isinstance(value, bool) else value


@cache
def language(code: str) -> Language:
    """Open one of LANGUAGES.

    Raises:
        LookupError: not one of them.
    """
    if code not in LANGUAGES:
        raise LookupError(f"no language {code}")
    locale = Locale.parse(_FORMATS.get(code, code))
    return Language(code, _NAMES[code], locale.text_direction, locale, read_catalogue(po_path(LOCALES, code)))


def languages() -> tuple[Language, ...]:
    """Open all languages, in their order."""
    return tuple(language(code) for code in LANGUAGES)


def negotiate(accept_language: str | None, cookie: str | None = None) -> str:
    """Choose a language: the one chosen before, else the first wished for that there is (RFC 9110, 12.5.4)."""
    if cookie in LANGUAGES:
        return str(cookie)
    wishes = [_wish(wish) for wish in (accept_language or "").split(",")[:_RANGES]]
    known = [(quality, code) for quality, code in wishes if code in LANGUAGES and quality > 0]
    return max(known, key=lambda wish: wish[0], default=(0.0, DEFAULT))[1]


def plural_indexes(code: str) -> dict[str, int]:
    """Map each of CLDR's categories to the catalogue's plural form, found by counting with both.

    Raises:
        ValueError: numbers of one category take different forms, so that no browser could choose.
    """
    spoken, found = language(code), dict[str, int]()
    for n in _SAMPLES:
        category, index = Locale.parse(code).plural_form(n), spoken.catalogue.plural(n)
        if found.setdefault(category, index) != index:
            raise ValueError(f"{code}: {n} is {category!r} but takes form {index}, not {found[category]}")
    return {**found, "other": found.get("other", max(found.values()))}


def browser_catalogue(code: str, modules: Iterable[str] | None = None) -> dict[str, Any]:
    """Give the strings of the browser: {"texts": {msgid: text or [forms]}, "plural": {category: index of form}}.

    `modules` (`static/js/room.js`, …) keeps those of some modules only. A text that is its own translation is left
    out, since the browser shows the msgid where it finds nothing.
    """
    catalogue, wanted = language(code).catalogue, None if modules is None else frozenset(modules)
    used = {text for text, files in catalogue.files.items() if _in_browser(files, wanted)}
    texts = {text: _for_browser(catalogue, text) for text in sorted(used)}
    own = {text: form for text, form in texts.items() if form != text and code != DEFAULT}
    return {"texts": own, "plural": plural_indexes(code)}


@lru_cache(maxsize=256)
def browser_strings(code: str, modules: tuple[str, ...] | None = None) -> Markup:
    """Write browser_catalogue() as JSON that may stand in `<script type="application/json" id="strings">`."""
    text = json.dumps(browser_catalogue(code, modules), ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704  # nothing can close the element any more


def _in_browser(files: frozenset[str], wanted: frozenset[str] | None) -> bool:
    return any(name.startswith("static/js/") for name in files) if wanted is None else not files.isdisjoint(wanted)


def _for_browser(catalogue: Catalogue, text: str) -> str | list[str]:
    forms = catalogue.forms[text]
    return list(forms) if text in catalogue.many else forms[0]


def _local(at: datetime, zone: Zone) -> datetime:
    return at.astimezone(dates.get_timezone(zone))


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}" if minutes else ""


def _wish(wish: str) -> tuple[float, str]:
    name, _, quality = wish.replace(" ", "").partition(";")
    weight = _QUALITY.fullmatch(quality or "q=1")
    return float(weight[1]) if weight else 0.0, name.lower().partition("-")[0]
