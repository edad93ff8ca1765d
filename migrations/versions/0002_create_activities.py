"""Create activities."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "activity_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_activity_counter")),
    )
    op.create_table(
        "activity_kind",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_kind")),
        sa.UniqueConstraint("name", name=op.f("uq_activity_kind_name")),
    )
    op.create_table(
        "venue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("district", sa.String(length=6), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
        sa.UniqueConstraint("name", "district", name=op.f("uq_venue_name_district")),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("survey_token", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("venue_id", sa.Integer(), nullable=True),
        sa.Column("venue_kind", sa.String(length=40), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column(
            "happens_on",
            sa.Date(),
            sa.Computed("coalesce(held_on, planned_on)", persisted=True),
            nullable=False,
        ),
        sa.Column("audience_onsite", sa.Integer(), nullable=False),
        sa.Column("audience_online", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "logged",
                "approved",
                "returned",
                "withdrawn",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("quality_met", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=False),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nonce", sa.String(length=36), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "status NOT IN ('logged', 'approved') OR held_on IS NOT NULL", name=op.f("ck_activity_held")
        ),
        sa.CheckConstraint(
            "audience_onsite >= 0 AND audience_online >= 0", name=op.f("ck_activity_audience")
        ),
        sa.CheckConstraint("planned_on IS NOT NULL OR held_on IS NOT NULL", name=op.f("ck_activity_dated")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_activity_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_activity_project_id")),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"],
            ["user_account.id"],
            name=op.f("fk_activity_reviewed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_activity_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("nonce", name=op.f("uq_activity_nonce")),
        sa.UniqueConstraint("number", name=op.f("uq_activity_number")),
        sa.UniqueConstraint("survey_token", name=op.f("uq_activity_survey_token")),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index("ix_activity_happens", ["happens_on", "id"], unique=False)
        batch_op.create_index("ix_activity_project_happens", ["project_id", "happens_on", "id"], unique=False)
        batch_op.create_index(
            "ix_activity_project_status_held", ["project_id", "status", "held_on"], unique=False
        )
        batch_op.create_index("ix_activity_status_happens", ["status", "happens_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_venue_id"), ["venue_id"], unique=False)

    op.create_table(
        "activity_district",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("district", sa.String(length=6), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_activity_district_activity_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("activity_id", "district", name=op.f("pk_activity_district")),
    )
    op.create_table(
        "activity_kind_link",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_activity_kind_link_activity_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["activity_kind.id"], name=op.f("fk_activity_kind_link_kind_id")
        ),
        sa.PrimaryKeyConstraint("activity_id", "kind_id", name=op.f("pk_activity_kind_link")),
    )
    with op.batch_alter_table("activity_kind_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_kind_link_kind_id"), ["kind_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("activity_kind_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_kind_link_kind_id"))

    op.drop_table("activity_kind_link")
    op.drop_table("activity_district")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_venue_id"))
        batch_op.drop_index("ix_activity_status_happens")
        batch_op.drop_index("ix_activity_project_status_held")
        batch_op.drop_index("ix_activity_project_happens")
        batch_op.drop_index("ix_activity_happens")

    op.drop_table("activity")
    op.drop_table("venue")
    op.drop_table("activity_kind")
    op.drop_table("activity_counter")
