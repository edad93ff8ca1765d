"""Keep how far the nightly deletion of devices and texts has come."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"

_TASKS = ("devices", "texts", "mask", "mask_hosts")


def upgrade() -> None:
    op.create_table(
        "retention_progress",
        sa.Column(
            "task",
            sa.Enum(*_TASKS, name="task", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("through_on", sa.Date(), nullable=True),
        sa.Column("through_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("task", name="pk_retention_progress"),
    )


def downgrade() -> None:
    op.drop_table("retention_progress")
