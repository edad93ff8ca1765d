"""Keep notices, deliveries, what people chose, and monthly letters; what happened before is not told."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"

_MOMENT = sa.DateTime(timezone=True)
_KINDS = ("returned", "approved", "plan", "closing", "letter", "job", "finding")
_CHANNELS = ("page", "mail", "robot", "group")
_STATES = ("waiting", "sending", "sent", "failed")


def _words(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=24)


def _user_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["user_account.id"], f"fk_{table}_user_id", ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("kind", _words("kind", _KINDS), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("read_at", _MOMENT, nullable=True),
        _user_key("notice"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice_key"),
    )
    op.create_index("ix_notice_unread", "notice", ["user_id", "read_at"])
    op.create_index("ix_notice_newest", "notice", ["user_id", "id"])
    op.create_index("ix_notice_read_at", "notice", ["read_at"])
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("channel", _words("channel", _CHANNELS), nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("state", _words("deliverystate", _STATES), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", _MOMENT, nullable=True),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], "fk_notice_delivery_notice_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice_delivery"),
        sa.UniqueConstraint(
            "notice_id", "channel", "target", name="uq_notice_delivery_notice_id_channel_target"
        ),
    )
    op.create_index("ix_notice_delivery_due", "notice_delivery", ["state", "due_at"])
    op.create_table(
        "notice_settings",
        sa.Column("user_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("mail_address", sa.String(length=254), nullable=False),
        sa.Column("mail_confirmed_at", _MOMENT, nullable=True),
        sa.Column("webhook", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        _user_key("notice_settings"),
        sa.PrimaryKeyConstraint("user_id", name="pk_notice_settings"),
    )
    op.create_table(
        "notice_opt_out",
        sa.Column("user_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("kind", _words("kind", _KINDS), nullable=False),
        sa.Column("channel", _words("channel", _CHANNELS), nullable=False),
        _user_key("notice_opt_out"),
        sa.PrimaryKeyConstraint("user_id", "kind", "channel", name="pk_notice_opt_out"),
    )
    op.create_table(
        "monthly_letter",
        sa.Column("user_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        _user_key("monthly_letter"),
        sa.PrimaryKeyConstraint("user_id", "period", name="pk_monthly_letter"),
    )
    op.create_table(
        "collected_trail",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collected_trail"),
    )
    op.execute(
        "INSERT INTO collected_trail (id, entry_id) SELECT 1, max(id) FROM audit_entry HAVING max(id) > 0"
    )


def downgrade() -> None:
    for table in (
        "collected_trail",
        "monthly_letter",
        "notice_opt_out",
        "notice_settings",
        "notice_delivery",
        "notice",
    ):
        op.drop_table(table)
