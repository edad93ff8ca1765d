"""Create surveys."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "answered_device",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("device_hash", sa.String(length=43), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_answered_device_activity_id")
        ),
        sa.PrimaryKeyConstraint("activity_id", "device_hash", name=op.f("pk_answered_device")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "paper_tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("very_satisfied", sa.Integer(), nullable=False),
        sa.Column("satisfied", sa.Integer(), nullable=False),
        sa.Column("neutral", sa.Integer(), nullable=False),
        sa.Column("dissatisfied", sa.Integer(), nullable=False),
        sa.Column("very_dissatisfied", sa.Integer(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "very_satisfied >= 0 AND satisfied >= 0 AND neutral >= 0"
            " AND dissatisfied >= 0 AND very_dissatisfied >= 0",
            name=op.f("ck_paper_tally_counts"),
        ),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_paper_tally_activity_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_paper_tally_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_tally")),
    )
    with op.batch_alter_table("paper_tally", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_tally_activity_id"), ["activity_id"], unique=False)

    op.create_table(
        "response",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=36), nullable=False),
        sa.Column("overall", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("questionnaire", sa.String(length=20), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("overall BETWEEN 1 AND 5", name=op.f("ck_response_overall")),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_response_activity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("activity_id", "nonce", name=op.f("uq_response_activity_id_nonce")),
    )


def downgrade() -> None:
    op.drop_table("response")
    with op.batch_alter_table("paper_tally", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_tally_activity_id"))

    op.drop_table("paper_tally")
    op.drop_table("answered_device")
