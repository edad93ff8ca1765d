"""Keep what monthly plans said when a month was closed."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_OF_MONTHS_CLOSED_BEFORE = """
INSERT INTO closed_plan (indicator_id, period, reached, whole)
SELECT planned.indicator_id, closing.period, planned.cumulative, december.cumulative
FROM closing
JOIN project ON project.year = CAST(substr(closing.period, 1, 4) AS INTEGER)
JOIN indicator ON indicator.project_id = project.id
JOIN monthly_plan planned
  ON planned.indicator_id = indicator.id AND planned.month = CAST(substr(closing.period, 6) AS INTEGER)
JOIN monthly_plan december ON december.indicator_id = indicator.id AND december.month = 12
"""


def upgrade() -> None:
    op.create_table(
        "closed_plan",
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("reached", sa.String(length=32), nullable=False),
        sa.Column("whole", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["indicator.id"],
            name=op.f("fk_closed_plan_indicator_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("indicator_id", "period", name=op.f("pk_closed_plan")),
    )
    op.execute(_OF_MONTHS_CLOSED_BEFORE)


def downgrade() -> None:
    op.drop_table("closed_plan")
