"""What comes in about clusters, and what the café is told of them."""

from rooms.clusters.store import Cluster
from rooms.commands import Id, Number, Result, Sent
from rooms.streams import Everyone, Logged


class AddCluster(Sent, frozen=True):
    """Open a cluster."""

    room: Number
    title: str


class RenameCluster(Sent, frozen=True):
    """Give a cluster another title."""

    cluster: Id
    title: str


class OneCluster(Sent, frozen=True):
    """Name a cluster."""

    cluster: Id


class PlaceCluster(Sent, frozen=True):
    """Put a cluster before another, or at the end."""

    cluster: Id
    before: Id | None = None


class PublicCluster(Result, frozen=True):
    """A cluster as everyone in the café sees it."""

    id: str
    title: str
    place: int


class ClusterShown(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="cluster.shown"):
    """A cluster stands there, or is named and placed so now."""

    cluster: PublicCluster

    def about(self) -> str:
        return f"cluster/{self.cluster.id}"


class ClusterGone(Logged[Everyone], frozen=True, kw_only=True, tag_field="type", tag="cluster.gone"):
    """A cluster is not there any more; its insights stand in none."""

    id: str


EVENTS = (ClusterShown, ClusterGone)


def public(row: Cluster) -> PublicCluster:
    """Show a cluster to everyone in the café."""
    return PublicCluster(id=row.id, title=row.title, place=row.place)
