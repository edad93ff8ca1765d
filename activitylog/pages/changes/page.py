"""The page of what a figure was made of when it was rolled up, and of every change since."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period
from activitylog.indicators.figure_text import key_text
from activitylog.indicators.sources import SOURCE_BY_KEY
from activitylog.pages.indicator.page import PAGE_SIZE
from activitylog.pages.trail.page import TrailLine, trail_lines
from activitylog.projects.models import Indicator
from activitylog.rollup.changes.postings import PostedFigure, posted_figure
from activitylog.rollup.changes.queries import ChangedRecord, ChangesSince, changed_records, changes_since
from activitylog.rollup.changes.text import (
    change_text,
    opening_sentence,
    share_sentence,
    short_figure,
    step_word,
    total_sentence,
)
from activitylog.web.paging import nearest_page


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One changed record; `unexplained` is a sentence where no audit entry explains the change."""

    record: ChangedRecord
    step: str
    counts: str
    about: Sequence[str]
    entries: Sequence[TrailLine]
    unexplained: str


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """The changes since a figure was rolled up, one page of them; `before` and `now` are figures."""

    opening: str
    before: str
    now: str
    total: str
    shares: str
    on_indicator: Sequence[TrailLine]
    changed: Sequence[ChangedLine]
    unchanged: Sequence[ChangedLine]
    answers: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """An indicator's changes since a month was rolled up; the last three are None before it was."""

    indicator: Indicator
    period: Period
    posted: PostedFigure | None
    changes: ChangesSince | None
    report: ChangeReport | None


def changes_page(
    session: Session, indicator: Indicator, period: Period, *, revision: int | None, number: int
) -> ChangesPage:
    """The page with the records at page `number`, counted from the figure of that revision of the month."""
    posted = posted_figure(session, indicator.id, period, revision)
    changes = changes_since(session, indicator, posted) if posted else None
    report = _report(session, changes, number) if changes else None
    return ChangesPage(indicator, period, posted, changes, report)


def _report(session: Session, changes: ChangesSince, number: int) -> ChangeReport:
    number, pages = nearest_page(number, len(changes.records), PAGE_SIZE)
    on_page = changes.records[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    records = changed_records(session, changes, on_page)
    entries = [*changes.on_indicator, *(entry for each in records for entry in each.entries)]
    lines_by_entry = _trail_lines(session, entries)
    lines = [_line(each, changes, lines_by_entry) for each in records]
    return ChangeReport(
        opening=opening_sentence(changes),
        before=short_figure(changes.posted.row),
        now=short_figure(changes.now),
        total=total_sentence(changes, is_all=pages == 1),
        shares=share_sentence(changes),
        on_indicator=[lines_by_entry[entry.id] for entry in changes.on_indicator],
        changed=[line for line in lines if line.record.change.is_changed],
        unchanged=[line for line in lines if not line.record.change.is_changed],
        answers=sum(changes.answers.values()),
        page=number,
        pages=pages,
    )


def _trail_lines(session: Session, entries: Sequence[AuditEntry]) -> dict[int, TrailLine]:
    by_id = {entry.id: entry for entry in entries}
    return {line.entry.id: line for line in trail_lines(session, by_id.values())}


def _line(record: ChangedRecord, changes: ChangesSince, lines_by_entry: dict[int, TrailLine]) -> ChangedLine:
    measure = changes.now.measure
    keys = [key_text(measure, key) for key in record.change.keys] if measure else []
    is_pooled = measure is not None and measure.is_pooled
    label = SOURCE_BY_KEY[record.record.source].label
    return ChangedLine(
        record=record,
        step=step_word(record.change),
        counts=change_text(record.change, measure, changes.posted.row.unit) if changes.is_comparable else "",
        about=[each for each in (label if is_pooled else "", *keys) if each],
        entries=[lines_by_entry[entry.id] for entry in record.entries],
        unexplained=_unexplained(record, changes),
    )


def _unexplained(record: ChangedRecord, changes: ChangesSince) -> str:
    """A sentence for a changed record that no audit entry and no answer explains; empty for any other."""
    if record.entries or record.answers or not record.change.is_changed:
        return ""
    if changes.on_indicator:
        return "记录本身没有修改，因上面的规则变动而改变。"
    if not changes.entries.is_whole:
        return "审计记录中没有相应的修改；较早的审计记录已经归档，请查归档文件。"
    return "审计记录中没有相应的修改，请系统管理员核查。"
