"""What may be said in a chat, and until when it may be changed."""

from datetime import datetime, timedelta

from rooms.errors import reason

UNKNOWN = reason("message.unknown", 404, "There is no such message.")
NOT_YOURS = reason("message.not_yours", 403, "Only its author may change a message.")
TOO_LATE = reason("message.too_late", 409, "A message can be edited for ten minutes.")
REACTION = reason("message.reaction_unknown", 422, "This reaction is not offered here.")

TEXT_LIMIT = 2000
EDITABLE = timedelta(minutes=10)
PAGE = 50
REACTIONS = ("👍", "❤️", "👏", "💡", "😄", "🙏")


def check_edit(author: int, actor: int | None, posted_at: datetime, now: datetime) -> None:
    """Let an author change a message for ten minutes.

    Raises:
        Refused: message.not_yours, message.too_late.
    """
    if author != actor:
        raise NOT_YOURS()
    if now - posted_at > EDITABLE:
        raise TOO_LATE()


def check_reaction(reaction: str) -> None:
    """Let only the offered reactions pass.

    Raises:
        Refused: message.reaction_unknown.
    """
    if reaction not in REACTIONS:
        raise REACTION()
