"""Store who confirmed doubtful heads and amounts, and how many people a venue holds."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


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
    # Written out, as both databases take it: batch mode would make the table anew.
    op.execute(
        "ALTER TABLE expense ADD COLUMN confirmed_by_id INTEGER CONSTRAINT fk_expense_confirmed_by_id"
        " REFERENCES user_account (id)"
    )
    op.add_column("expense", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("expense", "confirmed_at")
    op.execute("ALTER TABLE expense DROP COLUMN confirmed_by_id")
    op.drop_table("heads_confirmation")
    op.drop_column("venue", "capacity")
