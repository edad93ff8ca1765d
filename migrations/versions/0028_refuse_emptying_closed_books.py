"""Refuse to empty the books while a month is closed: PostgreSQL's TRUNCATE fires no trigger for rows."""

from alembic import op

revision = "0028"
down_revision = "0027"

_BOOKS = ("posting", "actual")
_FUNCTION = """
CREATE FUNCTION refuse_emptying_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM closing) THEN
        RAISE EXCEPTION 'this month is closed';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(_FUNCTION)
    for table in _BOOKS:
        op.execute(
            f"CREATE TRIGGER {table}_closed_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying_books()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_emptying_books() CASCADE")
