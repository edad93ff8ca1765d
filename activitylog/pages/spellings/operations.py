"""Merges two spellings of one word: every record takes the spelling that stays."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, exists, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, ActivityKind, Venue, activity_kind_link
from activitylog.activities.venues.operations import merge_venue
from activitylog.errors import Refused
from activitylog.indicators.models import Rule, RuleVenueKind, rule_activity_kind
from activitylog.milestones.models import Milestone
from activitylog.pages.spellings.models import SpellingPair
from activitylog.publicity.models import MediaReport, Push

Merge = Callable[[Session, SpellingPair, User, datetime], None]


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of word: its label, the columns that hold it, and how two are merged, if they can be."""

    label: str
    columns: tuple[InstrumentedAttribute[Any], ...]
    merge: Merge | None


def merge_spelling(session: Session, pair: SpellingPair, *, by: User, now: datetime) -> None:
    """Give all records of the other spelling the one that stays; figures follow with the next roll-up."""
    sort = SORTS[pair.sort]
    if pair.merged_at is not None:
        raise Refused("这两种写法已经合并，不用再合并。")
    if sort.merge is None:
        raise Refused(f"{sort.label}不能合并，请打开两场活动核对；重复登记的，请取消其中一场。")
    sort.merge(session, pair, by, now)
    pair.merged_at, pair.merged_by_id = now, by.id
    session.flush()
    session.expire_all()


def _merge_texts(session: Session, pair: SpellingPair, _by: User, _now: datetime) -> None:
    for column in SORTS[pair.sort].columns:
        table: Any = column.class_.__table__
        field = table.c[column.key]
        if table.name == RuleVenueKind.__tablename__:
            _drop_doubled(session, field, table.c.indicator_id, stays=pair.stays, other=pair.other)
        session.execute(update(table).where(field == pair.other).values({field: pair.stays}))


def _merge_kinds(session: Session, pair: SpellingPair, _by: User, _now: datetime) -> None:
    ids = {
        name: session.scalar(select(ActivityKind.id).where(ActivityKind.name == name))
        for name in (pair.stays, pair.other)
    }
    stays, other = ids[pair.stays], ids[pair.other]
    if stays is None or other is None:
        raise Refused("这两种写法里有一种已经没有了，不用再合并。")
    for table, owner in ((activity_kind_link, "activity_id"), (rule_activity_kind, "indicator_id")):
        _drop_doubled(session, table.c.kind_id, table.c[owner], stays=stays, other=other)
        session.execute(update(table).where(table.c.kind_id == other).values(kind_id=stays))
    session.delete(session.get_one(ActivityKind, other))


def _drop_doubled(session: Session, field: Any, owner: Any, *, stays: Any, other: Any) -> None:
    """Delete the rows of the other spelling whose owner has the one that stays as well."""
    table: Table = field.table
    twin = table.alias()
    has_both = exists().where(twin.c[owner.name] == owner, twin.c[field.name] == stays)
    session.execute(delete(table).where(field == other, has_both))


def _merge_venues(session: Session, pair: SpellingPair, by: User, now: datetime) -> None:
    named = select(Venue).where(Venue.district == pair.district)
    other = session.scalar(named.where(Venue.name == pair.other))
    into = session.scalar(named.where(Venue.name == pair.stays))
    if other is None or into is None:
        raise Refused("这两处场所里有一处已经改名，请到场所页面核对。")
    merge_venue(session, other, into, by=by, now=now)


SORTS = {
    "kind": Sort("活动类型", (ActivityKind.name,), _merge_kinds),
    "form": Sort("科普形式", (Activity.form,), _merge_texts),
    "venue_kind": Sort("场所类型", (Activity.venue_kind, Venue.kind, RuleVenueKind.venue_kind), _merge_texts),
    "venue": Sort("场所", (Venue.name,), _merge_venues),
    "milestone_kind": Sort("里程碑类别", (Milestone.kind, Rule.milestone_kind), _merge_texts),
    "batch": Sort("批次", (Push.batch,), _merge_texts),
    "push": Sort("公众号推送的链接或标题", (Push.article_key,), _merge_texts),
    "report": Sort("媒体报道的链接或标题", (MediaReport.item_key,), _merge_texts),
    "number": Sort("活动编号", (Activity.number,), None),
}
