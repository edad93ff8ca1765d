"""Put stored texts of one line on one line, without characters nobody sees."""

import sqlalchemy as sa
from alembic import op

from activitylog.core.text.words import one_line

revision = "0056"
down_revision = "0055"

COLUMNS = (("expense", "summary"), ("target_adjustment", "reference"), ("deviation", "forecast_word"))


def upgrade() -> None:
    connection = op.get_bind()
    for table, column in COLUMNS:
        rows = sa.table(table, sa.column("id", sa.Integer), sa.column(column, sa.Text))
        written = rows.c[column]
        for row in connection.execute(sa.select(rows.c.id, written).where(written != "")).all():
            if row[1] != one_line(row[1]):
                mended = sa.update(rows).where(rows.c.id == row[0]).values({column: one_line(row[1])})
                connection.execute(mended)


def downgrade() -> None:
    """What was on several lines stays on one."""
