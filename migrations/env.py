"""Runs the migrations; on SQLite with foreign keys off, since batch mode re-creates parent tables."""

import sqlite3

from alembic import context

from activitylog.core.database import all_tables, make_engine

url = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True)["url"]
engine = make_engine(url)

with engine.connect() as connection:
    raw = connection.connection.driver_connection
    if isinstance(raw, sqlite3.Connection):
        raw.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection.execution_options(writing=True),
        target_metadata=all_tables(),
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if isinstance(raw, sqlite3.Connection):
            broken = raw.execute("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"rows without their parent after migrating: {broken[:5]}")
engine.dispose()
