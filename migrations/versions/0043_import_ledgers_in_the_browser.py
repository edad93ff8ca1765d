"""Keep uploaded ledgers, the rows of their previews, and how an office's own columns are read."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

_STEPS = ("checking", "assigning", "checked", "refused", "importing", "imported")


def upgrade() -> None:
    op.create_table(
        "ledger_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("file_name", sa.String(length=80), nullable=False),
        sa.Column(
            "step",
            sa.Enum(*_STEPS, name="uploadstep", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("sheets", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_ledger_upload_created_by_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_upload")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_upload_key")),
    )
    op.create_index(op.f("ix_ledger_upload_created_by_id"), "ledger_upload", ["created_by_id"])
    op.create_table(
        "ledger_upload_row",
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("doubt", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("is_change", sa.Boolean(), nullable=False),
        sa.Column("is_ticked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["ledger_upload.id"],
            name=op.f("fk_ledger_upload_row_upload_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("upload_id", "position", name=op.f("pk_ledger_upload_row")),
    )
    op.create_table(
        "ledger_layout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("sheet", sa.String(length=10), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_layout")),
        sa.UniqueConstraint("signature", name=op.f("uq_ledger_layout_signature")),
    )


def downgrade() -> None:
    op.drop_table("ledger_layout")
    op.drop_table("ledger_upload_row")
    op.drop_table("ledger_upload")
