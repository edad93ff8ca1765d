"""Create photos."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("upload", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("thumbnail_id", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=16), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("shows_minors", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_photo_activity_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_photo_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"],
            ["user_account.id"],
            name=op.f("fk_photo_withdrawn_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_photo_file_id")),
        sa.ForeignKeyConstraint(["thumbnail_id"], ["stored_file.id"], name=op.f("fk_photo_thumbnail_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("activity_id", "upload", name=op.f("uq_photo_activity_id_upload")),
    )
    op.create_index(op.f("ix_photo_file_id"), "photo", ["file_id"], unique=False)
    op.create_index(op.f("ix_photo_original_sha256"), "photo", ["original_sha256"], unique=False)
    op.create_table(
        "photo_band",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("band", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], name=op.f("fk_photo_band_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", "band", name=op.f("pk_photo_band")),
    )
    op.create_index(op.f("ix_photo_band_band"), "photo_band", ["band"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_photo_band_band"), table_name="photo_band")
    op.drop_table("photo_band")
    op.drop_index(op.f("ix_photo_original_sha256"), table_name="photo")
    op.drop_index(op.f("ix_photo_file_id"), table_name="photo")
    op.drop_table("photo")
