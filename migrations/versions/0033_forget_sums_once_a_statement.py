"""Forget a month's sums once for all answers of a statement; PostgreSQL did for each of them."""

from alembic import op

revision = "0033"
down_revision = "0032"

_ONCE = """
CREATE FUNCTION response_sums_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM summed_month USING activity
    WHERE activity.id IN (SELECT activity_id FROM inserted) AND activity.status = 'approved'
        AND summed_month.project_id = activity.project_id
        AND summed_month.month = to_char(activity.held_on, 'YYYY-MM')
        AND summed_month.through >= activity.held_on;
    RETURN NULL;
END $$
"""
_PROJECT, _DAY = (
    f"(SELECT {column} FROM activity WHERE id = NEW.activity_id AND status = 'approved')"
    for column in ("project_id", "held_on")
)
_EACH = f"""
CREATE FUNCTION response_sums_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM summed_month
    WHERE project_id = {_PROJECT} AND month = to_char({_DAY}, 'YYYY-MM') AND through >= {_DAY};
    RETURN NULL;
END $$
"""


def _replace(function: str, rows: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP FUNCTION response_sums_insert() CASCADE")
    op.execute(function)
    op.execute(
        f"CREATE TRIGGER response_sums_insert AFTER INSERT ON response {rows}"
        " EXECUTE FUNCTION response_sums_insert()"
    )


def upgrade() -> None:
    """SQLite knows no triggers of a statement; there a row's own costs little."""
    _replace(_ONCE, "REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT")


def downgrade() -> None:
    _replace(_EACH, "FOR EACH ROW")
