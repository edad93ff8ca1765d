"""Create bookmarks and seals."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
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


def downgrade() -> None:
    op.drop_table("sealed_count")
    op.drop_table("key_sum")
    op.drop_table("bookmark")
