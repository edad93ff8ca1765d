"""Add review settings, summaries and the items of the quality check."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("project", _added("skips_review", sa.Boolean(), sa.false()))
    op.add_column("project", _added("must_items", sa.String(length=200), ""))
    op.add_column("activity", _added("is_exempt", sa.Boolean(), sa.false()))
    op.add_column("activity", _added("quality_from_items", sa.Boolean(), sa.false()))
    op.add_column("activity", _added("summary", sa.Text(), ""))
    op.create_table(
        "activity_check",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column(
            "item",
            sa.Enum(
                "方案已批准",
                "安全已检查",
                "签到已留存",
                "照片不少于3张",
                "总结已提交",
                "无属实投诉",
                name="qualityitem",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_check_activity_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_activity_check_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("activity_id", "item", name=op.f("pk_activity_check")),
    )


def _added(name, kind, default):
    return sa.Column(name, kind, server_default=default, nullable=False)


def downgrade() -> None:
    op.drop_table("activity_check")
    for name in ("summary", "quality_from_items", "is_exempt"):
        op.drop_column("activity", name)
    for name in ("must_items", "skips_review"):
        op.drop_column("project", name)
