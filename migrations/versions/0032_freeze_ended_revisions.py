"""Freeze ended revisions, and refuse SQLite's REPLACE of closed postings."""

from alembic import op

revision = "0032"
down_revision = "0031"

_PAST = ("past_posting", "past_actual")
_ENDED = "this revision has ended"
_HAS_ENDED = "EXISTS (SELECT 1 FROM reopening WHERE period = {row}.period AND revision = {row}.revision)"
_SQLITE = (
    # REPLACE deletes without asking a trigger for deletes
    """CREATE TRIGGER posting_closed_replace BEFORE INSERT ON posting
    WHEN EXISTS (SELECT 1 FROM closing WHERE period = (SELECT period FROM posting WHERE id = NEW.id))
    BEGIN SELECT RAISE(ABORT, 'this month is closed'); END""",
    """CREATE TRIGGER posting_keeps_id BEFORE UPDATE OF id ON posting WHEN NEW.id <> OLD.id
    BEGIN SELECT RAISE(ABORT, 'a posting keeps its id'); END""",
    f"""CREATE TRIGGER past_posting_replace BEFORE INSERT ON past_posting
    WHEN EXISTS (SELECT 1 FROM past_posting WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, '{_ENDED}'); END""",
    *(
        f"CREATE TRIGGER {table}_{change} BEFORE {change.upper()} ON {table}"
        f" WHEN {_HAS_ENDED.format(row=row)} BEGIN SELECT RAISE(ABORT, '{_ENDED}'); END"
        for table in _PAST
        for change, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD"))
    ),
)
_POSTGRESQL = (
    f"""CREATE FUNCTION refuse_ended_revision() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM changed JOIN reopening USING (period, revision)) THEN
            RAISE EXCEPTION '{_ENDED}';
        END IF;
        RETURN NULL;
    END $$""",
    f"""CREATE FUNCTION refuse_emptying_revisions() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM reopening) THEN
            RAISE EXCEPTION '{_ENDED}';
        END IF;
        RETURN NULL;
    END $$""",
    *(
        f"CREATE TRIGGER {table}_{change} AFTER {change.upper()} ON {table}"
        f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_ended_revision()"
        for table in _PAST
        for change, rows in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD"))
    ),
    *(
        f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying_revisions()"
        for table in _PAST
    ),
)


def upgrade() -> None:
    """A revision ends when its reopening is stored: its rows are copied before."""
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in _SQLITE:
            op.execute(f"DROP TRIGGER {statement.split()[2]}")
        return
    op.execute("DROP FUNCTION refuse_ended_revision() CASCADE")
    op.execute("DROP FUNCTION refuse_emptying_revisions() CASCADE")
