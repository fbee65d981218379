"""Private rooms within a session's room, and the languages and gender that people may give.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

import rooms.columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NAMES = {"uq": "%(table_name)s_%(column_0_name)s_key", "fk": "%(table_name)s_%(column_0_name)s_fkey"}
"""PostgreSQL's own names, given to SQLite's nameless constraints while they are looked up."""


def upgrade() -> None:
    """Let a session have private rooms beside its own."""
    with op.batch_alter_table("room", naming_convention=NAMES) as table:
        table.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.drop_constraint("room_session_id_key", type_="unique")
        table.create_foreign_key("room_parent_id_fkey", "room", ["parent_id"], ["id"])
        table.create_index("ix_room_parent_id", ["parent_id"])
    alone = sa.text("parent_id IS NULL")
    op.create_index(
        "one_room_of_a_session", "room", ["session_id"], unique=True, postgresql_where=alone, sqlite_where=alone
    )
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("languages", rooms.columns.DATA, nullable=False, server_default="[]"))
        table.add_column(sa.Column("gender", sa.String(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Take private rooms away; where there are any, this fails and changes nothing."""
    with op.batch_alter_table("person") as table:
        table.drop_column("gender")
        table.drop_column("languages")
    op.drop_index("one_room_of_a_session", "room")
    with op.batch_alter_table("room", naming_convention=NAMES) as table:
        table.drop_index("ix_room_parent_id")
        table.drop_constraint("room_parent_id_fkey", type_="foreignkey")
        table.drop_column("private")
        table.drop_column("parent_id")
        table.create_unique_constraint("room_session_id_key", ["session_id"])
