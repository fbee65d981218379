"""The one tree of refusals: what may be refused, each with a stable code."""

from dataclasses import dataclass
from typing import Any


class Refused(Exception):
    """Say that a command was refused and changed nothing."""

    def __init__(self, reason: "Reason", values: dict[str, Any], retry_after_ms: int | None) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.values = values
        self.retry_after_ms = retry_after_ms

    @property
    def code(self) -> str:
        return self.reason.code


@dataclass(frozen=True, slots=True)
class Reason:
    """A kind of refusal: its stable code, its HTTP status, and an English text that the catalogues translate."""

    code: str
    status: int
    text: str

    def __call__(self, *, retry_after_ms: int | None = None, **values: Any) -> Refused:
        return Refused(self, values, retry_after_ms)


REASONS: dict[str, Reason] = {}


def reason(code: str, status: int, text: str) -> Reason:
    """Declare a reason for refusing.

    Raises:
        ValueError: the code is taken.
    """
    if code in REASONS:
        raise ValueError(f"reason {code} is declared twice")
    return REASONS.setdefault(code, Reason(code, status, text))


CLASHED = reason("row.changed", 409, "Somebody else changed this a moment ago. Look again and repeat if it still fits.")
EMPTY = reason("text.empty", 422, "Please write something first.")
TOO_LONG = reason("text.too_long", 422, "This is too long: {length} of at most {limit} characters.")
CONTROL = reason("text.control", 422, "The text contains invisible characters that change its direction or meaning.")
MARKS = reason("text.marks", 422, "The text stacks too many accents on one letter.")
