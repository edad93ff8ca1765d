"""Freeze the targets and units of a closed month as its postings and actuals are."""

from alembic import op

revision = "0039"
down_revision = "0038"

_CHANGES = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}


def _sqlite() -> list[str]:
    return [
        f"CREATE TRIGGER closed_target_{change} BEFORE {change.upper()} ON closed_target"
        f" WHEN EXISTS (SELECT 1 FROM closing WHERE {' OR '.join(f'period = {row}.period' for row in rows)})"
        " BEGIN SELECT RAISE(ABORT, 'this month is closed'); END"
        for change, rows in _CHANGES.items()
    ]


def _postgresql() -> list[str]:
    """By the functions of 0005 and 0028."""
    return [
        *(
            f"CREATE TRIGGER closed_target_{change}_{row.lower()} AFTER {change.upper()} ON closed_target"
            f" REFERENCING {row} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_month()"
            for change, rows in _CHANGES.items()
            for row in rows
        ),
        "CREATE TRIGGER closed_target_truncate BEFORE TRUNCATE ON closed_target"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying_books()",
    ]


def _statements() -> list[str]:
    return _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql()


def upgrade() -> None:
    for statement in _statements():
        op.execute(statement)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _statements():
        op.execute(f"DROP TRIGGER {statement.split()[2]}" + ("" if is_sqlite else " ON closed_target"))
