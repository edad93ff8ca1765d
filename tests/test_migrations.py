"""The migrations lead to exactly the tables of the models, on both databases."""

import re
from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, Index, func, inspect, select, text
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.database import (
    all_tables,
    downgrade_schema,
    has_current_schema,
    make_engine,
    upgrade_schema,
)
from activitylog.milestones.models import Milestone
from activitylog.surveys.models import AnswerSum, SummedMonth
from tests.databases import Databases
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.surveys import make_paper_tally


def _constraints(engine: Engine) -> set[tuple[str, str]]:
    look = inspect(engine)
    return {
        (table, str(check["name"]))
        for table in look.get_table_names()
        for check in look.get_check_constraints(table)
    }


def _is_of_dialect(engine: Engine) -> Callable[..., bool]:
    """Whether an index is made on this database: one of PostgreSQL's own is not looked for elsewhere."""

    def is_made(item: object, *_: object) -> bool:
        options = item.dialect_options if isinstance(item, Index) else {}
        return engine.name == "postgresql" or not options.get("postgresql", {}).get("using")

    return is_made


def test_migrated_tables_are_those_of_the_models(databases: Databases) -> None:
    with databases.fresh() as url:
        engine = make_engine(url)
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "include_object": _is_of_dialect(engine)}
            )
            assert compare_metadata(context, all_tables()) == []
        engine.dispose()


def test_migrated_checks_are_those_of_the_models(databases: Databases) -> None:
    declared = {
        (table.name, re.sub(r"\s", "", str(check.name)))
        for table in all_tables().tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    with databases.fresh() as url:
        engine = make_engine(url)
        assert _constraints(engine) == declared
        engine.dispose()


def test_migrations_can_be_undone_and_done_again(databases: Databases) -> None:
    with databases.fresh(migrated=False) as url:
        upgrade_schema(url)
        downgrade_schema(url, "base")
        engine = make_engine(url)
        assert set(inspect(engine).get_table_names()) == {"alembic_version"}
        upgrade_schema(url)
        with engine.connect() as connection:
            assert has_current_schema(connection)
        engine.dispose()


def test_who_wrote_what_is_known_as_far_as_it_was_stored(databases: Databases) -> None:
    """What counted before there were approvals has no writer: it is not told of as unseen."""
    with databases.fresh() as url, Session(make_engine(url)) as session:
        project = make_project(session)
        one, other = make_user(session, project), make_user(session, project)
        new, corrected, old = (make_milestone(session, project, name=name) for name in ("甲", "乙", "丙"))
        waiting, approved = (
            make_activity(session, project, status=status, by=one)
            for status in (Status.LOGGED, Status.APPROVED)
        )
        new.created_by_id = new.written_by_id = corrected.created_by_id = old.created_by_id = one.id
        corrected.written_by_id = other.id
        waiting.written_by_id = approved.written_by_id = None
        numbers = (one.id, other.id)
        session.commit()
        downgrade_schema(url, "0043")
        upgrade_schema(url)
        stored = [
            session.scalars(select(model.writers).order_by(model.id)) for model in (Milestone, Activity)
        ]
        assert [list(writers) for writers in stored] == [
            [f",{numbers[0]},", f",{numbers[0]},{numbers[1]},", ""],
            [f",{numbers[0]},", ""],
        ]
        session.get_bind().dispose()


SUMMED = (
    "INSERT INTO summed_month (project_id, month, through, activities, heads)"
    " SELECT id, '2024-06', '2024-06-30', 1, 60 FROM project",
    "INSERT INTO answer_sum (project_id, month, questionnaire, question, choice, age, answers)"
    " SELECT id, '2024-06', 'default-1', 'overall', '5', '', 3 FROM project",
)


def test_sums_of_answers_that_a_migration_forgets_leave_nothing_behind(databases: Databases) -> None:
    """Without foreign keys, as SQLite's tables are migrated, no deletion takes anything along."""
    for revision in ("0040", "0043"):
        with databases.fresh() as url, Session(make_engine(url)) as session:
            project = make_project(session)
            activity = make_activity(session, project, by=make_user(session, project))
            make_paper_tally(session, activity, satisfied=3).written_by_id = activity.created_by_id
            session.commit()
            downgrade_schema(url, revision)
            for statement in SUMMED:
                session.execute(text(statement))
            session.commit()
            upgrade_schema(url)
            counts = [session.scalar(select(func.count()).select_from(t)) for t in (SummedMonth, AnswerSum)]
            assert counts == [0, 0]
            session.get_bind().dispose()
