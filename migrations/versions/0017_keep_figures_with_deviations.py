"""Keep with a deviation the figure it was written on."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("deviation", sa.Column("figure", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("deviation", "figure")
