"""The self-audit: checks actuals against postings, closed months against digests, and missed runs."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.audit.capture import write_pending_entries
from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period, business_day, year_periods
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.indicators.measures import BY_KEY
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import visible_to
from activitylog.rollup.actuals import actual_values
from activitylog.rollup.models import Actual, Finding
from activitylog.rollup.monthly_totals import MonthPostings, posted_months, posting_totals, totals_to_date
from activitylog.rollup.periods.operations import period_digest, revision_digest
from activitylog.rollup.queries import years_declared
from activitylog.rollup.roll_up_range import late_months
from activitylog.rollup.self_audit.postings import posting_findings, survey_sum_findings
from activitylog.rollup.self_audit.queries import uncounted_sentences
from activitylog.rollup.self_audit.rules import AuditFinding


def run_self_audit(session: Session, now: datetime) -> list[AuditFinding]:
    """Check every rolled-up month of every declared year; an empty list means no error."""
    write_pending_entries(session)
    found = list(_digest_findings(session))
    years = years_declared(session)
    found += closing_findings(session, years)
    for year in years:
        found += _actual_findings(session, year)
        found += posting_findings(session, year)
    found += survey_sum_findings(session, business_day(now))
    return found + list(_late_run_findings(session, now))


def uncounted_findings(session: Session) -> list[AuditFinding]:
    """The records of every declared year that are approved and count for no indicator."""
    return [
        AuditFinding(Period(year, 12), sentence, is_error=False, is_lasting=False)
        for year in years_declared(session)
        for sentence in uncounted_sentences(session, year)
    ]


def replace_findings(session: Session, found: Sequence[AuditFinding], now: datetime) -> None:
    """Replace the findings of the last audit by these."""
    session.execute(delete(Finding))
    names = ("period", "indicator_id", "message", "is_error")
    rows = [{name: getattr(each, name) for name in names} | {"found_at": now} for each in found]
    if rows:
        session.execute(insert(Finding), rows)


def findings(session: Session, by: User | None = None, *, is_error: bool = True) -> list[Finding]:
    """The errors the last audit found, or the records that count for nothing; oldest month first.

    Who sees some projects only gets what was found of their indicators, not what is the office's.
    """
    of_sort = select(Finding).where(Finding.is_error == is_error)
    if by is not None and not by.sees_all_projects:
        own = select(Indicator.id).where(visible_to(by, Indicator.project_id))
        of_sort = of_sort.where(Finding.indicator_id.in_(own))
    return list(session.scalars(of_sort.order_by(Finding.period, Finding.id)))


def _actual_findings(session: Session, year: int) -> Iterator[AuditFinding]:
    """Actuals that are not the aggregation of the postings up to their month."""
    totals, posted, months = posting_totals(session, year), posted_months(session, year), year_periods(year)
    rows = session.execute(
        select(Actual, Indicator.name, Project.name)
        .join(Indicator, Indicator.id == Actual.indicator_id)
        .join(Project, Project.id == Indicator.project_id)
        .where(Project.year == year)
        .order_by(Actual.period, Project.position, Indicator.position)
    )
    for actual, indicator, project in rows:
        to_date = totals_to_date(totals.get(actual.indicator_id, {}), months)[actual.period.month - 1]
        of_month = posted.get((actual.indicator_id, actual.period), MonthPostings())
        expected = actual_values(BY_KEY.get(actual.measure or ""), to_date, of_month)
        if {name: getattr(actual, name) for name in expected} != expected:
            yield AuditFinding(
                actual.period,
                f"{actual.period.label}“{project}”的“{indicator}”：完成值记为 {actual.amount}"
                f"（{actual.records} 条），入账记录合计是 {expected['amount']}（{expected['records']} 条）。",
                actual.indicator_id,
            )


def _digest_findings(session: Session) -> Iterator[AuditFinding]:
    """Closed months and ended revisions whose digest is not the one stored at closing."""
    for closing in session.scalars(select(Closing).order_by(Closing.period)):
        if closing.digest != period_digest(session, closing.period):
            yield AuditFinding(closing.period, f"{closing.period.label}结账后的入账记录或完成值被改动过。")
    for ended in session.scalars(select(Reopening).order_by(Reopening.period, Reopening.revision)):
        if ended.digest != revision_digest(session, ended.period, ended.revision):
            yield AuditFinding(
                ended.period, f"{ended.period.label}第 {ended.revision} 版的留存数据被改动过。"
            )


def _late_run_findings(session: Session, now: datetime) -> Iterator[AuditFinding]:
    for month in late_months(session, now):
        yield AuditFinding(
            month, f"{month.label}的自动汇总没有按时完成，请检查定时任务是否在运行。", is_lasting=False
        )


Digests = dict[tuple[str, str, int], str]  # by kind, month and revision

_LABELS = {"closing": "结账", "reopening": "反结账"}


def closing_findings(session: Session, years: Sequence[int]) -> Iterator[AuditFinding]:
    """Closings and reopenings that differ from the trail."""
    closings, reopenings = session.scalars(select(Closing)), session.scalars(select(Reopening))
    stored: Digests = {("closing", str(each.period), each.revision): each.digest for each in closings}
    stored |= {("reopening", str(each.period), each.revision): each.digest for each in reopenings}
    for (kind, month, revision), digest in _recorded_digests(session, years).items():
        if stored.get((kind, month, revision)) != digest:
            period = Period.parse(month)
            yield AuditFinding(
                period,
                f"{period.label}第 {revision} 版的{_LABELS[kind]}被改动或删去过，审计记录里没有相应的改动。",
            )


def _recorded_digests(session: Session, years: Sequence[int]) -> Digests:
    """The digests of the closings and reopenings that exist by the trail, as far as it is not archived."""
    entries = session.execute(
        select(AuditEntry.object_type, AuditEntry.before, AuditEntry.after)
        .where(AuditEntry.object_type.in_(tuple(_LABELS)))
        .order_by(AuditEntry.id)
    )
    recorded: Digests = {}
    for kind, *sides in entries:
        before, after = map(json.loads, sides)
        if before:
            recorded.pop((kind, before["period"], before["revision"]), None)
        if after and kind == "reopening":  # it ends the closing of its revision
            recorded.pop(("closing", after["period"], after["revision"]), None)
        if after and Period.parse(after["period"]).year in years:
            recorded[kind, after["period"], after["revision"]] = after["seal"]
    return recorded
