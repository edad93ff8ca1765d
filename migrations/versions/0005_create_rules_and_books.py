"""Create rules and books."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Closed months take no change, whoever asks. On SQLite, re-creating `posting`, `actual` or `indicator` in
# batch mode loses the triggers: a later migration that does so must create them again.
_BOOKS = ("posting", "actual")
_CHANGES = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
_REFUSAL = "this month is closed"


def _sqlite_trigger(table: str, change: str) -> str:
    periods = ", ".join(f"{row}.period" for row in _CHANGES[change])
    return (
        f"CREATE TRIGGER {table}_closed_{change} BEFORE {change.upper()} ON {table}"
        f" WHEN EXISTS (SELECT 1 FROM closing WHERE period IN ({periods}))"
        f" BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    )


def _postgresql_trigger(table: str, change: str, row: str) -> str:
    return (
        f"CREATE TRIGGER {table}_closed_{change}_{row.lower()} AFTER {change.upper()} ON {table}"
        f" REFERENCING {row} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_month()"
    )


_POSTGRESQL_FUNCTION = f"""
CREATE FUNCTION refuse_closed_month() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM changed JOIN closing USING (period)) THEN
        RAISE EXCEPTION '{_REFUSAL}';
    END IF;
    RETURN NULL;
END $$
"""
# What an indicator's foreign key would do, without asking for the indicator at every posting.
_SQLITE_FORGETTING = """CREATE TRIGGER indicator_postings AFTER DELETE ON indicator
    BEGIN DELETE FROM posting WHERE indicator_id = OLD.id; END"""
_POSTGRESQL_FORGETTING = (
    """CREATE FUNCTION forget_postings() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM posting WHERE indicator_id = OLD.id;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER indicator_postings AFTER DELETE ON indicator
    FOR EACH ROW EXECUTE FUNCTION forget_postings()""",
)
_FREEZING = {
    "sqlite": [
        *(_sqlite_trigger(table, change) for table in _BOOKS for change in _CHANGES),
        _SQLITE_FORGETTING,
    ],
    "postgresql": [
        _POSTGRESQL_FUNCTION,
        *(
            _postgresql_trigger(table, change, row)
            for table in _BOOKS
            for change, rows in _CHANGES.items()
            for row in rows
        ),
        *_POSTGRESQL_FORGETTING,
    ],
}
_THAWING = {
    "sqlite": [
        *(f"DROP TRIGGER {table}_closed_{change}" for table in _BOOKS for change in _CHANGES),
        "DROP TRIGGER indicator_postings",
    ],
    "postgresql": [
        "DROP FUNCTION refuse_closed_month() CASCADE",
        "DROP FUNCTION forget_postings() CASCADE",
    ],
}


def upgrade() -> None:
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job", "period", name=op.f("pk_job_run")),
    )
    op.create_table(
        "closing",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["user_account.id"], name=op.f("fk_closing_closed_by_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_closing")),
    )
    op.create_table(
        "actual",
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.Column("adjustments", sa.Integer(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_actual_indicator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("indicator_id", "period", name=op.f("pk_actual")),
    )
    with op.batch_alter_table("actual", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_actual_period"), ["period"], unique=False)

    op.create_table(
        "manual_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user_account.id"],
            name=op.f("fk_manual_entry_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_manual_entry_indicator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_entry")),
    )
    with op.batch_alter_table("manual_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manual_entry_indicator_id"), ["indicator_id"], unique=False)

    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=600), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint(
            "source", "source_id", "indicator_id", "key", "occurred_on", "period", name=op.f("uq_posting")
        ),
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index("ix_posting_indicator", ["indicator_id", "period"], unique=False)

    op.create_table(
        "rule",
        sa.Column("indicator_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=True),
        sa.Column("milestone_kind", sa.String(length=40), nullable=True),
        sa.Column("includes_online", sa.Boolean(), nullable=False),
        sa.Column("includes_reposts", sa.Boolean(), nullable=False),
        sa.Column("tolerance", sa.String(length=32), nullable=False),
        sa.Column("limits_kinds", sa.Boolean(), nullable=False),
        sa.Column("limits_venues", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["user_account.id"],
            name=op.f("fk_rule_confirmed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_rule_indicator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("indicator_id", name=op.f("pk_rule")),
    )
    op.create_table(
        "rule_activity_kind",
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["rule.indicator_id"],
            name=op.f("fk_rule_activity_kind_indicator_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["activity_kind.id"], name=op.f("fk_rule_activity_kind_kind_id")
        ),
        sa.PrimaryKeyConstraint("indicator_id", "kind_id", name=op.f("pk_rule_activity_kind")),
    )
    op.create_table(
        "rule_venue_kind",
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("venue_kind", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["rule.indicator_id"],
            name=op.f("fk_rule_venue_kind_indicator_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("indicator_id", "venue_kind", name=op.f("pk_rule_venue_kind")),
    )
    _create_past_revisions()
    for statement in _FREEZING[op.get_bind().dialect.name]:
        op.execute(statement)


def _create_past_revisions() -> None:
    op.create_table(
        "reopening",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reopened_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["reopened_by_id"],
            ["user_account.id"],
            name=op.f("fk_reopening_reopened_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("period", "revision", name=op.f("pk_reopening")),
    )
    op.create_table(
        "past_posting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=600), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_posting")),
    )
    op.create_index("ix_past_posting_of", "past_posting", ["indicator_id", "period", "revision"])
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"],
            ["indicator.id"],
            name=op.f("fk_finding_indicator_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_table(
        "past_actual",
        sa.Column("indicator_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("adjustments", sa.Integer(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("indicator_id", "period", "revision", name=op.f("pk_past_actual")),
    )


def downgrade() -> None:
    for statement in _THAWING[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("finding")
    op.drop_table("past_actual")
    op.drop_index("ix_past_posting_of", "past_posting")
    op.drop_table("past_posting")
    op.drop_table("reopening")
    op.drop_table("rule_venue_kind")
    op.drop_table("rule_activity_kind")
    op.drop_table("rule")
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.drop_index("ix_posting_indicator")

    op.drop_table("posting")
    with op.batch_alter_table("manual_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_manual_entry_indicator_id"))

    op.drop_table("manual_entry")
    with op.batch_alter_table("actual", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_actual_period"))

    op.drop_table("actual")
    op.drop_table("closing")
    op.drop_table("job_run")
