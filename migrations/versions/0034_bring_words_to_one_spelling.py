"""Bring stored words, names, numbers and keys of articles to the spelling in which they are compared.

A value whose spelling no other value has is rewritten. Of values that would become equal one is rewritten;
the others stay and are listed in spelling_pair, so that a person merges them on the page of spellings.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from alembic import op

from activitylog.core.text.words import clean_text, read_name, read_number_of_record, read_title, read_word
from activitylog.publicity.rules import article_key, item_key

revision = "0034"
down_revision = "0033"

Reader = Callable[[str], str]
WITHOUT_ID = frozenset({"rule", "rule_venue_kind"})
Columns = tuple[tuple[str, str], ...]
Lengths = dict[tuple[str, str], int | None]

# Texts that are shown are rewritten whatever else there is; words that are counted by, each sort as a whole.
SHOWN: tuple[tuple[str, str, Reader], ...] = (
    ("activity", "title", read_title),
    ("push", "title", read_title),
    ("media_report", "title", read_title),
    ("media_report", "outlet", read_name),
    ("milestone", "name", read_name),
    ("expense", "summary", clean_text),
)
COUNTED: tuple[tuple[str, Columns], ...] = (
    ("form", (("activity", "form"),)),
    (
        "venue_kind",
        (("activity", "venue_kind"), ("venue", "kind"), ("rule_venue_kind", "venue_kind")),
    ),
    ("milestone_kind", (("milestone", "kind"), ("rule", "milestone_kind"))),
    ("batch", (("push", "batch"),)),
)
UNIQUE: tuple[tuple[str, str, str, Reader], ...] = (
    ("kind", "activity_kind", "name", read_word),
    ("number", "activity", "number", read_number_of_record),
)


def upgrade() -> None:
    pairs = op.create_table(
        "spelling_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sort", sa.String(length=20), nullable=False),
        sa.Column("stays", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("district", sa.String(length=6), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_by_id"],
            ["user_account.id"],
            name=op.f("fk_spelling_pair_merged_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spelling_pair")),
    )
    bind = op.get_bind()
    lengths = _longest(bind)
    found = [
        *_shown(bind, lengths),
        *_counted(bind, lengths),
        *_unique(bind, lengths),
        *_venues(bind, lengths),
        *_articles(bind),
    ]
    if found:
        bind.execute(pairs.insert(), found)


def downgrade() -> None:
    op.drop_table("spelling_pair")


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns))


def _values(bind: sa.Connection, name: str, column: str) -> list[str]:
    field = _table(name, column).c[column]
    return [value for value in bind.scalars(sa.select(field).distinct()) if value]


def _rewrite(bind: sa.Connection, name: str, column: str, spellings: dict[str, str]) -> None:
    """Write new spellings, by row where there are ids: a large table has no index of its texts."""
    if not spellings:
        return
    if name in WITHOUT_ID:
        table = _table(name, column)
        for before, after in spellings.items():
            bind.execute(sa.update(table).where(table.c[column] == before).values({column: after}))
        return
    table = _table(name, "id", column)
    changed = [
        {"row": row.id, "spelling": spellings[row[1]]}
        for row in bind.execute(sa.select(table.c.id, table.c[column]))
        if row[1] in spellings
    ]
    if changed:
        by_id = sa.update(table).where(table.c.id == sa.bindparam("row"))
        bind.execute(by_id.values({column: sa.bindparam("spelling")}), changed)


def _fits(lengths: Lengths, name: str, column: str, value: str) -> bool:
    longest = lengths.get((name, column))
    return bool(value) and (longest is None or len(value) <= longest)


def _longest(bind: sa.Connection) -> Lengths:
    """The lengths of the text columns of the tables."""
    inspector = sa.inspect(bind)
    tables = {name for name, *_ in SHOWN} | {name for _, columns in COUNTED for name, _ in columns}
    tables |= {name for _, name, *_ in UNIQUE} | {"venue"}
    return {
        (name, column["name"]): getattr(column["type"], "length", None)
        for name in tables
        for column in inspector.get_columns(name)
    }


def _shown(bind: sa.Connection, lengths: Lengths) -> Iterable[dict[str, str]]:
    for name, column, read in SHOWN:
        read_values = {value: read(value) for value in _values(bind, name, column)}
        changed = {before: after for before, after in read_values.items() if before != after}
        fitting = {before: after for before, after in changed.items() if _fits(lengths, name, column, after)}
        _rewrite(bind, name, column, fitting)
    return ()


def _counted(bind: sa.Connection, lengths: Lengths) -> Iterable[dict[str, str]]:
    for sort, columns in COUNTED:
        values = {value for name, column in columns for value in _values(bind, name, column)}
        spellings: dict[str, str] = {}
        for after, before, others in _groups(values, read_word):
            if all(_fits(lengths, name, column, after) for name, column in columns):
                spellings |= {before: after} if before != after else {}
                yield from (_pair(sort, after, other) for other in others)
        for name, column in columns:
            _rewrite(bind, name, column, spellings)


def _unique(bind: sa.Connection, lengths: Lengths) -> Iterable[dict[str, str]]:
    for sort, name, column, read in UNIQUE:
        spellings: dict[str, str] = {}
        for after, before, others in _groups(_values(bind, name, column), read):
            if _fits(lengths, name, column, after):
                spellings |= {before: after} if before != after else {}
                yield from (_pair(sort, after, other) for other in others)
        _rewrite(bind, name, column, spellings)


def _venues(bind: sa.Connection, lengths: Lengths) -> Iterable[dict[str, str]]:
    venue = _table("venue", "id", "name", "district")
    names: dict[str, list[str]] = defaultdict(list)
    for row in bind.execute(sa.select(venue)):
        names[row.district].append(row.name)
    for district, values in names.items():
        for after, before, others in _groups(values, read_name):
            if not _fits(lengths, "venue", "name", after):
                continue
            if before != after:
                here = sa.update(venue).where(venue.c.name == before, venue.c.district == district)
                bind.execute(here.values(name=after))
            yield from (_pair("venue", after, other, district) for other in others)


def _articles(bind: sa.Connection) -> Iterable[dict[str, str]]:
    """The keys of articles as links and titles are compared now."""
    push = _table("push", "id", "link", "title", "published_on", "article_key")
    push.c.published_on.type = sa.Date()
    report = _table("media_report", "id", "link", "outlet", "title", "item_key")
    pushed = bind.execute(sa.select(push)).all()
    reported = bind.execute(sa.select(report)).all()
    keys = {row.article_key: article_key(row.link, row.title, row.published_on) for row in pushed}
    yield from _keys(bind, "push", "article_key", keys)
    keys = {row.item_key: item_key(row.link, row.outlet, row.title) for row in reported}
    yield from _keys(bind, "media_report", "item_key", keys)


def _keys(bind: sa.Connection, name: str, column: str, keys: dict[str, str]) -> Iterable[dict[str, str]]:
    spellings: dict[str, str] = {}
    for after, before, others in _groups(keys, keys.__getitem__):
        spellings |= {before: after} if before != after else {}
        yield from (_pair("push" if name == "push" else "report", after, other) for other in others)
    _rewrite(bind, name, column, spellings)


def _groups(values: Iterable[str], read: Reader) -> Iterable[tuple[str, str, list[str]]]:
    """Each spelling that some value has not, with the value that takes it and the others, which stay."""
    groups: dict[str, list[str]] = defaultdict(list)
    for value in values:
        groups[read(value)].append(value)
    for after, alike in groups.items():
        if alike != [after]:
            before = after if after in alike else min(alike)
            yield after, before, sorted(set(alike) - {before})


def _pair(sort: str, stays: str, other: str, district: str = "") -> dict[str, str]:
    return {"sort": sort, "stays": stays, "other": other, "district": district}
