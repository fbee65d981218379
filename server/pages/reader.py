"""Who reads a page: their language, their time zone and the moment, and how things are written for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from babel.dates import format_date
from markupsafe import Markup

from rooms.programme.rules import Phase, phase
from rooms.programme.wire import PublicSession
from server.i18n import DEFAULT, Language
from server.pages.names import english
from server.pages.zones import OFFERED

TEXT_LANGUAGES = (DEFAULT, "fr", "es", "ar", "ru", "zh")
"""Which of a thing's texts is shown when the reader's language is not among them."""


class Spanning(Protocol):
    """Whatever has a beginning and an end."""

    @property
    def start_at(self) -> datetime: ...

    @property
    def end_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader at one moment; viewer_zone is "" for one who goes by the forum's zone."""

    language: Language
    now: datetime
    zone: str = "UTC"
    viewer_zone: str = ""

    def chosen(self, texts: Mapping[str, str]) -> tuple[str, str]:
        """Choose one of several texts; gives its language and itself, both empty when there is none."""
        order = (self.language.code, *TEXT_LANGUAGES, *texts)
        return next(((code, texts[code]) for code in order if texts.get(code)), ("", ""))

    def text(self, texts: Mapping[str, str]) -> str:
        """Choose the text that this reader understands best."""
        return self.chosen(texts)[1]

    def written(self, texts: Mapping[str, str]) -> Markup:
        """Choose a text and mark its language and direction where they are not the page's."""
        code, text = self.chosen(texts)
        if code in ("", self.language.code):
            return Markup("{}").format(text)
        return Markup('<span lang="{}" dir="auto">{}</span>').format(code, text)

    def named(self, kind: str, key: object) -> str:
        """Name a code of server.pages.names."""
        return self.language.gettext(english(kind, key))

    def phase(self, session: PublicSession) -> Phase:
        """Tell whether a session is live, next or over."""
        return phase(session, self.now)  # type: ignore[arg-type]  # the rule reads only the two times

    def span(self, item: Spanning) -> Markup:
        """Write from when to when in the forum's zone."""
        return self._span(item, self.zone)

    def viewer_span(self, item: Spanning) -> Markup:
        """Write from when to when in the reader's own zone, with the day where it is another one; may be empty."""
        if not self.differs(item.start_at):
            return Markup()
        days = [item.start_at.astimezone(ZoneInfo(zone)).date() for zone in (self.zone, self.viewer_zone)]
        day = Markup() if days[0] == days[1] else self._time(item.start_at, self.day(item.start_at, self.viewer_zone))
        return Markup(" ").join(filter(None, (day, self._span(item, self.viewer_zone))))

    def differs(self, at: datetime) -> bool:
        """Tell whether the reader's clock shows another time than the forum's."""
        if not self.viewer_zone:
            return False
        return at.astimezone(ZoneInfo(self.zone)).utcoffset() != at.astimezone(ZoneInfo(self.viewer_zone)).utcoffset()

    def day(self, at: datetime, zone: str) -> str:
        """Write the day, with its year when that is not the present one."""
        same = at.astimezone(ZoneInfo(zone)).year == self.now.astimezone(ZoneInfo(zone)).year
        return self.language.day(at, zone) if same else self.language.date(at, zone)

    def weekday(self, at: datetime, zone: str) -> str:
        """Write the whole date with its day of the week, `Wednesday 12 April 2023`."""
        return format_date(at.astimezone(ZoneInfo(zone)), "full", locale=self.language.locale)

    def language_names(self, session: PublicSession) -> list[str]:
        """Name the languages that a session is held in."""
        return [self.language.language_name(code) for code in session.languages]

    def countdown(self, at: datetime) -> Markup:
        """Write how far off a moment is; the browser keeps it up to date."""
        return Markup('<time datetime="{}" data-countdown>{}</time>').format(
            iso(at), self.language.relative(at, self.now)
        )

    def zones(self) -> list[tuple[str, str]]:
        """List the zones to choose from, each with its name, from west to east."""
        names = sorted({*OFFERED, self.zone, *filter(None, (self.viewer_zone,))}, key=self._offset)
        return [(name, self.language.zone(name, self.now)) for name in names]

    def _offset(self, name: str) -> tuple[float, str]:
        offset = self.now.astimezone(ZoneInfo(name)).utcoffset()
        return (offset.total_seconds() if offset else 0.0, name)

    def _span(self, item: Spanning, zone: str) -> Markup:
        ends = (self._time(at, self.language.time(at, zone)) for at in (item.start_at, item.end_at))
        return Markup('<bdi class="span">{}–{}</bdi>').format(*ends)

    def _time(self, at: datetime, words: str) -> Markup:
        return Markup('<time datetime="{}">{}</time>').format(iso(at), words)


def iso(at: datetime) -> str:
    """Write a moment for machines, as on the wire: UTC with milliseconds and Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_web(address: str) -> bool:
    """Tell whether an address may stand in a link: http and https only, since programmes are brought in from files."""
    return address.startswith(("https://", "http://"))


def initials(name: str) -> str:
    """Give the one or two letters that stand for a name; one for scripts that are not spaced."""
    words = [word for word in name.split() if word[0].isalpha()]
    first = words[0][0] if words else "•"
    last = words[-1][0] if len(words) > 1 else ""
    return (first + last).upper()
