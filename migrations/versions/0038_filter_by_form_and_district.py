"""Let rules be limited to forms of activity and to districts."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

_WORDS = (("rule_form", "form", 40), ("rule_district", "district", 6))


def upgrade() -> None:
    for name in ("limits_forms", "limits_districts"):
        op.add_column("rule", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    for table, word, length in _WORDS:
        op.create_table(
            table,
            sa.Column("indicator_id", sa.Integer(), nullable=False),
            sa.Column(word, sa.String(length=length), nullable=False),
            sa.ForeignKeyConstraint(
                ["indicator_id"],
                ["rule.indicator_id"],
                name=op.f(f"fk_{table}_indicator_id"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("indicator_id", word, name=op.f(f"pk_{table}")),
        )


def downgrade() -> None:
    for table, _, _ in _WORDS:
        op.drop_table(table)
    op.drop_column("rule", "limits_districts")
    op.drop_column("rule", "limits_forms")
