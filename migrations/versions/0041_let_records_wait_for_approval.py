"""Let records wait for a second person's approval; those stored before stay counted."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

_KINDS = ("push", "media_report", "milestone", "expense", "paper_tally", "manual_entry")
_PEOPLE = ("written_by_id", "approved_by_id")


def upgrade() -> None:
    # Written out, as both databases take it: batch mode would make the tables anew.
    for table in _KINDS:
        for column in _PEOPLE:
            _add_person(table, column)
        op.add_column(table, sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        op.execute(f"UPDATE {table} SET approved_at = created_at")  # noqa: S608
        waits = sa.text("approved_at IS NULL")
        op.create_index(f"ix_{table}_waiting", table, ["id"], sqlite_where=waits, postgresql_where=waits)
    _add_person("activity", "written_by_id")
    # Triggers forget the sums of what is touched; without foreign keys, as on SQLite, their rows stay.
    op.execute(
        "DELETE FROM answer_sum WHERE NOT EXISTS (SELECT 1 FROM summed_month"
        " WHERE summed_month.project_id = answer_sum.project_id AND summed_month.month = answer_sum.month)"
    )


def _add_person(table: str, column: str) -> None:
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} INTEGER"
        f" CONSTRAINT fk_{table}_{column} REFERENCES user_account (id)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE activity DROP COLUMN written_by_id")
    for table in _KINDS:
        op.drop_index(f"ix_{table}_waiting", table)
        op.drop_column(table, "approved_at")
        for column in reversed(_PEOPLE):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
