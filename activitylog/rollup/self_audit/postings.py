"""Checks postings against contributions computed anew, except for records changed since the roll-up."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import ColumnElement, String, and_, exists, func, or_, select, type_coerce, union_all
from sqlalchemy.orm import Session

from activitylog.core.dialects import Rows, empty_temporary_tables, month_of
from activitylog.core.period import Period, day_label, year_periods
from activitylog.indicators.sources import records_of
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.changes.trail_entries import (
    EntriesSince,
    entries_after_roll_up,
    indicators_of_changed_rules,
    is_changed_record,
    is_declaration_changed,
)
from activitylog.rollup.contributions import IDENTITY, collect_contributions
from activitylog.rollup.models import CONTRIBUTION, COUNTING, Actual, Posting
from activitylog.rollup.roll_up_range import last_rolled_up, open_months, year_indicators
from activitylog.rollup.self_audit.rules import AuditFinding
from activitylog.surveys.results.queries import attendee_questionnaires, summed_months, wrong_sums
from activitylog.surveys.results.rules import choice_questions_of

MONTHS = 12
MOST = 20  # findings of one sort


def posting_findings(session: Session, year: int) -> Iterator[AuditFinding]:
    """Postings of a year that differ from the facts, or are in a wrong month."""
    last = last_rolled_up(session, year)
    rolled_up_at = session.scalar(select(func.max(Actual.posted_at)).where(Actual.period == last))
    if last is None or rolled_up_at is None:
        return
    is_counted_otherwise = exists().where(Actual.period == last, Actual.counting != COUNTING)
    if session.scalar(select(is_counted_otherwise)):
        return  # the next roll-up will; of a year closed before, the digests show that nothing was changed
    entries = entries_after_roll_up(session, rolled_up_at)
    if is_declaration_changed(session, year, entries):
        return  # the next roll-up will count differently
    collect_contributions(session, first=last.first_of_year, last=last)
    found = _differing(entries, year)
    yield from _posting_findings(session, last, found)
    empty_temporary_tables(session, CONTRIBUTION)
    yield from _misplaced_findings(session, last)


def survey_sum_findings(session: Session, today: date) -> Iterator[AuditFinding]:
    """Sums of answers that are not those of the answers: a twelfth of the months a night."""
    questions = choice_questions_of(attendee_questionnaires(session))
    for month in summed_months(session):
        if month.month % MONTHS == today.toordinal() % MONTHS:
            for project, question, summed, counted in wrong_sums(session, questions, month=month, limit=MOST):
                yield AuditFinding(
                    month,
                    f"{month.label}“{project}”的问卷汇总：题目 {question} 记为 {summed} 份，"
                    f"重新清点是 {counted} 份。",
                )


def _differing(entries: EntriesSince, year: int) -> Rows:
    """The differences between contributions and postings, record by record."""
    posted = select(
        *(getattr(Posting, name) for name in IDENTITY),
        (-Posting.amount).label("amount"),
        (-Posting.base).label("base"),
    ).where(Posting.indicator_id.in_(year_indicators(year)))
    counted = select(*(CONTRIBUTION.c[name] for name in (*IDENTITY, "amount", "base")))
    side = union_all(counted, posted).subquery("side")
    identity = [side.c[name] for name in IDENTITY]
    amount, base = func.sum(side.c.amount), func.sum(side.c.base)
    summed = select(*identity, amount.label("amount"), base.label("base")).group_by(*identity)
    differing = summed.having(or_(amount != 0, base != 0)).subquery("differing")
    columns = differing.c
    return (
        select(differing)
        .where(
            ~is_changed_record(entries, columns.source, columns.source_id),
            columns.indicator_id.not_in(indicators_of_changed_rules(entries)),
        )
        .order_by(*(columns[name] for name in IDENTITY))
        .limit(MOST)
    )


def _posting_findings(session: Session, last: Period, rows: Rows) -> Iterator[AuditFinding]:
    found = session.execute(rows).all()
    names = _names(session, {row.indicator_id for row in found})
    records = records_of(session, {(row.source, row.source_id) for row in found})
    for row in found:
        title = records[row.source, row.source_id].title
        month = max(last.first_of_year, Period.of(row.occurred_on))
        yield AuditFinding(
            month,
            f"{names[row.indicator_id]}：“{title}”（{day_label(row.occurred_on)}）的入账与台账不符，"
            f"相差 {int(row.amount or row.base)}，审计记录里没有相应的改动。",
            row.indicator_id,
        )


def _misplaced_findings(session: Session, last: Period) -> Iterator[AuditFinding]:
    """Postings outside their year, or in an open month that is neither their own nor the first one open."""
    own, posted = month_of(Posting.occurred_on), type_coerce(Posting.period, String)
    months = year_periods(last.year)
    opened = open_months(session, months[0], last)
    is_wrong: ColumnElement[bool] = ~Posting.period.between(months[0], last)
    if opened:
        first = str(opened[0])
        is_right = or_(own == posted, and_(posted == first, own < first))
        is_wrong = or_(is_wrong, and_(posted >= first, ~is_right))
    yield from _counted_findings(
        session,
        select(Posting.indicator_id, Posting.period, func.count().label("rows"))
        .where(Posting.indicator_id.in_(year_indicators(last.year)), is_wrong)
        .group_by(Posting.indicator_id, Posting.period),
        "有 {rows} 条入账记在了不该在的月份。",
    )


def _counted_findings(session: Session, rows: Rows, sentence: str) -> Iterator[AuditFinding]:
    found = session.execute(rows).all()
    names = _names(session, {row.indicator_id for row in found})
    for row in found:
        period = Period.parse(str(row.period))
        message = f"{period.label}{names[row.indicator_id]}{sentence.format(rows=row.rows)}"
        yield AuditFinding(period, message, row.indicator_id)


def _names(session: Session, ids: Sequence[int] | set[int]) -> dict[int, str]:
    rows = session.execute(
        select(Indicator.id, Project.name, Indicator.name)
        .join(Project, Project.id == Indicator.project_id)
        .where(Indicator.id.in_(ids))
    )
    return {indicator_id: f"“{project}”的“{name}”" for indicator_id, project, name in rows}
