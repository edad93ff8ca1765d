"""The migrations lead to exactly the tables of the models, on both databases."""

import re

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect

from activitylog.core.database import (
    all_tables,
    downgrade_schema,
    has_current_schema,
    make_engine,
    upgrade_schema,
)
from tests.databases import Databases


def _constraints(engine: Engine) -> set[tuple[str, str]]:
    look = inspect(engine)
    return {
        (table, str(check["name"]))
        for table in look.get_table_names()
        for check in look.get_check_constraints(table)
    }


def test_migrated_tables_are_those_of_the_models(databases: Databases) -> None:
    with databases.fresh() as url:
        engine = make_engine(url)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
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
