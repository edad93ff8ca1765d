"""Create rulings about answers, their marks, and entrances to surveys."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "answer_ruling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "excluded",
                "included",
                name="rulingstep",
                native_enum=False,
                length=24,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_answer_ruling_activity_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_answer_ruling_decided_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_ruling")),
    )
    op.create_index(op.f("ix_answer_ruling_activity_id"), "answer_ruling", ["activity_id"])
    op.create_table(
        "survey_entrance",
        sa.Column("activity_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "code_rule",
            sa.Enum(
                "off",
                "either",
                "required",
                name="coderule",
                native_enum=False,
                length=24,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_survey_entrance_activity_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_survey_entrance")),
    )
    # Written out, as both databases take it: batch mode would copy a million answers.
    op.execute("ALTER TABLE response ADD COLUMN marks INTEGER DEFAULT 0 NOT NULL")
    op.execute(
        "ALTER TABLE response ADD COLUMN exclusion_id INTEGER"
        " CONSTRAINT fk_response_exclusion_id REFERENCES answer_ruling (id)"
    )
    op.create_index(
        op.f("ix_response_exclusion_id"),
        "response",
        ["exclusion_id"],
        sqlite_where=sa.text("exclusion_id IS NOT NULL"),
        postgresql_where=sa.text("exclusion_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_response_exclusion_id"), "response")
    op.execute("ALTER TABLE response DROP COLUMN exclusion_id")
    op.execute("ALTER TABLE response DROP COLUMN marks")
    op.drop_table("survey_entrance")
    op.drop_index(op.f("ix_answer_ruling_activity_id"), "answer_ruling")
    op.drop_table("answer_ruling")
