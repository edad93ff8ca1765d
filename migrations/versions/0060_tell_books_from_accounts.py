"""Tell keeping books from administering accounts, and give managers projects; nobody loses anything."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"

_CHECK = "role"
_BOOKS = ("organizer", "manager", "officer", "auditor")


def upgrade() -> None:
    for name in ("administers_accounts", "has_all_projects"):
        column = sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
        op.add_column("user_account", column)
    op.execute("UPDATE user_account SET administers_accounts = (role = 'admin')")
    op.execute("UPDATE user_account SET has_all_projects = (role = 'manager')")
    _drop_check()
    op.execute("UPDATE user_account SET role = 'officer' WHERE role = 'admin'")
    _create_check((*_BOOKS, "none"))


def downgrade() -> None:
    _drop_check()
    op.execute("UPDATE user_account SET role = 'admin' WHERE administers_accounts OR role = 'none'")
    _create_check((*_BOOKS, "admin"))
    for name in ("has_all_projects", "administers_accounts"):
        op.drop_column("user_account", name)


def _drop_check() -> None:
    """Batch mode re-creates SQLite's table without its checks."""
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("user_account", recreate="always"):
            pass
    else:
        op.drop_constraint(_CHECK, "user_account", type_="check")


def _create_check(roles: tuple[str, ...]) -> None:
    condition = f"role IN ({', '.join(repr(role) for role in roles)})"
    with op.batch_alter_table("user_account") as table:
        table.create_check_constraint(_CHECK, condition)
