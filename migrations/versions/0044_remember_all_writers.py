"""Remember all who wrote a record since it was last approved: none of them approves it."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

_KINDS = ("push", "media_report", "milestone", "expense", "paper_tally", "manual_entry")


def upgrade() -> None:
    for table in (*_KINDS, "activity"):
        op.add_column(table, sa.Column("writers", sa.Text(), server_default="", nullable=False))
    for table in _KINDS:  # what was stored before there were approvals has no writer, and stays counted
        _fill(table, "written_by_id IS NOT NULL")
    _fill("activity", "written_by_id IS NOT NULL OR status <> 'approved'")
    # Triggers forget the sums of what is touched; without foreign keys, as on SQLite, their rows stay.
    op.execute(
        "DELETE FROM answer_sum WHERE NOT EXISTS (SELECT 1 FROM summed_month"
        " WHERE summed_month.project_id = answer_sum.project_id AND summed_month.month = answer_sum.month)"
    )


def _fill(table: str, condition: str) -> None:
    creator = "coalesce(created_by_id, written_by_id)"
    op.execute(
        f"UPDATE {table} SET writers = ',' || {creator} || ','"  # noqa: S608
        " || CASE WHEN written_by_id <> created_by_id THEN written_by_id || ',' ELSE '' END"
        f" WHERE ({condition}) AND {creator} IS NOT NULL"
    )


def downgrade() -> None:
    for table in (*_KINDS, "activity"):
        op.drop_column(table, "writers")
