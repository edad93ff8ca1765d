"""The books held against the facts: what a fresh count gives, but for what the trail says is waiting."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import String, and_, func, or_, select, tuple_, type_coerce, union_all
from sqlalchemy.orm import Session

from activitylog.core.dialects import TOUCHED, Rows, month_of
from activitylog.core.period import Period, day_label
from activitylog.indicators.measures import Measure
from activitylog.indicators.models import Rule
from activitylog.indicators.sources import records_of
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.contributions import contributions
from activitylog.rollup.models import Bookmark, KeySum, Posting
from activitylog.rollup.postings import measures_used
from activitylog.rollup.scope import of_year
from activitylog.rollup.touched import note_touched, rebuilding_kinds, rules_changed, seen_now
from activitylog.surveys.results.counts import asked_in
from activitylog.surveys.results.queries import all_asked
from activitylog.surveys.sealing import wrong_seals
from activitylog.surveys.summing import months_summed, wrong_sums

MONTHS = 12
MOST = 20  # differences of one sort: a person starts with one, and the count is told
_IDENTITY = ("indicator_id", "source", "source_id", "key", "occurred_on")


class Unlike(NamedTuple):
    """A month, a sentence, and the indicator it is about, if any."""

    period: Period
    message: str
    indicator_id: int | None = None


def unlike_facts(session: Session, year: int) -> Iterator[Unlike]:
    """Postings of a year that are not what the facts give, stand in a wrong month, or have wrong key sums."""
    mark = session.get(Bookmark, year)
    if mark is None or rebuilding_kinds(session, mark) - {"reopening"}:
        return  # not booked, or about to be booked anew from the facts
    seen = seen_now(session)
    note_touched(session, mark, seen, mark.through)
    indicators = of_year(year, without=rules_changed(session, mark, seen))
    for measure in measures_used(session, indicators):
        yield from _told(session, mark, _contradicting(measure, mark, indicators))
    yield from _told(session, mark, _left_over(indicators))
    yield from _misplaced(session, mark)
    yield from _wrong_key_sums(session, mark)


def unlike_answers(session: Session, period: Period) -> Iterator[Unlike]:
    """Sealed surveys whose counts are not those of their answers; told under the month given."""
    for number, title, satisfied, valid, now_satisfied, now_valid in wrong_seals(session, limit=MOST):
        yield Unlike(
            period,
            f"活动 {number}“{title}”的问卷封存为 {valid} 份、满意 {satisfied} 份，"
            f"重新清点是 {now_valid} 份、满意 {now_satisfied} 份。",
        )


def unlike_sums(session: Session, today: date) -> Iterator[Unlike]:
    """Sums of answers that are not those of the answers: a twelfth of the months a night."""
    asked = asked_in(all_asked(session))
    for month in months_summed(session):
        if month.month % MONTHS == today.toordinal() % MONTHS:
            for project, question, summed, counted in wrong_sums(session, asked, month=month, limit=MOST):
                yield Unlike(
                    month,
                    f"{month.label}“{project}”的问卷汇总：题目 {question} 记为 {summed} 份，"
                    f"重新清点是 {counted} 份。",
                )


def _contradicting(measure: Measure, mark: Bookmark, indicators: Rows) -> Rows:
    part = contributions(measure, mark.year, only=Rule.indicator_id.in_(indicators)).subquery("contribution")
    fresh = select(*(part.c[name] for name in _IDENTITY), part.c.amount, part.c.base).where(
        part.c.occurred_on <= mark.through.last_day
    )
    booked = _booked(indicators).where(Rule.measure == measure.key)
    return _differing(union_all(fresh, booked).subquery("side"))


def _left_over(indicators: Rows) -> Rows:
    """What the books still hold for indicators that nothing counts for."""
    return _differing(_booked(indicators).where(Rule.measure.is_(None)).subquery("side"))


def _booked(indicators: Rows) -> Rows:
    return (
        select(
            *(getattr(Posting, name) for name in _IDENTITY),
            (-Posting.amount).label("amount"),
            (-Posting.base).label("base"),
        )
        .join(Rule, Rule.indicator_id == Posting.indicator_id)
        .where(Posting.indicator_id.in_(indicators))
    )


def _differing(side: object) -> Rows:
    columns = side.c  # type: ignore[attr-defined]
    amount, base = func.sum(columns.amount), func.sum(columns.base)
    identity = [columns[name] for name in _IDENTITY]
    waiting = select(TOUCHED.c.source, TOUCHED.c.source_id)
    return (
        select(*identity, amount.label("amount"), base.label("base"))
        .where(tuple_(columns.source, columns.source_id).not_in(waiting))
        .group_by(*identity)
        .having(or_(amount != 0, base != 0))
        .order_by(*identity)
        .limit(MOST)
    )


def _told(session: Session, mark: Bookmark, rows: Rows) -> Iterator[Unlike]:
    found = session.execute(rows).all()
    names = _names(session, {row.indicator_id for row in found})
    records = records_of(session, {(row.source, row.source_id) for row in found})
    for row in found:
        title = records[row.source, row.source_id].title
        month = max(mark.through.first_of_year, Period.of(row.occurred_on))
        yield Unlike(
            month,
            f"{names[row.indicator_id]}：“{title}”（{day_label(row.occurred_on)}）的入账与台账不符，"
            f"相差 {int(row.amount or row.base)}，审计记录里没有相应的改动。",
            row.indicator_id,
        )


def _misplaced(session: Session, mark: Bookmark) -> Iterator[Unlike]:
    """Postings outside their year, or in an open month that is neither their own nor the first one open."""
    own, booked = month_of(Posting.occurred_on), type_coerce(Posting.period, String)
    first = str(mark.first)
    is_right = or_(own == booked, and_(booked == first, own < first))
    outside = ~Posting.period.between(mark.through.first_of_year, mark.through)
    yield from _counted(
        session,
        select(Posting.indicator_id, Posting.period, func.count().label("rows"))
        .where(Posting.indicator_id.in_(of_year(mark.year)), or_(outside, and_(booked >= first, ~is_right)))
        .group_by(Posting.indicator_id, Posting.period),
        "有 {rows} 条入账记在了不该在的月份。",
    )


def _wrong_key_sums(session: Session, mark: Bookmark) -> Iterator[Unlike]:
    """Sums of keys that differ from those of the postings."""
    ids = of_year(mark.year)
    names = ("indicator_id", "key", "period")
    held = select(*(getattr(KeySum, name) for name in names), KeySum.amount).where(
        KeySum.indicator_id.in_(ids)
    )
    posted = select(*(getattr(Posting, name) for name in names), (-Posting.amount).label("amount")).where(
        Posting.indicator_id.in_(ids), Posting.key != ""
    )
    side = union_all(held, posted).subquery("side")
    identity = [side.c[name] for name in names]
    wrong = select(*identity).group_by(*identity).having(func.sum(side.c.amount) != 0).subquery("wrong")
    yield from _counted(
        session,
        select(wrong.c.indicator_id, wrong.c.period, func.count().label("rows")).group_by(
            wrong.c.indicator_id, wrong.c.period
        ),
        "有 {rows} 项去重合计与入账记录不符。",
    )


def _counted(session: Session, rows: Rows, sentence: str) -> Iterator[Unlike]:
    found = session.execute(rows).all()
    names = _names(session, {row.indicator_id for row in found})
    for row in found:
        period = Period.parse(str(row.period))
        message = f"{period.label}{names[row.indicator_id]}{sentence.format(rows=row.rows)}"
        yield Unlike(period, message, row.indicator_id)


def _names(session: Session, ids: Sequence[int] | set[int]) -> dict[int, str]:
    rows = session.execute(
        select(Indicator.id, Project.name, Indicator.name)
        .join(Project, Project.id == Indicator.project_id)
        .where(Indicator.id.in_(ids))
    )
    return {indicator_id: f"“{project}”的“{name}”" for indicator_id, project, name in rows}
