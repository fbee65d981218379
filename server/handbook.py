"""The pages of docs/ that list what there is, written from the tables."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from pydantic_core import PydanticUndefined

from rooms.commands import Command, Read
from server import features, shapes
from server.connection import BYES
from server.examples import example
from server.settings import Settings

NOTE = "<!-- Written by `python -m server.documents write`; change the code, not this page. -->\n"
KEPT_WHERE = "The shapes of what stands inside other things are in [shapes.md](shapes.md)."


def pages() -> dict[str, str]:
    """Write every generated page, by file name."""
    return {name: NOTE + "\n" + write() for name, write in _PAGES.items()}


def table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """Write a table."""
    rows = [tuple(heads), *(tuple(line) for line in lines)]
    rule = tuple("---" for _ in rows[0])
    return "".join("| " + " | ".join(map(_cell, row)) + " |\n" for row in (rows[0], rule, *rows[1:]))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def code(value: Any) -> str:
    """Write an example."""
    return f"```json\n{json.dumps(value, ensure_ascii=False)}\n```\n"


def _fields(struct: type[msgspec.Struct], without: Iterable[str] = ()) -> str:
    rows = [row for row in shapes.rows(struct) if row.name not in without]
    if not rows:
        return "No fields.\n"
    lines = ((f"`{row.name}`", row.type, "yes" if row.needed else f"no: `{row.default}`") for row in rows)
    return table(("field", "type", "needed"), lines)


def commands() -> str:
    """List the commands and the reads."""
    parts = [
        "# Commands and reads\n",
        'Send a command on the socket as `{"do": NAME, "ref": REF, "with": BODY}`, or as `POST /api/v1/NAME` with the '
        f"body and `Idempotency-Key: REF`. How that works: [protocol.md](protocol.md). {KEPT_WHERE}\n",
    ]
    for noun, members in _grouped(features.COMMANDS.values()).items():
        parts += [f"## {noun}\n", *(_command(member) for member in members)]
    parts += ["## Reads\n", "`GET /api/v1/…`; visitors may read what is public.\n"]
    return "\n".join([*parts, *(_read(read) for read in features.READS)])


def _grouped(found: Iterable[Command]) -> dict[str, list[Command]]:
    groups: dict[str, list[Command]] = defaultdict(list)
    for command in found:
        groups[command.name.partition(".")[0]].append(command)
    return dict(sorted(groups.items()))


def _command(command: Command) -> str:
    rate = command.rate
    often = f"At most {rate.burst} at once, then one more every {rate.every_seconds:g} s."
    answer = f"Answer: `{shapes.name_of(command.result)}`, such as `{_short(command.result)}`."
    body = f"{_fields(command.sent)}\n{code(example(command.sent))}"
    return f"### {command.name}\n\n{command.summary} {often}\n\n{body}\n{answer}\n"


def _short(struct: type[msgspec.Struct]) -> str:
    return json.dumps(example(struct), ensure_ascii=False)


def _read(read: Read) -> str:
    answer = f"Answer: `{shapes.name_of(read.result)}`."
    return f"### GET {read.path}\n\n{read.summary}\n\n{_fields(read.sent)}\n{answer}\n"


def events() -> str:
    """List the streams and the events."""
    kept = "".join(f"- **{name}**: {words}.\n" for name, words in shapes.KEPT.items())
    parts = [
        "# Streams and events\n",
        f"Each stream has one audience and its own numbers. {KEPT_WHERE}\n",
        table(("stream", "for", "state"), (_stream(stream) for stream in shapes.streams())),
        "How an event is kept:\n",
        kept,
    ]
    return "\n".join([*parts, *(_event(name, event) for name, event in sorted(features.EVENTS.items()))])


def _stream(stream: shapes.FollowedStream) -> tuple[str, str, str]:
    return f"`{stream.template}`", shapes.summary(stream.audience), f"`{shapes.name_of(stream.state)}`"


def _event(name: str, event: Any) -> str:
    about = f"For {shapes.audience(event)}; {shapes.kept(event)}."
    return f"## {name}\n\n{shapes.summary(event)} {about}\n\n{_fields(event)}\n{code(example(event))}"


def shapes_page() -> str:
    """List the shapes that stand inside others."""
    head = "# Shapes\n\nWhat stands inside answers, states and events. Fields that hold their default are left out.\n"
    answers = dict.fromkeys(command.result for command in features.COMMANDS.values())
    found = sorted({*shapes.parts(), *answers, *(read.result for read in features.READS)}, key=shapes.name_of)
    return "\n".join([head, *(_shape(struct) for struct in found)])


def _shape(struct: type[msgspec.Struct]) -> str:
    return f"## {shapes.name_of(struct)}\n\n{shapes.summary(struct)}\n\n{_fields(struct)}"


def errors() -> str:
    """List the reasons for refusing, and the reasons for ending a connection."""
    reasons = ((f"`{each.code}`", str(each.status), each.text) for each in shapes.reasons())
    byes = ((f"`{name}`", str(number), _again(number), str(wait)) for name, (number, wait) in BYES.items())
    return "\n".join(
        [
            "# Errors\n",
            "Codes are stable; texts are translated into the reader's language. The status is that of the HTTP answer; "
            "on the socket the code comes in a `no` frame.\n",
            table(("code", "status", "text"), reasons),
            "## Ends of a connection\n",
            "The last frame is `bye` with one of these, then the socket closes.\n",
            table(("bye", "close code", "come back", "after ms"), byes),
        ]
    )


def _again(number: int) -> str:
    return "yes, a random time later" if number < 4500 else "no"


def settings() -> str:
    """List the settings."""
    lines = (
        (f"`MAJLIS_{name.upper()}`", _default(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    )
    return "\n".join(
        [
            "# Settings\n",
            "Set them as environment variables, or in a file `.env` where the server starts.\n",
            table(("variable", "default", "what it does"), lines),
        ]
    )


def _default(value: Any) -> str:
    if value is PydanticUndefined or str(value) == "":
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


_PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "errors.md": errors,
    "events.md": events,
    "settings.md": settings,
    "shapes.md": shapes_page,
}
