"""Keep sign-ins, failed ones and links to choose a password; everybody signs in once more."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("stays", sa.Boolean(), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], "fk_sign_in_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in"),
    )
    op.create_index("ix_sign_in_user_id", "sign_in", ["user_id"])
    op.create_index("ix_sign_in_expires_at", "sign_in", ["expires_at"])
    op.create_table(
        "failed_sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name_digest", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_sign_in"),
    )
    op.create_index("ix_failed_sign_in_name_at", "failed_sign_in", ["name_digest", "at"])
    op.create_index("ix_failed_sign_in_address_at", "failed_sign_in", ["address", "at"])
    op.create_index("ix_failed_sign_in_at", "failed_sign_in", ["at"])
    op.create_table(
        "password_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], "fk_password_link_user_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], "fk_password_link_created_by_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_password_link"),
        sa.UniqueConstraint("token_hash", name="uq_password_link_token_hash"),
    )
    op.create_index("ix_password_link_user_id", "password_link", ["user_id"])
    for name in ("session_key", "failed_logins", "locked_until"):
        op.drop_column("user_account", name)


def downgrade() -> None:
    op.add_column(
        "user_account", sa.Column("session_key", sa.String(length=32), server_default="", nullable=False)
    )
    op.add_column(
        "user_account", sa.Column("failed_logins", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("user_account", sa.Column("locked_until", _MOMENT, nullable=True))
    for table in ("password_link", "failed_sign_in", "sign_in"):
        op.drop_table(table)
