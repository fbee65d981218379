"""What an insight may hold, and who may still change it."""

from datetime import datetime, timedelta
from typing import Literal

from rooms.errors import reason
from rooms.programme.rules import ACTION_LINES, SDGS

UNKNOWN = reason("insight.unknown", 404, "There is no such insight.")
NOT_CAPTURED = reason("harvest.not_captured", 409, "This café keeps no record: what was said stays at the table.")
NOT_HERE = reason("harvest.not_here", 409, "Insights are gathered in the session's own room.")
TABLE_ELSEWHERE = reason("harvest.table_elsewhere", 422, "This table does not belong to this café.")
TAG_UNKNOWN = reason("harvest.tag_unknown", 422, "Please choose one of the listed tags.")
FULL = reason("harvest.full", 409, "There can be {limit} insights. Remove one first.")
NOT_YOURS = reason("insight.not_yours", 403, "Only its author and the hosts may change this insight.")
TOO_LATE = reason("insight.too_late", 409, "This can be changed for {minutes} minutes. Please ask a host.")
OWN_VOTE = reason("insight.own_vote", 409, "You cannot vote for your own insight.")

TEXT_LIMIT = 600
INSIGHTS_LIMIT = 500
ROUNDS_LIMIT = 12
EDITABLE = timedelta(minutes=10)
Gone = Literal["", "author", "host"]


def check_tags(action_line: str, goal: int, round_: int) -> None:
    """Let only WSIS action lines, Sustainable Development Goals and possible rounds pass; empty and 0 are none.

    Raises:
        Refused: harvest.tag_unknown.
    """
    known = (not action_line or action_line in ACTION_LINES, not goal or goal in SDGS, 0 <= round_ <= ROUNDS_LIMIT)
    if not all(known):
        raise TAG_UNKNOWN()


def check_author(mine: bool, runs: bool, made_at: datetime, now: datetime) -> None:
    """Let the author change an insight for a while, and the hosts always.

    Raises:
        Refused: insight.not_yours, insight.too_late.
    """
    if runs:
        return
    if not mine:
        raise NOT_YOURS()
    if now - made_at > EDITABLE:
        raise TOO_LATE(minutes=int(EDITABLE.total_seconds() // 60))


def may_restore(gone: Gone, mine: bool, runs: bool) -> bool:
    """Tell whether somebody may bring an insight back: what a host took away, only hosts bring back."""
    return runs or (mine and gone == "author")
