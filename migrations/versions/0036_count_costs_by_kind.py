"""Give expenses a kind, and rules the kinds of expense they are limited to."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.add_column(
        "expense", sa.Column("expense_kind", sa.String(length=40), server_default="", nullable=False)
    )
    op.add_column(
        "rule", sa.Column("limits_expenses", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "rule_expense_kind",
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("expense_kind", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["rule.indicator_id"],
            name=op.f("fk_rule_expense_kind_indicator_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("indicator_id", "expense_kind", name=op.f("pk_rule_expense_kind")),
    )


def downgrade() -> None:
    op.drop_table("rule_expense_kind")
    op.drop_column("rule", "limits_expenses")
    op.drop_column("expense", "expense_kind")
