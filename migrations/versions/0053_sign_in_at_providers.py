"""Keep who users are at providers of sign-ins, and forms that wait while their senders sign in there."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("gives_role", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], "fk_identity_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_identity"),
        sa.UniqueConstraint("provider", "subject", name="uq_identity_provider_subject"),
    )
    op.create_index("ix_identity_user_id", "identity", ["user_id"])
    op.create_table(
        "waiting_form",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_waiting_form"),
    )
    op.create_index("ix_waiting_form_expires_at", "waiting_form", ["expires_at"])


def downgrade() -> None:
    for table in ("waiting_form", "identity"):
        op.drop_table(table)
