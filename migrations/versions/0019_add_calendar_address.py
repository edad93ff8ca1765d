"""Give people a secret address of their calendar."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("user_account", sa.Column("calendar_hash", sa.String(length=64), nullable=True))
    op.create_index("ix_user_account_calendar_hash", "user_account", ["calendar_hash"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_user_account_calendar_hash", table_name="user_account")
    with op.batch_alter_table("user_account") as table:
        table.drop_column("calendar_hash")
