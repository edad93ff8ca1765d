"""Keep what differs from the audit trail until a person closes it."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"

_MOMENT = sa.DateTime(timezone=True)
_SORTS = ("chain", "head", "record", "answers", "books")


def upgrade() -> None:
    op.create_table(
        "discrepancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column(
            "sort",
            sa.Enum(*_SORTS, name="sort", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["closed_by_id"],
            ["user_account.id"],
            name="fk_discrepancy_closed_by_id_user_account",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_discrepancy"),
        sa.UniqueConstraint("key", name="uq_discrepancy_key"),
    )
    op.create_index(
        "ix_discrepancy_open",
        "discrepancy",
        ["id"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("discrepancy")
