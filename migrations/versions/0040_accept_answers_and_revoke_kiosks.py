"""Let doubtful answers be accepted; give kiosks an identity, so that one can be revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

_STEPS = ("excluded", "included")
_CHECK = "rulingstep"


def upgrade() -> None:
    _check((*_STEPS, "accepted"))
    op.create_table(
        "kiosk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_kiosk_activity_id"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{done}_by_id"],
                ["user_account.id"],
                name=op.f(f"fk_kiosk_{done}_by_id"),
                ondelete="SET NULL",
            )
            for done in ("created", "revoked")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk")),
    )
    op.create_index(op.f("ix_kiosk_activity_id"), "kiosk", ["activity_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_kiosk_activity_id"), "kiosk")
    op.drop_table("kiosk")
    op.execute("UPDATE answer_ruling SET step = 'included' WHERE step = 'accepted'")
    _check(_STEPS)


def _check(steps: tuple[str, ...]) -> None:
    """Let decisions have these steps. Batch mode re-creates SQLite's table without its checks."""
    condition = f"step IN ({', '.join(repr(step) for step in steps)})"
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("answer_ruling", recreate="always") as table:
            table.create_check_constraint(_CHECK, condition)
    else:
        op.drop_constraint(_CHECK, "answer_ruling", type_="check")
        op.create_check_constraint(_CHECK, "answer_ruling", condition)
