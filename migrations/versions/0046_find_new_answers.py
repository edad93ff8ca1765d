"""Index the moments of answers on PostgreSQL, so that activities with new ones are found among millions."""

from alembic import op

revision = "0046"
down_revision = "0045"

_INDEX, _TABLE = "ix_response_submitted_at", "response"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(_INDEX, _TABLE, ["submitted_at"], postgresql_using="brin")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(_INDEX, _TABLE)
