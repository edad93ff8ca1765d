"""Let a year's figures be rounded before they are compared with their targets."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.create_table(
        "year_rounding",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rounds_first", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["user_account.id"], "fk_year_rounding_changed_by_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("year", name="pk_year_rounding"),
    )


def downgrade() -> None:
    op.drop_table("year_rounding")
