"""Index who entered an activity."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_index("ix_activity_created_by", "activity", ["created_by_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_activity_created_by", "activity")
