"""Give activities audience groups, the way heads were counted and a speaker; rules an audience group."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

_GROUPS = ("audience_young", "audience_elderly", "audience_office", "audience_others")


def upgrade() -> None:
    for name in _GROUPS:
        op.add_column("activity", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "activity", sa.Column("counting_method", sa.String(length=10), server_default="", nullable=False)
    )
    op.add_column("activity", sa.Column("speaker", sa.String(length=120), server_default="", nullable=False))
    op.add_column("rule", sa.Column("audience_group", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("rule", "audience_group")
    for name in ("speaker", "counting_method", *reversed(_GROUPS)):
        op.drop_column("activity", name)
