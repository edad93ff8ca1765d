"""Store who confirmed doubtful heads and amounts, and how many people a venue holds."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("venue", sa.Column("capacity", sa.Integer(), nullable=True))
    op.create_table(
        "heads_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("figure", sa.String(length=40), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_heads_confirmation_activity_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["user_account.id"],
            name=op.f("fk_heads_confirmation_confirmed_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heads_confirmation")),
        sa.UniqueConstraint(
            "activity_id", "rule", "figure", name=op.f("uq_heads_confirmation_activity_id_rule_figure")
        ),
    )
    with op.batch_alter_table("expense") as table:
        table.add_column(sa.Column("confirmed_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(
            op.f("fk_expense_confirmed_by_id"),
            "user_account",
            ["confirmed_by_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    with op.batch_alter_table("expense") as table:
        table.drop_constraint(op.f("fk_expense_confirmed_by_id"), type_="foreignkey")
        table.drop_column("confirmed_by_id")
        table.drop_column("confirmed_at")
    op.drop_table("heads_confirmation")
    op.drop_column("venue", "capacity")
