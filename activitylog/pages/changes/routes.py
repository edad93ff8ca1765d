"""What a printed figure was made of, and what changed since: one page for whoever has to account for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.audit.models import AuditEntry
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.indicators.figure_text import key_text
from activitylog.indicators.queries import visible_indicator
from activitylog.indicators.sources import SOURCE_BY_KEY
from activitylog.pages.indicator.page import PAGE_SIZE
from activitylog.pages.trail import page as trail_page
from activitylog.rollup.changes.posted_figure import posted_figure
from activitylog.rollup.changes.queries import ChangedRecord, ChangesSince, changed_records, changes_since
from activitylog.rollup.changes.text import (
    change_text,
    opening_sentence,
    share_sentence,
    short_figure,
    step_word,
    total_sentence,
)
from activitylog.rollup.periods.queries import period_to_show
from activitylog.web.paging import nearest_page
from activitylog.web.period_links import neighbours

blueprint = Blueprint("changes", __name__)


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One record in words; `unexplained` says why no entry stands below it."""

    told: ChangedRecord
    step: str
    counts: str
    about: Sequence[str]
    entries: Sequence[trail_page.Line]
    unexplained: str


@blueprint.get("/indicators/<int:indicator_id>/changes")
@needs(Permission.READ)
def show(indicator_id: int) -> ResponseReturnValue:
    """Everything added, edited, withdrawn or restored since the figure of a month was posted."""
    session, today = db.session(), business_day(utc_now())
    indicator = visible_indicator(session, signed_in_user(), indicator_id)
    period = period_to_show(session, indicator.project.year, today, request.args.get("period", ""))
    posted = posted_figure(session, indicator.id, period, request.args.get("revision", type=int))
    changes = changes_since(session, indicator, posted) if posted else None
    return render_template(
        "indicators/changes.html",
        indicator=indicator,
        posted=posted,
        changes=changes,
        shown_period=period,
        **(_shown(session, changes, request.args.get("page", 1, type=int)) if changes else {}),
        **neighbours(period),
    )


def _shown(session: Session, changes: ChangesSince, page: int) -> dict[str, Any]:
    page, pages = nearest_page(page, len(changes.records), PAGE_SIZE)
    on_page = changes.records[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    told = changed_records(session, changes, on_page)
    shown = _in_words(session, [*changes.on_indicator, *(entry for each in told for entry in each.entries)])
    lines = [_line(each, changes, shown) for each in told]
    return {
        "opening": opening_sentence(changes),
        "then": short_figure(changes.posted.row),
        "now": short_figure(changes.now),
        "total": total_sentence(changes, is_all=pages == 1),
        "shares": share_sentence(changes),
        "on_indicator": [shown[entry.id] for entry in changes.on_indicator],
        "changed": [line for line in lines if line.told.change.is_changed],
        "unchanged": [line for line in lines if not line.told.change.is_changed],
        "answers": sum(changes.answers.values()),
        "page": page,
        "pages": pages,
    }


def _in_words(session: Session, entries: Sequence[AuditEntry]) -> dict[int, trail_page.Line]:
    once = {entry.id: entry for entry in entries}
    return {line.entry.id: line for line in trail_page.lines(session, once.values())}


def _line(told: ChangedRecord, changes: ChangesSince, shown: dict[int, trail_page.Line]) -> ChangedLine:
    measure = changes.now.measure
    keys = [key_text(measure, key) for key in told.change.keys] if measure else []
    is_pooled = measure is not None and measure.is_pooled
    label = SOURCE_BY_KEY[told.record.source].label
    return ChangedLine(
        told=told,
        step=step_word(told.change),
        counts=change_text(told.change, measure, changes.posted.row.unit) if changes.is_comparable else "",
        about=[each for each in (label if is_pooled else "", *keys) if each],
        entries=[shown[entry.id] for entry in told.entries],
        unexplained=_unexplained(told, changes),
    )


def _unexplained(told: ChangedRecord, changes: ChangesSince) -> str:
    """What to say of a changed record that no entry and no answer explains."""
    if told.entries or told.answers or not told.change.is_changed:
        return ""
    if changes.on_indicator:
        return "记录本身没有修改，因上面的规则变动而改变。"
    if not changes.entries.is_whole:
        return "审计记录中没有相应的修改；较早的审计记录已经归档，请查归档文件。"
    return "审计记录中没有相应的修改，请系统管理员核查。"
