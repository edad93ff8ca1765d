"""Note who stored a file, for the daily quota; earlier ones count in nobody's."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    op.add_column("stored_file", sa.Column("stored_by_id", sa.Integer(), nullable=True))
    op.create_index("ix_stored_file_stored_by_id", "stored_file", ["stored_by_id", "stored_at"])


def downgrade() -> None:
    op.drop_index("ix_stored_file_stored_by_id", "stored_file")
    op.drop_column("stored_file", "stored_by_id")
