"""Add the photos of tally sheets."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    # Written out, as both databases take it: batch mode would make the table anew.
    for column in ("sheet_id", "small_sheet_id"):
        op.execute(
            f"ALTER TABLE paper_tally ADD COLUMN {column} INTEGER"
            f" CONSTRAINT fk_paper_tally_{column} REFERENCES stored_file (id)"
        )


def downgrade() -> None:
    op.execute("ALTER TABLE paper_tally DROP COLUMN small_sheet_id")
    op.execute("ALTER TABLE paper_tally DROP COLUMN sheet_id")
