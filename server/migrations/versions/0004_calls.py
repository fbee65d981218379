"""Calls, the seats in them, and whom a moderator has muted there.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import rooms.columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of calls."""
    op.create_table(
        "call",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("media", sa.String(), nullable=False),
        sa.Column("changed_at", rooms.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"]),
        sa.PrimaryKeyConstraint("room_id"),
    )
    op.create_index("ix_call_media", "call", ["media"])
    op.create_table(
        "call_seat",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("gen", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("mic", sa.Boolean(), nullable=False),
        sa.Column("camera", sa.Boolean(), nullable=False),
        sa.Column("screen", sa.Boolean(), nullable=False),
        sa.Column("hand_at", rooms.columns.Moment(timezone=True), nullable=True),
        sa.Column("saver", sa.Boolean(), nullable=False),
        sa.Column("listen", sa.Boolean(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("quality", sa.String(), nullable=False),
        sa.Column("until_at", rooms.columns.Moment(timezone=True), nullable=True),
        sa.Column("joined_at", rooms.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["call.room_id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id"),
    )
    op.create_index("ix_call_seat_room_id", "call_seat", ["room_id"])
    op.create_index("ix_call_seat_until_at", "call_seat", ["until_at"])
    op.create_table(
        "call_mute",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("room_id", "person_id"),
    )


def downgrade() -> None:
    """Take the tables of calls away."""
    op.drop_table("call_mute")
    op.drop_table("call_seat")
    op.drop_table("call")
