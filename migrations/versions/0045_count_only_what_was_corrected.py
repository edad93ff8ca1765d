"""Note the activities corrected after their month was summed instead of forgetting the month's sums."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"

_ROWS = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
_OLD = {"activity": tuple(_ROWS), "response": ("update", "delete"), "paper_tally": tuple(_ROWS)}


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _month(day: str) -> str:
    return f"substr({day}, 1, 7)" if _is_sqlite() else f"to_char({day}, 'YYYY-MM')"


def _in_sum(row: str) -> str:
    """Whether the sums of `summed_month` reach to the activity's day."""
    return (
        f"project_id = {row}.project_id AND month = {_month(f'{row}.held_on')} AND through >= {row}.held_on"
    )


def _mark(activity: str, sums: str) -> str:
    return (
        f"INSERT INTO unsummed_activity SELECT {activity} WHERE EXISTS (SELECT 1 FROM {sums})"
        " ON CONFLICT DO NOTHING;"
    )


def _summed(row: str) -> str:
    """The row's activity with the sums that contain its answers."""
    return (
        f"activity JOIN summed_month ON summed_month.{_in_sum('activity')}"
        f" WHERE activity.status = 'approved' AND activity.id = {row}.activity_id"
    )


def _copy() -> str:
    return (
        "INSERT INTO unsummed_answer SELECT response.id, project_id, month FROM response,"
        f" (SELECT activity.id, summed_month.project_id, month FROM {_summed('NEW')}) summed"
        " WHERE response.activity_id = summed.id AND response.exclusion_id IS NULL;"
    )


def _forget(row: str) -> str:
    return (
        "DELETE FROM summed_month WHERE (project_id, month) IN (SELECT project_id, month FROM unsummed_answer"
        f" WHERE response_id = {row}.id UNION SELECT summed_month.project_id, month FROM {_summed(row)});"
    )


def _create(name: str, moment: str, statement: str, when: str = "") -> None:
    condition = f" WHEN ({when})" if when else ""
    if _is_sqlite():
        op.execute(f"CREATE TRIGGER {name} {moment}{condition} BEGIN {statement} END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN {statement} RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {moment} FOR EACH ROW{condition} EXECUTE FUNCTION {name}()")


def _drop(*names: str) -> None:
    for name in names:
        op.execute(f"DROP TRIGGER {name}" if _is_sqlite() else f"DROP FUNCTION {name}() CASCADE")


def _create_tables() -> None:
    op.create_table(
        "unsummed_activity",
        sa.Column("activity_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_unsummed_activity_activity_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_unsummed_activity")),
    )
    op.create_table(
        "unsummed_answer",
        sa.Column(
            "response_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "month"],
            ["summed_month.project_id", "summed_month.month"],
            name=op.f("fk_unsummed_answer_project_id_month"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_unsummed_answer")),
    )
    op.create_index("ix_unsummed_answer_month", "unsummed_answer", ["project_id", "month"])


def upgrade() -> None:
    _drop(*(f"{table}_sums_{change}" for table, changes in _OLD.items() for change in changes))
    op.execute("DELETE FROM answer_sum WHERE questionnaire = ''")  # paper forms are counted from tallies
    for column in ("activities", "heads"):
        op.drop_column("summed_month", column)
    _create_tables()
    _index_activities("audience_onsite", "audience_online")  # to sum the heads without reading activities
    _create("unsummed_activity_answers", "AFTER INSERT ON unsummed_activity", _copy())
    was, is_ = "OLD.status = 'approved'", "NEW.status = 'approved'"
    in_new = f"summed_month WHERE {_in_sum('NEW')}"
    _create("activity_sums_insert", "AFTER INSERT ON activity", _mark("NEW.id", in_new), is_)
    in_either = f"summed_month WHERE ({was} AND {_in_sum('OLD')}) OR ({is_} AND {_in_sum('NEW')})"
    # before the change, so that the answers are as they were summed
    _create(
        "activity_sums_update",
        "BEFORE UPDATE OF project_id, status, held_on ON activity",
        _mark("OLD.id", in_either),
        f"({was} OR {is_}) AND ({_differs('project_id', 'status', 'held_on')})",
    )
    _create(
        "response_sums_exclusion",
        "BEFORE UPDATE OF exclusion_id ON response",
        _mark("OLD.activity_id", _summed("OLD")),
        _differs("exclusion_id"),
    )
    contents = "activity_id, overall, answers, questionnaire"
    _create("response_sums_update", f"AFTER UPDATE OF {contents} ON response", _forget("NEW"))
    _create("response_sums_delete", "AFTER DELETE ON response", _forget("OLD"))


def _index_activities(*columns: str) -> None:
    name = "ix_activity_project_status_held"
    op.drop_index(name, "activity")
    op.create_index(name, "activity", ["project_id", "status", "held_on", *columns])


def _differs(*columns: str) -> str:
    is_other = "IS NOT" if _is_sqlite() else "IS DISTINCT FROM"
    return " OR ".join(f"OLD.{column} {is_other} NEW.{column}" for column in columns)


def downgrade() -> None:
    activity = ("activity_sums_insert", "activity_sums_update")
    response = tuple(f"response_sums_{change}" for change in ("exclusion", "update", "delete"))
    _drop(*activity, *response, "unsummed_activity_answers")
    for table in ("unsummed_answer", "unsummed_activity"):
        op.drop_table(table)
    _index_activities()
    op.execute("DELETE FROM summed_month")
    op.add_column("summed_month", sa.Column("activities", sa.Integer(), nullable=False))
    op.add_column("summed_month", sa.Column("heads", sa.BigInteger(), nullable=False))
    for table, changes in _OLD.items():
        for change in changes:
            forgets = " ".join(_forget_month(table, row) for row in _ROWS[change])
            _create(f"{table}_sums_{change}", f"AFTER {change.upper()} ON {table}", forgets)


def _forget_month(table: str, row: str) -> str:
    """As before: the whole month of the activity, whatever changed."""
    if table == "activity":
        return f"DELETE FROM summed_month WHERE {_in_sum(row)};"
    return (
        "DELETE FROM summed_month WHERE (project_id, month) IN"
        f" (SELECT project_id, {_month('held_on')} FROM activity WHERE id = {row}.activity_id);"
    )
