"""Add the time at which an activity starts."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("activity", sa.Column("start_time", sa.Time(), nullable=True))


def downgrade() -> None:
    op.drop_column("activity", "start_time")
