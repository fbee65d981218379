"""The table of clusters."""

from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession


class Cluster(SQLModel, table=True):
    """A heading under which insights stand; those of one that is gone stand under none."""

    __tablename__ = "cluster"

    id: str = Field(primary_key=True)
    room_id: int = Field(foreign_key="room.id", index=True)
    title: str
    place: int
    gone: bool = False


async def cluster(db: AsyncSession, cluster_id: str) -> Cluster | None:
    """Find a cluster and lock its row until the transaction ends."""
    return (await db.exec(select(Cluster).where(Cluster.id == cluster_id).with_for_update())).first()


async def clusters(db: AsyncSession, room_id: int) -> list[Cluster]:
    """List the clusters that stand in a room, in their order."""
    query = select(Cluster).where(Cluster.room_id == room_id, col(Cluster.gone).is_(False))
    return list((await db.exec(query.order_by(col(Cluster.place), col(Cluster.id)))).all())
