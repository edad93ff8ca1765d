"""Keep with every actual the sentences of its rule, with a closed month its targets and units."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

_OF_MONTHS_CLOSED_BEFORE = """
INSERT INTO closed_target (
    indicator_id, period, operator, target, target_word, unit, tolerance, reached, whole
)
SELECT indicator.id, closing.period, indicator.operator,
    COALESCE(
        (
            SELECT target FROM target_adjustment
            WHERE target_adjustment.indicator_id = indicator.id AND {month} <= closing.period
            ORDER BY adjusted_on DESC, target_adjustment.id DESC LIMIT 1
        ),
        indicator.target
    ),
    indicator.target_word, indicator.unit, COALESCE(rule.tolerance, '0'),
    closed_plan.reached, closed_plan.whole
FROM closing
JOIN project ON project.year = CAST(substr(closing.period, 1, 4) AS INTEGER)
JOIN indicator ON indicator.project_id = project.id
LEFT JOIN rule ON rule.indicator_id = indicator.id
LEFT JOIN closed_plan
  ON closed_plan.indicator_id = indicator.id AND closed_plan.period = closing.period
"""


def _key() -> tuple[sa.Column[int], sa.Column[str]]:
    return (
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
    )


def _constraints(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f(f"fk_{table}_indicator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("indicator_id", "period", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    op.add_column("finding", sa.Column("is_error", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("actual", sa.Column("filters", sa.Text(), nullable=True))
    op.add_column("actual", sa.Column("counting", sa.Integer(), server_default="1", nullable=False))
    op.create_table(
        "closed_target",
        *_key(),
        sa.Column("operator", sa.String(length=1), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=True),
        sa.Column("target_word", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("tolerance", sa.String(length=32), nullable=False),
        sa.Column("reached", sa.String(length=32), nullable=True),
        sa.Column("whole", sa.String(length=32), nullable=True),
        *_constraints("closed_target"),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    month = "substr(adjusted_on, 1, 7)" if is_sqlite else "to_char(adjusted_on, 'YYYY-MM')"
    op.execute(_OF_MONTHS_CLOSED_BEFORE.format(month=month))
    op.drop_table("closed_plan")


def downgrade() -> None:
    op.execute("DELETE FROM finding")
    op.drop_column("finding", "is_error")
    op.create_table(
        "closed_plan",
        *_key(),
        sa.Column("reached", sa.String(length=32), nullable=False),
        sa.Column("whole", sa.String(length=32), nullable=False),
        *_constraints("closed_plan"),
    )
    op.execute(
        "INSERT INTO closed_plan (indicator_id, period, reached, whole)"
        " SELECT indicator_id, period, reached, whole FROM closed_target"
        " WHERE reached IS NOT NULL AND whole IS NOT NULL"
    )
    op.drop_table("closed_target")
    op.drop_column("actual", "counting")
    op.drop_column("actual", "filters")
