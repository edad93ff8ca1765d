"""Drop bookmarks, sums of keys and sealed answers; count the records of every month."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

_RECORDS = """
INSERT INTO month_records (period, records)
SELECT period, COUNT(*) FROM (
    SELECT DISTINCT period, source_id,
           CASE WHEN source IN ('survey', 'release') THEN 'activity' ELSE source END AS source
    FROM posting
) record
GROUP BY period
"""
_SEAL_CHANGES = {"DELETE": "OLD", "UPDATE": "NEW"}


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _create_trigger(table: str, change: str, row: str) -> None:
    """When it changes, forget the sums of its activity's month, should they reach to that day."""
    asked = "(SELECT {column} FROM activity WHERE id = {row}.activity_id AND status = 'approved')"
    project, day = (asked.format(column=column, row=row) for column in ("project_id", "held_on"))
    month = f"substr({day}, 1, 7)" if _is_sqlite() else f"to_char({day}, 'YYYY-MM')"
    forgets = (
        f"DELETE FROM summed_month WHERE project_id = {project} AND month = {month} AND through >= {day};"
    )
    name = f"{table}_sums_{change.lower()}"
    if _is_sqlite():
        op.execute(f"CREATE TRIGGER {name} AFTER {change} ON {table} BEGIN {forgets} END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {forgets} RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} AFTER {change} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _drop_trigger(table: str, change: str) -> None:
    name = f"{table}_sums_{change.lower()}"
    op.execute(f"DROP TRIGGER {name}" if _is_sqlite() else f"DROP FUNCTION {name}() CASCADE")


def upgrade() -> None:
    for change in _SEAL_CHANGES:
        _drop_trigger("sealed_count", change)
    for table in ("sealed_count", "key_sum", "bookmark"):
        op.drop_table(table)
    _create_trigger("response", "INSERT", "NEW")
    op.create_table(
        "month_records",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_month_records")),
    )
    op.execute(_RECORDS)


def downgrade() -> None:
    op.drop_table("month_records")
    _drop_trigger("response", "INSERT")
    op.create_table(
        "bookmark",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first", sa.String(length=7), nullable=False),
        sa.Column("through", sa.String(length=7), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("response_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_bookmark")),
    )
    op.create_table(
        "key_sum",
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=600), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_key_sum_indicator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("indicator_id", "key", "period", name=op.f("pk_key_sum")),
    )
    op.create_table(
        "sealed_count",
        sa.Column("activity_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("happens_on", sa.Date(), nullable=False),
        sa.Column("satisfied", sa.Integer(), nullable=False),
        sa.Column("valid", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_sealed_count_activity_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_sealed_count")),
    )
    for change, row in _SEAL_CHANGES.items():
        _create_trigger("sealed_count", change, row)
