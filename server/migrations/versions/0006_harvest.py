"""Insights, how they are ordered in clusters, and the votes for them.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

import rooms.columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let cafés gather what was found at their tables."""
    op.create_table(
        "cluster",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_cluster_room_id", "cluster", ["room_id"])
    op.create_table(
        "insight",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("table_id", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("action_line", sa.String(), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_at", rooms.columns.Moment(), nullable=False),
        sa.Column("gone", sa.String(), nullable=False),
        sa.Column("cluster_id", sa.String(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"]),
        sa.ForeignKeyConstraint(["table_id"], ["room.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("insights_that_stand", "insight", ["room_id", "gone"])
    op.create_index("ix_insight_table_id", "insight", ["table_id"])
    op.create_index("ix_insight_person_id", "insight", ["person_id"])
    op.create_index("ix_insight_cluster_id", "insight", ["cluster_id"])
    op.create_table(
        "insight_vote",
        sa.Column("insight_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", rooms.columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["insight_id"], ["insight.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("insight_id", "person_id"),
    )
    op.create_index("ix_insight_vote_person_id", "insight_vote", ["person_id"])


def downgrade() -> None:
    """Forget all that was gathered."""
    op.drop_table("insight_vote")
    op.drop_table("insight")
    op.drop_table("cluster")
