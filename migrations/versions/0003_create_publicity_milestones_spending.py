"""Create publicity milestones spending."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("due_on IS NOT NULL OR done_on IS NOT NULL", name=op.f("ck_milestone_dated")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_milestone_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_milestone_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
    )
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.create_index("ix_milestone_project_kind", ["project_id", "kind"], unique=False)

    op.create_table(
        "expense",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("summary", sa.String(length=200), nullable=False),
        sa.Column("planned_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("planned_fen >= 0 AND paid_fen >= 0", name=op.f("ck_expense_amounts")),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_expense_activity_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_expense_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_expense_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense")),
    )
    with op.batch_alter_table("expense", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expense_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index("ix_expense_project_paid", ["project_id", "paid_on"], unique=False)

    op.create_table(
        "media_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("outlet", sa.String(length=80), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("item_key", sa.String(length=600), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("is_repost", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_media_report_activity_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_media_report_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_media_report_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_report")),
    )
    with op.batch_alter_table("media_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_report_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_report_item_key"), ["item_key"], unique=False)
        batch_op.create_index(
            "ix_media_report_project_published", ["project_id", "published_on"], unique=False
        )

    op.create_table(
        "push",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("article_key", sa.String(length=600), nullable=False),
        sa.Column("batch", sa.String(length=60), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_push_activity_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_push_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_push_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push")),
    )
    with op.batch_alter_table("push", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_push_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_push_article_key"), ["article_key"], unique=False)
        batch_op.create_index("ix_push_project_published", ["project_id", "published_on"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("push", schema=None) as batch_op:
        batch_op.drop_index("ix_push_project_published")
        batch_op.drop_index(batch_op.f("ix_push_article_key"))
        batch_op.drop_index(batch_op.f("ix_push_activity_id"))

    op.drop_table("push")
    with op.batch_alter_table("media_report", schema=None) as batch_op:
        batch_op.drop_index("ix_media_report_project_published")
        batch_op.drop_index(batch_op.f("ix_media_report_item_key"))
        batch_op.drop_index(batch_op.f("ix_media_report_activity_id"))

    op.drop_table("media_report")
    with op.batch_alter_table("expense", schema=None) as batch_op:
        batch_op.drop_index("ix_expense_project_paid")
        batch_op.drop_index(batch_op.f("ix_expense_activity_id"))

    op.drop_table("expense")
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.drop_index("ix_milestone_project_kind")

    op.drop_table("milestone")
