"""Create judgement files."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "judgement_file",
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_judgement_file_file_id")),
        sa.ForeignKeyConstraint(
            ["judgement_id"],
            ["judgement.id"],
            name=op.f("fk_judgement_file_judgement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("judgement_id", "position", name=op.f("pk_judgement_file")),
    )


def downgrade() -> None:
    op.drop_table("judgement_file")
