"""What a test left in the database it was given is not there for the next one."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from activitylog.projects.models import Project
from tests.databases import Databases, PostgresDatabases
from tests.factories.projects import make_project


def test_what_was_committed_is_gone_and_numbers_begin_anew(databases: Databases) -> None:
    for _ in range(2):
        with databases.emptied() as url, databases.engine(url) as engine, Session(engine) as session:
            assert session.scalars(select(Project)).all() == []
            assert make_project(session).id == 1
            session.commit()


def test_altered_tables_are_nobody_elses(databases: Databases) -> None:
    for _ in range(2):
        with databases.emptied() as url, databases.engine(url) as engine, Session(engine) as session:
            session.execute(text("ALTER TABLE project RENAME TO away"))
            session.commit()


def test_a_transaction_left_open_costs_the_database(postgresql_databases: PostgresDatabases) -> None:
    with postgresql_databases.emptied() as first, postgresql_databases.engine(first) as engine:
        left_open = Session(engine)
        make_project(left_open)
    with postgresql_databases.emptied() as second:
        assert second != first
    left_open.invalidate()


def test_a_database_without_work_left_is_used_again(postgresql_databases: PostgresDatabases) -> None:
    with postgresql_databases.emptied() as first:
        pass
    with postgresql_databases.emptied() as second:
        assert second == first
