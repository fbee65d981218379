"""The shape of a command and of a read: names, bodies and the functions behind them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from rooms.work import Work

Number = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
"""A whole number that both databases take (PostgreSQL's INTEGER); what it names may not exist."""

Id = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{0,64}$")]
"""A random id as rooms.work.new_id makes them; PostgreSQL takes no zero character, not even to find nothing."""

Scope = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_./-]{1,64}$")]
"""The name of a part of the forum, such as forum or room/7."""


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody sends; unknown fields are refused."""


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the sender is answered."""


class Done(Result, frozen=True):
    """Nothing to say but that it is done."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one person may: so many at once, then one more every so many seconds."""

    burst: int
    every_seconds: float


USUAL = Rate(burst=20, every_seconds=1.0)


@dataclass(frozen=True, slots=True)
class Command:
    """A request that changes something; one that is not stored only passes on fleeting events."""

    name: str
    summary: str
    sent: type[Sent]
    result: type[Result]
    action: Callable[[Work, Any], Awaitable[Result]]
    rate: Rate = USUAL
    stored: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    """A request that only looks; path is relative to /api/v1/, its {fields} and the query fill `sent`."""

    path: str
    summary: str
    sent: type[Sent]
    result: type[Result]
    action: Callable[[Work, Any], Awaitable[Result]]
