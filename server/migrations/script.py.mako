"""${message}."""

import sqlalchemy as sa
from alembic import op

import rooms.columns
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to ${up_revision}."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Go back from ${up_revision}."""
    ${downgrades if downgrades else "pass"}
