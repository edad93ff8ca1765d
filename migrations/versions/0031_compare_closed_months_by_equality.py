"""Compare closed months by equality: a list of one month cost a roll-up on SQLite a third of its time."""

from alembic import op

revision = "0031"
down_revision = "0030"

_TABLES = ("posting", "actual")
_CHANGES = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}


def _replace_triggers(condition: str, joined_by: str, whole: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in _TABLES:
        for change, rows in _CHANGES.items():
            is_closed = whole.format(joined_by.join(condition.format(row) for row in rows))
            op.execute(f"DROP TRIGGER {table}_closed_{change}")
            op.execute(
                f"CREATE TRIGGER {table}_closed_{change} BEFORE {change.upper()} ON {table}"
                f" WHEN EXISTS (SELECT 1 FROM closing WHERE {is_closed})"
                " BEGIN SELECT RAISE(ABORT, 'this month is closed'); END"
            )


def upgrade() -> None:
    """Nothing on PostgreSQL, which asks once a statement."""
    _replace_triggers("period = {}.period", " OR ", "{}")


def downgrade() -> None:
    """The triggers of 0005."""
    _replace_triggers("{}.period", ", ", "period IN ({})")
