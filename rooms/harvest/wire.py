"""What comes in about insights, and what the café is told of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from rooms.clusters.store import Cluster
from rooms.clusters.wire import PublicCluster
from rooms.clusters.wire import public as public_cluster
from rooms.commands import Id, Number, Result, Sent
from rooms.harvest.store import Insight
from rooms.streams import Everyone, Latest, Logged, OnePerson


class AddInsight(Sent, frozen=True):
    """Publish an insight to the whole café, from a table or from the café itself."""

    room: Number
    text: str
    table: Number | None = None
    round: Number | None = None
    """Counted from 1; without it, the round that runs."""
    action_line: str = ""
    goal: Number = 0


class EditInsight(Sent, frozen=True):
    """Write an insight anew."""

    insight: Id
    text: str


class OneInsight(Sent, frozen=True):
    """Name an insight."""

    insight: Id


class TagInsight(Sent, frozen=True):
    """Tag an insight; what is left out stays, empty and 0 take a tag away."""

    insight: Id
    action_line: str | None = None
    goal: Number | None = None
    round: Number | None = None


class SetInsightVote(Sent, frozen=True):
    """Set one's vote, or take it back."""

    insight: Id
    on: bool


class PlaceInsight(Sent, frozen=True):
    """Put an insight into a cluster, or into none, before another or at the end."""

    insight: Id
    cluster: Id | None = None
    before: Id | None = None


class OfRoom(Sent, frozen=True):
    """Name the café's room."""

    room: Number


class PublicInsight(Result, frozen=True):
    """An insight as everyone in the café sees it; one whose cluster is not listed stands in none."""

    id: str
    text: str
    by: int
    name: str
    at: datetime
    place: int
    table: int | None = None
    round: int = 0
    action_line: str = ""
    goal: int = 0
    cluster: str = ""


class Harvest(Result, frozen=True):
    """All that a café has gathered: insights and clusters by place, and how many votes insights have."""

    insights: tuple[PublicInsight, ...] = ()
    clusters: tuple[PublicCluster, ...] = ()
    votes: dict[str, int] = {}


class InsightVotedFor(Result, frozen=True):
    """The score after one's vote."""

    votes: int
    on: bool


class InsightShown(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="insight.shown"):
    """An insight stands there, or reads so now."""

    insight: PublicInsight

    def about(self) -> str:
        return f"insight/{self.insight.id}"


class InsightGone(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="insight.gone"):
    """An insight is not there any more."""

    id: str


class InsightPlaced(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="insight.placed"):
    """Insights stand in this cluster, or in none, at these places."""

    places: dict[str, int]
    cluster: str = ""


class InsightVotes(Latest[Everyone], frozen=True, kw_only=True, tag_field="type", tag="insight.votes"):
    """How many votes insights have."""

    votes: dict[str, int]

    def key(self) -> str:
        return next(iter(self.votes))

    @classmethod
    def join(cls, many: Sequence[Self]) -> Self:
        return cls(votes={id_: votes for each in many for id_, votes in each.votes.items()})


class InsightVoted(Logged[OnePerson], frozen=True, kw_only=True, tag_field="type", tag="insight.voted"):
    """One's own vote stands like this, on whatever device it was set."""

    insight: str
    on: bool


EVENTS = (InsightShown, InsightGone, InsightPlaced, InsightVotes, InsightVoted)


def public(row: Insight) -> PublicInsight:
    """Show an insight to everyone in the café."""
    return PublicInsight(
        id=row.id,
        text=row.text,
        by=row.person_id,
        name=row.name,
        at=row.made_at.replace(microsecond=0),
        place=row.place,
        table=row.table_id,
        round=row.round,
        action_line=row.action_line,
        goal=row.goal,
        cluster=row.cluster_id or "",
    )


def harvest(insights: Sequence[Insight], clusters: Sequence[Cluster]) -> Harvest:
    """Show all that a café has gathered."""
    return Harvest(
        insights=tuple(public(row) for row in insights),
        clusters=tuple(public_cluster(row) for row in clusters),
        votes={row.id: row.votes for row in insights if row.votes},
    )
