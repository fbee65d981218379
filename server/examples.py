"""Examples of what travels on the wire, made from the types that check it."""

from collections.abc import Callable
from typing import Any

from msgspec import inspect

AT = "2023-04-12T09:30:00Z"
LATER = "2023-04-12T10:30:00Z"
ID = "k3JfA9x2LqE"

TEXTS: dict[str, str] = {
    **dict.fromkeys(("announcement", "cluster", "device", "id", "insight", "seat", "sender", "to", "want"), ID),
    "message": ID,
    "question": ID,
    "votes": ID,
    "text": "Who keeps the network running?",
    "name": "Amina Diallo",
    "reaction": "👏",
    "scope": "room/7",
    "why": "off_topic",
    "features": "questions",
    "key": "knowledge-cafes",
    "track": "knowledge-cafes",
    "format": "knowledge-cafe",
    "mode": "virtual",
    "zone": "Europe/Zurich",
}
LIKELY = ("pending", "open", "moderator", "silenced")
NUMBERS: dict[str, int] = {
    "by": 2,
    "count": 41,
    "id": 2,
    "minutes": 60,
    "number": 12,
    "person": 2,
    "room": 7,
    "votes": 3,
}
WHOLE: dict[str, Any] = {
    "reactions": {ID: {"👏": 3}},
    "scores": {ID: 3},
    "read_to": {"7": 12},
    "texts": {"en": "We begin in five minutes.", "fr": "Nous commençons dans cinq minutes."},
    "title": {"en": "Knowledge Café: the last mile"},
    "name": {"en": "WSIS Forum 2023"},
    "theme": {"en": "WSIS Action Lines for building back better"},
    "place": {"en": "Geneva, Switzerland"},
}
ALSO_SHOWN = frozenset({"reactions", "scores", "read_to", "votes"})
"""Optional fields that make an example clearer."""


def example(of: Any, name: str = "") -> Any:
    """Make an example of a type in builtin values; `name` is the field's it stands in."""
    return _of(inspect.type_info(of), name)


def _of(info: inspect.Type, name: str) -> Any:
    if isinstance(info, inspect.DictType | inspect.ListType | inspect.VarTupleType) and name in WHOLE:
        return WHOLE[name]
    make = _MAKERS.get(type(info))
    if make is None:
        raise TypeError(f"no example for {name}: {info}")
    return make(info, name)


def _struct(info: inspect.StructType, name: str) -> dict[str, Any]:
    tag = {info.tag_field: info.tag} if info.tag_field else {}
    return tag | {field.encode_name: _of(field.type, field.encode_name) for field in info.fields if _is_shown(field)}


def _is_shown(field: inspect.Field) -> bool:
    return field.required or field.name in ALSO_SHOWN or holds_struct(field.type)


def holds_struct(info: inspect.Type) -> bool:
    """Tell whether a type is a Struct, or a list of some."""
    inner = getattr(info, "item_type", None)
    return isinstance(info, inspect.StructType) or (inner is not None and holds_struct(inner))


def _union(info: inspect.UnionType, name: str) -> Any:
    return _of(next(each for each in info.types if not isinstance(each, inspect.NoneType)), name)


_MAKERS: dict[type[inspect.Type], Callable[[Any, str], Any]] = {
    inspect.StructType: _struct,
    inspect.UnionType: _union,
    inspect.StrType: lambda info, name: TEXTS.get(name, "…"),
    inspect.IntType: lambda info, name: NUMBERS.get(name, 1),
    inspect.FloatType: lambda info, name: 1.5,
    inspect.BoolType: lambda info, name: True,
    inspect.DateTimeType: lambda info, name: LATER if name in ("end_at", "expires_at") else AT,
    inspect.LiteralType: lambda info, name: next((each for each in LIKELY if each in info.values), info.values[0]),
    inspect.ListType: lambda info, name: [_of(info.item_type, name)],
    inspect.VarTupleType: lambda info, name: [_of(info.item_type, name)],
    inspect.DictType: lambda info, name: {"en": _of(info.value_type, name)},
}
