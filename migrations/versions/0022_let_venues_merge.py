"""Let a venue go into another that is the same place."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    with op.batch_alter_table("venue") as table:
        table.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("merged_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_venue_merged_into_id_venue"), "venue", ["merged_into_id"], ["id"], ondelete="SET NULL"
        )
        table.create_foreign_key(
            op.f("fk_venue_merged_by_id_user_account"),
            "user_account",
            ["merged_by_id"],
            ["id"],
            ondelete="SET NULL",
        )
        table.create_index(op.f("ix_venue_merged_into_id"), ["merged_into_id"])


def downgrade() -> None:
    with op.batch_alter_table("venue") as table:
        table.drop_index(op.f("ix_venue_merged_into_id"))
        table.drop_constraint(op.f("fk_venue_merged_by_id_user_account"), type_="foreignkey")
        table.drop_constraint(op.f("fk_venue_merged_into_id_venue"), type_="foreignkey")
        table.drop_column("merged_by_id")
        table.drop_column("merged_at")
        table.drop_column("merged_into_id")
