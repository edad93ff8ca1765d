"""Seal the entries of the audit trail with a key outside the database; older ones stay as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.add_column("audit_entry", sa.Column("seal", sa.String(length=64), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("audit_entry", "seal")
