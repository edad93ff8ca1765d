"""Keep with every closing what was pending in its month."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.add_column("closing", sa.Column("pending", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("closing", "pending")
