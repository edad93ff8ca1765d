"""Create questionnaires: versions that nobody changes, and answers of the sites that had an activity."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# A version may go with its project while nobody has answered it; who published it may be forgotten.
_FROZEN = "id, key, project_id, audience, number, questions, published_at"
_IS_ANSWERED = """EXISTS (SELECT 1 FROM response WHERE questionnaire = OLD.key)
        OR EXISTS (SELECT 1 FROM host_response WHERE questionnaire = OLD.key)"""
_UNCHANGED = "a published questionnaire is never changed"
_KEPT = "an answered questionnaire is kept"
_SQLITE = (
    f"""CREATE TRIGGER questionnaire_version_keep BEFORE UPDATE OF {_FROZEN} ON questionnaire_version
    BEGIN SELECT RAISE(ABORT, '{_UNCHANGED}'); END""",
    # REPLACE deletes without asking a trigger for deletes
    f"""CREATE TRIGGER questionnaire_version_add BEFORE INSERT ON questionnaire_version
    WHEN EXISTS (SELECT 1 FROM questionnaire_version WHERE id = NEW.id OR key = NEW.key)
    BEGIN SELECT RAISE(ABORT, '{_UNCHANGED}'); END""",
    f"""CREATE TRIGGER questionnaire_version_hold BEFORE DELETE ON questionnaire_version
    WHEN {_IS_ANSWERED}
    BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END""",
)
_POSTGRESQL = (
    f"""CREATE FUNCTION questionnaire_version_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            RAISE EXCEPTION '{_UNCHANGED}' USING ERRCODE = 'restrict_violation';
        ELSIF {_IS_ANSWERED} THEN
            RAISE EXCEPTION '{_KEPT}' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END $$""",
    f"""CREATE TRIGGER questionnaire_version_keep BEFORE UPDATE OF {_FROZEN} ON questionnaire_version
    FOR EACH ROW EXECUTE FUNCTION questionnaire_version_keep()""",
    """CREATE TRIGGER questionnaire_version_hold BEFORE DELETE ON questionnaire_version
    FOR EACH ROW EXECUTE FUNCTION questionnaire_version_keep()""",
)
_SOME_TOKENS = {
    "sqlite": "UPDATE activity SET host_token = lower(hex(randomblob(8)))",
    "postgresql": "UPDATE activity SET host_token = substr(replace(gen_random_uuid()::text, '-', ''), 17)",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    # Nullable, since SQLite cannot add it otherwise without making the table anew, and losing its checks.
    op.add_column("activity", sa.Column("host_token", sa.String(length=16), nullable=True))
    op.execute(_SOME_TOKENS[dialect])
    op.create_index("ix_activity_host_token", "activity", ["host_token"], unique=True)
    _create_answers()
    _create_questionnaires()
    for statement in _POSTGRESQL if dialect == "postgresql" else _SQLITE:
        op.execute(statement)


def _create_answers() -> None:
    op.create_table(
        "host_device",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("device_hash", sa.String(length=43), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_host_device_activity_id")),
        sa.PrimaryKeyConstraint("activity_id", "device_hash", name=op.f("pk_host_device")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "host_response",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=36), nullable=False),
        sa.Column("overall", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("questionnaire", sa.String(length=20), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("overall BETWEEN 1 AND 5", name=op.f("ck_host_response_overall")),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_host_response_activity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_response")),
        sa.UniqueConstraint("activity_id", "nonce", name=op.f("uq_host_response_activity_id_nonce")),
    )


def _create_questionnaires() -> None:
    audience = sa.Enum(
        "attendees", "hosts", name="audience", native_enum=False, create_constraint=True, length=24
    )
    op.create_table(
        "questionnaire_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("audience", audience, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
            name=op.f("fk_questionnaire_version_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"],
            ["user_account.id"],
            name=op.f("fk_questionnaire_version_published_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_version")),
        sa.UniqueConstraint("key", name=op.f("uq_questionnaire_version_key")),
        sa.UniqueConstraint(
            "project_id",
            "audience",
            "number",
            name=op.f("uq_questionnaire_version_project_id_audience_number"),
        ),
    )
    op.create_table(
        "project_questionnaire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("audience", audience, nullable=False),
        sa.Column("in_use", sa.String(length=20), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["user_account.id"],
            name=op.f("fk_project_questionnaire_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
            name=op.f("fk_project_questionnaire_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_questionnaire")),
        sa.UniqueConstraint(
            "project_id", "audience", name=op.f("uq_project_questionnaire_project_id_audience")
        ),
    )


def downgrade() -> None:
    op.drop_table("project_questionnaire")
    op.drop_table("questionnaire_version")
    op.drop_table("host_response")
    op.drop_table("host_device")
    op.drop_index("ix_activity_host_token", table_name="activity")
    op.drop_column("activity", "host_token")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION questionnaire_version_keep()")
