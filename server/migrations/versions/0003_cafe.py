"""Cafés, their tables and seats.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

import rooms.columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to 0003."""
    op.create_table(
        "cafe",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("plan", rooms.columns.DATA, nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("ends_at", rooms.columns.Moment(timezone=True), nullable=True),
        sa.Column("left_ms", sa.Integer(), nullable=True),
        sa.Column("recalled", sa.Boolean(), nullable=False),
        sa.Column("sitting", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("proposal", rooms.columns.DATA, nullable=True),
        sa.Column("replanned", sa.Boolean(), nullable=False),
        sa.Column("planned_until", rooms.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("room_id"),
    )
    op.create_index(op.f("ix_cafe_ends_at"), "cafe", ["ends_at"], unique=False)
    op.create_table(
        "cafe_answer",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["cafe.room_id"],
        ),
        sa.PrimaryKeyConstraint("room_id", "person_id"),
    )
    op.create_table(
        "cafe_table",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("cafe_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=True),
        sa.Column("acting_id", sa.Integer(), nullable=True),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("extra_ms", sa.Integer(), nullable=False),
        sa.Column("card", sa.String(), nullable=False),
        sa.Column("help", sa.String(), nullable=False),
        sa.Column("help_by", sa.Integer(), nullable=True),
        sa.Column("help_at", rooms.columns.Moment(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["acting_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["cafe_id"],
            ["cafe.room_id"],
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["help_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["host_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("room_id"),
    )
    op.create_index(op.f("ix_cafe_table_cafe_id"), "cafe_table", ["cafe_id"], unique=False)
    op.create_table(
        "seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cafe_id", sa.Integer(), nullable=False),
        sa.Column("sitting", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("table_id", sa.Integer(), nullable=False),
        sa.Column("listening", sa.Boolean(), nullable=False),
        sa.Column("taken_at", rooms.columns.Moment(timezone=True), nullable=False),
        sa.Column("away_at", rooms.columns.Moment(timezone=True), nullable=True),
        sa.Column("left_at", rooms.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["cafe_id"],
            ["cafe.room_id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["table_id"],
            ["cafe_table.room_id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cafe_id", "sitting", "person_id"),
    )
    op.create_index(op.f("ix_seat_person_id"), "seat", ["person_id"], unique=False)
    op.create_index(op.f("ix_seat_table_id"), "seat", ["table_id"], unique=False)
    op.create_table(
        "table_visitor",
        sa.Column("table_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["table_id"],
            ["cafe_table.room_id"],
        ),
        sa.PrimaryKeyConstraint("table_id", "person_id"),
    )
    op.create_table(
        "table_vote",
        sa.Column("table_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["table_id"],
            ["cafe_table.room_id"],
        ),
        sa.PrimaryKeyConstraint("table_id", "person_id"),
    )


def downgrade() -> None:
    """Go back to 0002."""
    op.drop_table("table_vote")
    op.drop_table("table_visitor")
    op.drop_index(op.f("ix_seat_table_id"), table_name="seat")
    op.drop_index(op.f("ix_seat_person_id"), table_name="seat")
    op.drop_table("seat")
    op.drop_index(op.f("ix_cafe_table_cafe_id"), table_name="cafe_table")
    op.drop_table("cafe_table")
    op.drop_table("cafe_answer")
    op.drop_index(op.f("ix_cafe_ends_at"), table_name="cafe")
    op.drop_table("cafe")
