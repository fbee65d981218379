"""Everything on the wire as lists and JSON Schemas: what the documents are made from."""

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec
from msgspec import inspect

import server
from rooms.commands import Sent
from rooms.errors import REASONS, Reason
from rooms.snapshot import STREAMS
from rooms.streams import Audience, Blanked, audience_of
from server import features
from server.examples import holds_struct

SCHEMAS = "#/components/schemas/"
REF_PATTERN = "^[A-Za-z0-9_-]{1,64}$"
NOT_IMPORTED = frozenset({"__main__", "demo", "migrations"})


@dataclass(frozen=True, slots=True)
class FollowedStream:
    """A stream that somebody outside may follow."""

    template: str
    audience: type[Audience]
    state: type[msgspec.Struct]

    @property
    def fields(self) -> list[str]:
        """The ids in its name, such as room."""
        return path_fields(self.template)

    @property
    def sample(self) -> str:
        """A name that fits."""
        return self.template.format(room=7, person=2, seat="AAAAAAAAAAA")


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a Struct in words."""

    name: str
    type: str
    needed: bool
    default: str


@functools.cache
def streams() -> tuple[FollowedStream, ...]:
    """List the streams that can be followed."""
    return tuple(
        FollowedStream(template, make(*[1] * pattern.groups).audience, get_type_hints(show)["return"])
        for template, pattern, make, show in STREAMS
    )


@functools.cache
def reasons() -> tuple[Reason, ...]:
    """List every reason for refusing, in order of code; all of the server is imported first, so that none is missed."""
    for module in pkgutil.iter_modules(server.__path__, "server."):
        if module.name.rpartition(".")[2] not in NOT_IMPORTED:
            importlib.import_module(module.name)
    return tuple(sorted(REASONS.values(), key=lambda reason: reason.code))


def top_level() -> list[type[msgspec.Struct]]:
    """List the Structs that travel by themselves; bodies of reads are left out, since they travel as parameters."""
    commands = features.COMMANDS.values()
    found: list[type[msgspec.Struct]] = [command.sent for command in commands]
    found += [command.result for command in commands]
    found += [read.result for read in features.READS] + [stream.state for stream in streams()]
    return list(dict.fromkeys([*found, *features.EVENTS.values()]))


@functools.cache
def components() -> dict[str, Any]:
    """Give the JSON Schema of every Struct by name, for use under components/schemas."""
    _, found = msgspec.json.schema_components(top_level(), ref_template=SCHEMAS + "{name}")
    # By way of JSON, since defaults are tuples still.
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))
    return dict(sorted(plain.items()))


@functools.cache
def name_of(struct: type[msgspec.Struct]) -> str:
    """Give a Struct's name among the components."""
    (schema,), _ = msgspec.json.schema_components([struct], ref_template="{name}")
    name = str(schema["$ref"])
    if name not in components():
        raise LookupError(f"{name} is not documented")
    return name


def ref_to(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Refer to a Struct's schema."""
    return {"$ref": SCHEMAS + name_of(struct)}


def parts() -> list[type[msgspec.Struct]]:
    """List the Structs that travel inside others, and the states, in order of name."""
    found: dict[type[msgspec.Struct], None] = {stream.state: None for stream in streams()}
    for struct in top_level():
        found |= dict.fromkeys(_inside(inspect.type_info(struct)))
    return sorted(found, key=lambda struct: struct.__name__)


def _inside(info: inspect.Type) -> Iterable[type[msgspec.Struct]]:
    for field in getattr(info, "fields", ()):
        inner = field.type
        while not isinstance(inner, inspect.StructType) and holds_struct(inner):
            inner = inner.item_type
        if isinstance(inner, inspect.StructType):
            yield inner.cls
            yield from _inside(inner)


def rows(struct: type[msgspec.Struct]) -> list[Row]:
    """List a Struct's fields in words."""
    info = inspect.type_info(struct)
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    return [Row(field.encode_name, in_words(field.type), field.required, _default(field)) for field in fields]


def _default(field: inspect.Field) -> str:
    if field.required:
        return ""
    value = {} if field.default is msgspec.NODEFAULT else field.default
    return msgspec.json.encode(value).decode()


def in_words(info: inspect.Type) -> str:
    """Say in plain words what a type holds."""
    return _WORDS[type(info)](info)


def _either(info: inspect.UnionType) -> str:
    return " or ".join(in_words(each) for each in info.types)


_WORDS: dict[type[inspect.Type], Callable[[Any], str]] = {
    inspect.StructType: lambda info: info.cls.__name__,
    inspect.UnionType: _either,
    inspect.NoneType: lambda info: "nothing",
    inspect.StrType: lambda info: "text",
    inspect.IntType: lambda info: "whole number",
    inspect.FloatType: lambda info: "number",
    inspect.BoolType: lambda info: "true or false",
    inspect.DateTimeType: lambda info: "time",
    inspect.LiteralType: lambda info: "one of " + ", ".join(info.values),
    inspect.ListType: lambda info: f"list of {in_words(info.item_type)}",
    inspect.VarTupleType: lambda info: f"list of {in_words(info.item_type)}",
    inspect.DictType: lambda info: f"{in_words(info.value_type)} by {in_words(info.key_type)}",
}


def kept(event: type[msgspec.Struct]) -> str:
    """Say how an event is kept: Logged, Latest or Fleeting."""
    return next(parent.__name__ for parent in event.__mro__ if parent.__name__ in KEPT)


KEPT = {
    "Logged": "numbered, journaled and replayed",
    "Latest": "an absolute value; only the newest counts, told about once a second at most",
    "Fleeting": "told once, never stored",
}


def audience(event: Any) -> str:
    """Name an event's audience."""
    return audience_of(event).__name__


def summary(of: Any) -> str:
    """Give the first line of a docstring."""
    return str(of.__doc__).strip().splitlines()[0]


def path_fields(path: str) -> list[str]:
    """List the {fields} of a path."""
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def dotted(path: str) -> str:
    """Name a path without its {fields}, such as room.moderators."""
    return ".".join(part for part in path.split("/") if not part.startswith("{"))


def schema_of(sent: type[Sent]) -> dict[str, Any]:
    """Give the JSON Schema of a read's fields, none of which holds a Struct."""
    (_,), found = msgspec.json.schema_components([sent])
    return dict(found[sent.__name__])


def events_for(stream: FollowedStream) -> list[type[msgspec.Struct]]:
    """List the events that a stream's audience may be told, and the one that stands for words taken back."""
    events = features.EVENTS.values()
    return [event for event in events if audience_of(event) is stream.audience or event is Blanked]


def outside_events() -> dict[str, type[Any]]:
    """List the events that somebody outside may be told, by name; servers' own are not among them."""
    followed = {stream.audience for stream in streams()}
    return {name: event for name, event in sorted(features.EVENTS.items()) if audience_of(event) in followed}
