"""What the rounds of a café did, for everyone to see.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

import rooms.columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let cafés keep the proof of their rounds."""
    op.add_column("cafe", sa.Column("proof", rooms.columns.DATA, nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("cafe", "proof")
