"""The house."""

import sqlalchemy as sa
from alembic import op

import rooms.columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to 0001."""
    op.create_table(
        "entry",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", rooms.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq"),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_about"), ["about"], unique=False)

    op.create_table(
        "epoch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "forum",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", rooms.columns.DATA, nullable=False),
        sa.Column("theme", rooms.columns.DATA, nullable=False),
        sa.Column("place", rooms.columns.DATA, nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("shift_weeks", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "head",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stream"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("stakeholder", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", rooms.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "process",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("until_at", rooms.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", rooms.columns.DATA, nullable=False),
        sa.Column("description", rooms.columns.DATA, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("venue", sa.String(), nullable=False),
        sa.Column("languages", rooms.columns.DATA, nullable=False),
        sa.Column("action_lines", rooms.columns.DATA, nullable=False),
        sa.Column("sdgs", rooms.columns.DATA, nullable=False),
        sa.Column("topics", rooms.columns.DATA, nullable=False),
        sa.Column("documents", rooms.columns.DATA, nullable=False),
        sa.Column("links", rooms.columns.DATA, nullable=False),
        sa.Column("recording", sa.String(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("start_at", rooms.columns.Moment(), nullable=False),
        sa.Column("end_at", rooms.columns.Moment(), nullable=False),
        sa.Column("original_start_at", rooms.columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_start_at"), ["start_at"], unique=False)

    op.create_table(
        "track",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", rooms.columns.DATA, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "value",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", rooms.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key"),
    )
    with op.batch_alter_table("value", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_value_seq"), ["seq"], unique=False)

    op.create_table(
        "granted",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("trait", sa.String(), nullable=False),
        sa.Column("from_at", rooms.columns.Moment(), nullable=True),
        sa.Column("to_at", rooms.columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("role", "scope", "person_id", "trait"),
    )
    with op.batch_alter_table("granted", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_granted_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_granted_trait"), ["trait"], unique=False)

    op.create_table(
        "panellist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("honorific", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("moderates", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("panellist", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panellist_session_id"), ["session_id"], unique=False)

    op.create_table(
        "ref",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", rooms.columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("person_id", "ref"),
    )
    with op.batch_alter_table("ref", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ref_at"), ["at"], unique=False)

    op.create_table(
        "restricted",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", rooms.columns.Moment(), nullable=False),
        sa.Column("to_at", rooms.columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "scope", "person_id"),
    )
    with op.batch_alter_table("restricted", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_restricted_person_id"), ["person_id"], unique=False)

    op.create_table(
        "room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("track", sa.String(), nullable=False),
        sa.Column("features", rooms.columns.DATA, nullable=False),
        sa.Column("premoderated", sa.Boolean(), nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("question_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("session_id"),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("made_at", rooms.columns.Moment(), nullable=False),
        sa.Column("expires_at", rooms.columns.Moment(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_person_id"), ["person_id"], unique=False)

    op.create_table(
        "announcement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("texts", rooms.columns.DATA, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_at", rooms.columns.Moment(), nullable=False),
        sa.Column("expires_at", rooms.columns.Moment(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announcement_room_id"), ["room_id"], unique=False)

    op.create_table(
        "lease",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["process_id"],
            ["process.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("connection", "room_id"),
    )
    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lease_process_id"), ["process_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lease_room_id"), ["room_id"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reply_to", sa.String(), nullable=False),
        sa.Column("posted_at", rooms.columns.Moment(), nullable=False),
        sa.Column("edited_at", rooms.columns.Moment(), nullable=True),
        sa.Column("gone", sa.String(), nullable=False),
        sa.Column("gone_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["gone_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("room_id", "number"),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_person_id"), ["person_id"], unique=False)

    op.create_table(
        "question",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("asked_at", rooms.columns.Moment(), nullable=False),
        sa.Column("shown_at", rooms.columns.Moment(), nullable=True),
        sa.Column("moved_at", rooms.columns.Moment(), nullable=False),
        sa.Column("moved_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["moved_by"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("room_id", "number"),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "one_live_question",
            ["room_id"],
            unique=True,
            postgresql_where=sa.text("state = 'live'"),
            sqlite_where=sa.text("state = 'live'"),
        )
        batch_op.create_index("questions_by_state", ["room_id", "state"], unique=False)

    op.create_table(
        "read_up_to",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["room.id"],
        ),
        sa.PrimaryKeyConstraint("person_id", "room_id"),
    )
    op.create_table(
        "reaction",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reaction", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "person_id", "reaction"),
    )
    op.create_table(
        "vote",
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", rooms.columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
        ),
        sa.PrimaryKeyConstraint("question_id", "person_id"),
    )
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vote_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    """Go back from 0001."""
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vote_person_id"))

    op.drop_table("vote")
    op.drop_table("reaction")
    op.drop_table("read_up_to")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_index("questions_by_state")
        batch_op.drop_index(
            "one_live_question", postgresql_where=sa.text("state = 'live'"), sqlite_where=sa.text("state = 'live'")
        )
        batch_op.drop_index(batch_op.f("ix_question_person_id"))

    op.drop_table("question")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_person_id"))

    op.drop_table("message")
    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lease_room_id"))
        batch_op.drop_index(batch_op.f("ix_lease_process_id"))

    op.drop_table("lease")
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_announcement_room_id"))

    op.drop_table("announcement")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_person_id"))

    op.drop_table("sign_in")
    op.drop_table("room")
    with op.batch_alter_table("restricted", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_restricted_person_id"))

    op.drop_table("restricted")
    with op.batch_alter_table("ref", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ref_at"))

    op.drop_table("ref")
    with op.batch_alter_table("panellist", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panellist_session_id"))

    op.drop_table("panellist")
    with op.batch_alter_table("granted", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_granted_trait"))
        batch_op.drop_index(batch_op.f("ix_granted_person_id"))

    op.drop_table("granted")
    with op.batch_alter_table("value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_value_seq"))

    op.drop_table("value")
    op.drop_table("track")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_start_at"))

    op.drop_table("session")
    op.drop_table("process")
    op.drop_table("person")
    op.drop_table("head")
    op.drop_table("forum")
    op.drop_table("epoch")
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_about"))

    op.drop_table("entry")
