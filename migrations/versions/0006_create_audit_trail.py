"""Create the audit trail: entries that nobody changes, and deletes only once they are archived."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# An entry may go when an entry says that it, and all before it, were archived, and six months have passed.
_SQLITE = (
    """CREATE TRIGGER audit_entry_keep BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END""",
    # REPLACE deletes without asking a trigger for deletes
    """CREATE TRIGGER audit_entry_add BEFORE INSERT ON audit_entry
    WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END""",
    """CREATE TRIGGER audit_entry_hold BEFORE DELETE ON audit_entry
    WHEN OLD.at >= datetime('now', '-6 months') OR NOT EXISTS (
        SELECT 1 FROM audit_entry
        WHERE object_type = 'trail' AND object_id >= OLD.id AND action = 'trail.archived')
    BEGIN SELECT RAISE(ABORT, 'audit entries are deleted only when archived and six months old'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION audit_entry_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND OLD.at < now() - interval '6 months' AND EXISTS (
            SELECT 1 FROM audit_entry
            WHERE object_type = 'trail' AND object_id >= OLD.id AND action = 'trail.archived')
        THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'audit entries are never changed, and deleted only when archived and six months old';
    END $$""",
    """CREATE TRIGGER audit_entry_keep BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_keep()""",
    """CREATE TRIGGER audit_entry_hold BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_keep()""",
)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_type", sa.String(length=30), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("object_name", sa.String(length=300), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_who", ["who", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_type", ["object_type", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_object", ["object_type", "object_id", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_project", ["project_id", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_activity", ["activity_id", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_at", ["at"], unique=False)
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entry_keep()")
