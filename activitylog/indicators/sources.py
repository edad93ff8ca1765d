"""The kinds of record that can count, gathered from the facts of every feature in display order."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import islice

from sqlalchemy.orm import Session

from activitylog.activities.sources import Record, Source
from activitylog.core.database import feature_modules

_CHUNK = 500  # ids a statement carries: SQLite takes a limited number of parameters
_FOUND = {
    each for module in feature_modules("facts") for each in vars(module).values() if isinstance(each, Source)
}
SOURCES = tuple(sorted(_FOUND, key=lambda source: source.rank))
SOURCE_BY_KEY = {source.key: source for source in SOURCES}
if len({source.rank for source in SOURCES}) != len(SOURCES) or len(SOURCE_BY_KEY) != len(SOURCES):
    raise ValueError("two sources share a rank or a key")


def records_of(session: Session, keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Record]:
    """The records by (source, id); a deleted one is listed without a title."""
    ids: dict[str, set[int]] = defaultdict(set)
    for key, source_id in keys:
        ids[key].add(source_id)
    return {
        (key, source_id): replace(record, source=key, page=source.page)
        for key, source_ids in ids.items()
        for source in [SOURCE_BY_KEY[key]]
        for source_id, record in _titled(session, source, source_ids).items()
    }


def _titled(session: Session, source: Source, ids: Collection[int]) -> dict[int, Record]:
    found = dict.fromkeys(ids, Record(f"（{source.label}已删除）"))
    rest = iter(ids)
    while chunk := list(islice(rest, _CHUNK)):
        found |= source.titles(session, chunk)
    return found
