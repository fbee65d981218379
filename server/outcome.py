"""The outcome of a session as a document: built once, written as Markdown, as JSON and as CSV."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from rooms.cafe.wire import RoundPlan
from rooms.commands import Result
from rooms.harvest.wire import Harvest, PublicInsight
from rooms.programme.wire import PublicSession
from server.pages.reader import Reader

FORMAT = "majlis.outcome/1"


class Round(Result, frozen=True, omit_defaults=False):
    """A round of the café: its number from 1 and its question."""

    number: int
    question: str


class Found(Result, frozen=True, omit_defaults=False):
    """An insight; goal 0, round 0, and empty texts are none."""

    text: str
    votes: int
    action_line: str
    goal: int
    round: int
    table: str
    at: datetime


class Group(Result, frozen=True, omit_defaults=False):
    """A cluster with its insights in the hosts' order; the one without a title holds what is in none."""

    title: str
    insights: tuple[Found, ...]


class Outcome(Result, frozen=True, omit_defaults=False):
    """What a session has gathered; it names tables, never people."""

    format: str
    language: str
    forum: str
    session: int
    title: str
    start_at: datetime
    end_at: datetime
    people: int
    countries: tuple[str, ...]
    rounds: tuple[Round, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What an outcome is made of; tables are names by id."""

    session: PublicSession
    harvest: Harvest
    rounds: tuple[RoundPlan, ...]
    tables: Mapping[int, str]
    people: int
    countries: tuple[str, ...]


def grouped(harvest: Harvest) -> list[tuple[str, str, list[PublicInsight]]]:
    """Put insights under their clusters, by id and title, in order; last, without either, those that are in none."""
    standing = {each.id for each in harvest.clusters}
    headings = [*((each.id, each.title) for each in harvest.clusters), ("", "")]
    return [
        (id_, title, [each for each in harvest.insights if (each.cluster if each.cluster in standing else "") == id_])
        for id_, title in headings
    ]


def outcome(gathered: Gathered, forum: str, reader: Reader) -> Outcome:
    """Write down what a session has gathered, in a reader's language where there are several."""
    session, harvest = gathered.session, gathered.harvest
    groups = [
        Group(title=title, insights=tuple(_found(gathered, each) for each in insights))
        for id_, title, insights in grouped(harvest)
        if id_ or insights
    ]
    return Outcome(
        format=FORMAT,
        language=reader.language.code,
        forum=forum,
        session=session.number,
        title=reader.text(session.title),
        start_at=session.start_at,
        end_at=session.end_at,
        people=gathered.people,
        countries=gathered.countries,
        rounds=tuple(Round(number=n, question=reader.text(each.question)) for n, each in enumerate(gathered.rounds, 1)),
        groups=tuple(groups),
    )


def _found(gathered: Gathered, insight: PublicInsight) -> Found:
    return Found(
        text=insight.text,
        votes=gathered.harvest.votes.get(insight.id, 0),
        action_line=insight.action_line,
        goal=insight.goal,
        round=insight.round,
        table=gathered.tables.get(insight.table or 0, ""),
        at=insight.at,
    )


_MARKS = re.compile(r"([\\`*_\[\]{}<>|~&#$])")
_STARTS = re.compile(r"(?m)^(\s*\d*)([-+=.)])")
_LINKS = re.compile(r"(?i)(:)(?=//)|(?<=www)(\.)")


def escaped(text: str) -> str:
    """Write what people wrote as Markdown that means nothing but its letters (CommonMark 0.31, 2.4; GFM 6.9)."""
    plain = _LINKS.sub(r"\\\1\2", _MARKS.sub(r"\\\1", text))
    return _STARTS.sub(r"\1\\\2", plain)


def markdown(document: Outcome, reader: Reader) -> str:
    """Write a document as Markdown."""
    _, ngettext = reader.language.gettext, reader.language.ngettext
    lines = [f"# {_('Outcome')}: {_line(document.title)}", "", *(f"- {each}" for each in _facts(document, reader))]
    if document.rounds:
        lines += ["", f"## {_('Questions of the rounds')}", ""]
        lines += [f"{each.number}. {_line(each.question)}" for each in document.rounds]
    for group in document.groups:
        lines += ["", f"## {_line(group.title) or _('Not in a cluster')}", ""]
        for each in group.insights:
            notes = [ngettext("{n} vote", "{n} votes", each.votes), *_tags(each, reader)]
            lines.append(f"- {_indented(each.text)} — {' · '.join(_line(note) for note in notes)}")
    return "\n".join(lines) + "\n"


def _facts(document: Outcome, reader: Reader) -> list[str]:
    _, ngettext = reader.language.gettext, reader.language.ngettext
    at = f"{reader.weekday(document.start_at, reader.zone)}, {reader.language.zone(reader.zone, document.start_at)}"
    facts = [_line(document.forum), _line(_("Session {n}", n=document.session)), _line(at)]
    if document.people:
        people = ngettext("{n} person at the tables", "{n} people at the tables", document.people)
        names = reader.language.items(reader.language.country(code) for code in document.countries)
        facts.append(_line(f"{people}: {names}" if names else people))
    return [fact for fact in facts if fact]


def _tags(insight: Found, reader: Reader) -> list[str]:
    _ = reader.language.gettext
    return [
        *([f"{insight.action_line} {reader.named('line', insight.action_line)}"] if insight.action_line else []),
        *([f"{_('SDG {n}', n=insight.goal)} {reader.named('sdg', insight.goal)}"] if insight.goal else []),
        *([_("Round {n}", n=insight.round)] if insight.round else []),
        *([insight.table] if insight.table else []),
    ]


def _line(text: str) -> str:
    return escaped(" ".join(text.split()))


def _indented(text: str) -> str:
    """Keep the lines of a text within its item of a list."""
    return "\\\n  ".join(line for line in escaped(text).split("\n") if line.strip())


FORMULAS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), wide forms included."""


def safe(cell: object) -> object:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell


def table(document: Outcome, reader: Reader) -> str:
    """Write a document's insights as CSV with a byte order mark, by which spreadsheets know UTF-8 (RFC 4180)."""
    _ = reader.language.gettext
    head = [_("Cluster"), _("Insight"), _("Votes"), _("Action line"), "", _("SDG"), "", _("Round"), _("Table")]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in row] for row in [head, *_rows(document, reader)])
    return "\ufeff" + file.getvalue()


def _rows(document: Outcome, reader: Reader) -> Iterable[Sequence[object]]:
    for group in document.groups:
        for each in group.insights:
            line = reader.named("line", each.action_line) if each.action_line else ""
            goal = reader.named("sdg", each.goal) if each.goal else ""
            tags = [each.action_line, line, each.goal or "", goal, each.round or "", each.table]
            yield [group.title, each.text, each.votes, *tags]


def json(document: Outcome, reader: Reader) -> str:
    """Write a document as JSON, as docs/outcome.schema.json says."""
    return msgspec.json.format(msgspec.json.encode(document)).decode() + "\n"


def schema() -> dict[str, Any]:
    """Describe the document in JSON Schema."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Outcome)}


WRITERS: dict[str, tuple[str, Callable[[Outcome, Reader], str]]] = {
    "md": ("text/markdown", markdown),
    "json": ("application/json", json),
    "csv": ("text/csv", table),
}
"""How each kind of file is written, and its media type."""
