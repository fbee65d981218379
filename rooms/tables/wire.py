"""What comes in about tables, and what the café, its hosts and the table itself are told."""

from datetime import datetime

from rooms.commands import Number, Result, Sent
from rooms.streams import Everyone, Hosts, Latest, Logged, OnePerson
from rooms.tables import store


class AddTable(Sent, frozen=True):
    """Add a table to a café."""

    room: Number
    name: str
    topic: str = ""
    language: str = ""
    host: Number | None = None
    least: int = 2
    most: int = 8


class EditTable(Sent, frozen=True):
    """Change a table; what is left out stays."""

    table: Number
    name: str | None = None
    topic: str | None = None
    language: str | None = None
    host: Number | None = None
    """0 for none."""
    least: int | None = None
    most: int | None = None


class OneTable(Sent, frozen=True):
    """Name a table by its room."""

    table: Number


class MergeTables(Sent, frozen=True):
    """Move everybody of a table to another, and close it."""

    table: Number
    into: Number


class SplitTable(Sent, frozen=True):
    """Open a table beside one, and move every second person there."""

    table: Number
    name: str


class ProposeTable(Sent, frozen=True):
    """Propose a table as a participant."""

    room: Number
    name: str
    topic: str = ""
    language: str = ""


class VoteTable(Sent, frozen=True):
    """Vote for a proposed table, or not any more."""

    table: Number
    on: bool


class Visit(Sent, frozen=True):
    """Come to a table as a host, or leave it."""

    table: Number
    here: bool


class CallForHelp(Sent, frozen=True):
    """Ask the hosts to come to the table."""

    table: Number
    reason: str = ""


class Made(Result, frozen=True):
    """The table that was made: its room."""

    table: int


class PublicTable(Result, frozen=True):
    """A table as everyone in the café sees it; its id is that of its room."""

    id: int
    place: int
    name: str
    topic: str = ""
    language: str = ""
    host: int | None = None
    host_name: str = ""
    least: int = 2
    most: int = 8
    open: bool = True
    extra_ms: int = 0
    proposed_by: int | None = None


class SeatedPerson(Result, frozen=True):
    """Somebody at a table as those at the table, and the hosts, see them."""

    id: int
    name: str
    country: str = ""
    organisation: str = ""
    stakeholder: str = ""
    languages: tuple[str, ...] = ()
    listening: bool = False
    away: bool = False


class Help(Result, frozen=True):
    """A call for help; `name` is coming when it is claimed."""

    table: int
    by: int
    by_name: str
    at: datetime
    reason: str = ""
    claimed_by: int | None = None
    name: str = ""


class TableState(Result, frozen=True):
    """What those at a table see of it beside its chat, notes and call."""

    cafe: int
    people: tuple[SeatedPerson, ...] = ()
    leader: int | None = None
    help: Help | None = None
    card: str = ""
    """What the group before left for this one."""
    visitors: tuple[str, ...] = ()


class TableListed(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="table.listed"):
    """A table is there, or reads differently now."""

    table: PublicTable


class TableUnlisted(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="table.unlisted"):
    """A table is not there any more."""

    table: int


class TableVotes(Latest[Everyone], frozen=True, kw_only=True, tag_field="type", tag="table.votes"):
    """How many people want each of the proposed tables."""

    votes: dict[str, int]


class TableVoted(Logged[OnePerson], frozen=True, kw_only=True, tag_field="type", tag="table.voted"):
    """One's own vote for a table, on all devices."""

    table: int
    on: bool


class TablePeople(Latest[Everyone], frozen=True, kw_only=True, tag_field="type", tag="table.people"):
    """Who sits at the table now, and who leads it."""

    people: tuple[SeatedPerson, ...]
    leader: int | None = None


class TableCard(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="table.card"):
    """What the group before left for this one."""

    card: str


class TableHelp(Latest[Everyone], frozen=True, kw_only=True, tag_field="type", tag="table.called"):
    """The table's call for help; none when it is over."""

    help: Help | None = None


class HelpWanted(Latest[Hosts], frozen=True, kw_only=True, tag_field="type", tag="table.help_wanted"):
    """All calls for help in the café, oldest first."""

    helps: tuple[Help, ...]


class TableVisitors(Latest[Everyone], frozen=True, kw_only=True, tag_field="type", tag="table.visitors"):
    """Which hosts are at the table now: nobody listens unseen."""

    names: tuple[str, ...]


EVENTS = (
    TableListed,
    TableUnlisted,
    TableVotes,
    TableVoted,
    TablePeople,
    TableCard,
    TableHelp,
    HelpWanted,
    TableVisitors,
)


def public(row: store.CafeTable, host_name: str = "") -> PublicTable:
    """Show a table to everyone in the café."""
    return PublicTable(
        id=row.room_id,
        place=row.place,
        name=row.name,
        topic=row.topic,
        language=row.language,
        host=row.host_id,
        host_name=host_name,
        least=row.least,
        most=row.most,
        open=row.open,
        extra_ms=row.extra_ms,
        proposed_by=row.proposed_by,
    )
