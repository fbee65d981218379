"""What a call may hold and how long seats wait, and why something in a call is refused."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from rooms.errors import reason

FULL = reason("call.full", 409, "This call is full: {limit} people at most.")
GONE = reason("call.gone", 404, "You have no such seat in a call any more. Please join again.")
STALE = reason("call.stale", 409, "This belongs to a connection that has been replaced.")
BAD_SDP = reason("call.bad_sdp", 422, "This connection cannot be made: the description is not understood.")
MUTED = reason("call.muted", 403, "A moderator has muted you. They can allow you to speak again.")
CAMERAS = reason("call.cameras_full", 409, "At most {limit} cameras and screens can be on at once.")
CANDIDATES = reason("call.candidates", 429, "A connection may name at most {limit} addresses.")

EngineName = Literal["mixer", "mesh"]


@dataclass(frozen=True, slots=True)
class Engine:
    """How a call's media travel."""

    seats: int
    cameras: int
    mixed: bool
    """Whether a media process joins the people, and the server can hear them; else they hear each other directly."""


ENGINES: dict[str, Engine] = {"mixer": Engine(16, 4, mixed=True), "mesh": Engine(4, 4, mixed=False)}
USUAL_ENGINE = "mixer"

JOINING = timedelta(seconds=10)
RECOVERING = timedelta(seconds=30)
"""So long a seat is kept for somebody who connects, and for somebody who has lost the connection."""

SDP_BYTES = 32 * 1024
CANDIDATES_LIMIT = 64
CANDIDATE_LETTERS = 1024
CAPTION_LETTERS = 500
REASON_LETTERS = 200
SLOTS = 4


def check_full(engine: str, taken: int) -> None:
    """Let somebody in while there is a seat.

    Raises:
        Refused: call.full.
    """
    if taken >= ENGINES[engine].seats:
        raise FULL(limit=ENGINES[engine].seats)


def check_sdp(sdp: str) -> None:
    """Let only a description pass that could be one; the media process looks closer.

    Raises:
        Refused: call.bad_sdp.
    """
    if len(sdp.encode()) > SDP_BYTES or not sdp.startswith("v=0"):
        raise BAD_SDP()


def check_gen(seat_gen: int, gen: int) -> None:
    """Let only signals of a seat's newest connection pass.

    Raises:
        Refused: call.stale.
    """
    if gen != seat_gen:
        raise STALE()
