"""Create the sums of answers by project and month, and the triggers that drop them that no longer hold."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_COUNTED = ("project_id", "held_on", "status", "audience_onsite", "audience_online")


def _forget(project: str, day: str) -> str:
    """The month's sums, when they reach to that day."""
    month = {"sqlite": f"substr({day}, 1, 7)", "postgresql": f"to_char({day}, 'YYYY-MM')"}[
        op.get_bind().dialect.name
    ]
    return f"DELETE FROM summed_month WHERE project_id = {project} AND month = {month} AND through >= {day};"


def _of_activity(row: str) -> str:
    return _forget(f"{row}.project_id", f"{row}.held_on")


def _of_its_activity(row: str) -> str:
    def asked(column: str) -> str:
        return f"(SELECT {column} FROM activity WHERE id = {row}.activity_id AND status = 'approved')"

    return _forget(asked("project_id"), asked("held_on"))


def _create(table: str, change: str, *, forgets: str, when: str = "") -> None:
    name, moment = f"{table}_sums_{change.split(maxsplit=1)[0].lower()}", f"AFTER {change} ON {table}"
    condition = f" WHEN ({when})" if when else ""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {name} {moment}{condition} BEGIN {forgets} END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {forgets} RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {moment} FOR EACH ROW{condition} EXECUTE FUNCTION {name}()")


def _differs() -> str:
    is_other = {"sqlite": "IS NOT", "postgresql": "IS DISTINCT FROM"}[op.get_bind().dialect.name]
    return " OR ".join(f"OLD.{column} {is_other} NEW.{column}" for column in _COUNTED)


def upgrade() -> None:
    op.create_table(
        "summed_month",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("heads", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_summed_month_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", "month", name=op.f("pk_summed_month")),
    )
    op.create_table(
        "answer_sum",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("questionnaire", sa.String(length=20), nullable=False),
        sa.Column("question", sa.String(length=80), nullable=False),
        sa.Column("choice", sa.String(length=80), nullable=False),
        sa.Column("age", sa.String(length=80), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "month"],
            ["summed_month.project_id", "summed_month.month"],
            name=op.f("fk_answer_sum_project_id_month"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "month", "questionnaire", "question", "choice", "age", name=op.f("pk_answer_sum")
        ),
        sqlite_with_rowid=False,
    )
    was, is_ = "OLD.status = 'approved'", "NEW.status = 'approved'"
    _create("activity", "INSERT", forgets=_of_activity("NEW"), when=is_)
    _create("activity", "DELETE", forgets=_of_activity("OLD"), when=was)
    _create(
        "activity",
        f"UPDATE OF {', '.join(_COUNTED)}",
        forgets=_of_activity("OLD") + _of_activity("NEW"),
        when=f"({was} OR {is_}) AND ({_differs()})",
    )
    for table, changes in _ANSWERS.items():
        for change, row in changes.items():
            _create(table, change, forgets=_of_its_activity(row))


# Answers come to surveys that are open, and those are not summed: a later one breaks its activity's seal.
_ANSWERS = {
    "response": {"UPDATE": "NEW", "DELETE": "OLD"},
    "paper_tally": {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"},
    "sealed_count": {"DELETE": "OLD", "UPDATE": "NEW"},
}


def downgrade() -> None:
    tables = {"activity": ("INSERT", "UPDATE", "DELETE"), **_ANSWERS}
    for table, changes in tables.items():
        for change in changes:
            name = f"{table}_sums_{change.lower()}"
            if op.get_bind().dialect.name == "sqlite":
                op.execute(f"DROP TRIGGER {name}")
            else:
                op.execute(f"DROP FUNCTION {name}() CASCADE")
    op.drop_table("answer_sum")
    op.drop_table("summed_month")
