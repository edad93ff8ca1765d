"""Let an office say for a year what counts as satisfaction."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"

_METHOD = sa.Enum(
    "share", "index", name="satisfactionmethod", native_enum=False, create_constraint=True, length=24
)


def upgrade() -> None:
    op.create_table(
        "year_satisfaction",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("method", _METHOD, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["user_account.id"], "fk_year_satisfaction_changed_by_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("year", name="pk_year_satisfaction"),
    )


def downgrade() -> None:
    op.drop_table("year_satisfaction")
