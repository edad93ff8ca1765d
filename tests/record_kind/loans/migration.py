"""Create loans."""

import sqlalchemy as sa
from alembic import op

revision = "loans"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "loan",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("project_id", sa.Integer(), sa.ForeignKey("project.id"), nullable=False),
        sa.Column("activity_id", sa.Integer(), sa.ForeignKey("activity.id"), index=True),
        sa.Column("borrower", sa.String(length=80), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("lent_on", sa.Date(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), sa.ForeignKey("user_account.id", ondelete="SET NULL")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.Integer(), sa.ForeignKey("user_account.id")),
        sa.Column("writers", sa.Text(), server_default="", nullable=False),
        sa.Column("approved_by_id", sa.Integer(), sa.ForeignKey("user_account.id")),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("loan")
