"""Finds planned changes that would store an activity twice or take back what people edited on the pages.

An exported row carries its version. For any other row the audit trail says what a field was before.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.audit.models import AuditEntry
from activitylog.audit.registry import json_value
from activitylog.core.text.words import word_key
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.imports.activities import ActivityChange, ActivityPlan, merge_values
from activitylog.ledger.imports.queries import ProjectNames, StoredActivity, chunks, stored_activities
from activitylog.ledger.imports.rules import differences_text, ledger_cells
from activitylog.ledger.reading.findings import LedgerFindings

_SHEET = ACTIVITIES.name


def check_twins(session: Session, plan: ActivityPlan, findings: LedgerFindings) -> None:
    """Tell of new activities that are there already; one without a number that is stored is left out."""
    new = [change for change in plan.changes if change.stored is None]
    _check_rows(new, findings)
    stored = _alike(session, new)
    named = plan.project_ids.keys()
    left_out = set()
    for change in new:
        candidates = stored[_occasion(change.project_id, change.values)]
        equal = next((twin for twin in candidates if _is_equal(change, twin)), None)
        if change.number:
            if equal is not None:
                _warn(change, f"与已登记的 {equal.values['number']} 除编号外完全一样，", findings)
        elif equal is not None:
            candidates.remove(equal)
            left_out.add(change.row.number)
            message = f"没有活动编号，与已登记的 {equal.values['number']} 一样，没有再登记。"
            findings.add_warning(message, sheet=_SHEET, row=change.row.number)
        elif other := next((t for t in candidates if t.values["number"] not in named), None):
            _add_ambiguous(change, other, findings)
    plan.changes = [change for change in plan.changes if change.row.number not in left_out]
    plan.unchanged += len(left_out)


def _check_rows(new: Sequence[ActivityChange], findings: LedgerFindings) -> None:
    """Equal rows under two numbers are told; without a number nobody knows whether they are two."""
    first_rows: dict[Hashable, ActivityChange] = {}
    for change in new:
        content = (change.project_id, *(v for name, v in change.values.items() if name != "number"))
        first = first_rows.setdefault(content, change)
        if first is change:
            continue
        place = f"第 {first.row.number} 行"
        if first.number and change.number:
            _warn(change, f"与{place}（{first.number}）除编号外完全一样，", findings)
        else:
            message = f"与{place}完全一样，又没有编号；是同一场请删去一行，是两场请各写一个编号"
            findings.add_problem(message, ACTIVITIES, row=change.row.number, field="number")


def _warn(change: ActivityChange, what: str, findings: LedgerFindings) -> None:
    message = f"{what}会算两场；是同一场的，请只留一行。"
    findings.add_warning(message, sheet=_SHEET, row=change.row.number)


def _add_ambiguous(change: ActivityChange, other: StoredActivity, findings: LedgerFindings) -> None:
    number = other.values["number"]
    message = (
        f"没有编号，而 {number} 的项目、名称、日期和场所都一样；是同一场请写上编号 {number}，"
        "不是请给它一个新的编号"
    )
    findings.add_problem(message, ACTIVITIES, row=change.row.number, field="number")


def _alike(session: Session, new: Sequence[ActivityChange]) -> defaultdict[Hashable, list[StoredActivity]]:
    """The stored activities of the same projects, titles, days and venues as the new ones, by these."""
    found: defaultdict[Hashable, list[StoredActivity]] = defaultdict(list)
    if not new:
        return found
    occasions = {_titled(change.project_id, change.values) for change in new}
    rows = session.execute(
        select(Activity.number, Activity.project_id, Activity.title, Activity.held_on, Activity.planned_on)
        .where(Activity.project_id.in_({change.project_id for change in new}))
        .order_by(Activity.id)
    )
    numbers = [row.number for row in rows if _titled(row.project_id, row._mapping) in occasions]
    stored_by_number = stored_activities(session, numbers)
    for stored in (stored_by_number[number] for number in numbers):
        found[_occasion(stored.project_id, stored.values)].append(stored)
    return found


def _titled(project_id: int, values: Any) -> Hashable:
    return project_id, word_key(values["title"]), values["held_on"], values["planned_on"]


def _occasion(project_id: int, values: Any) -> Hashable:
    return _titled(project_id, values), values["venue"], values["start_time"]


def _is_equal(change: ActivityChange, stored: StoredActivity) -> bool:
    """Whether the row, read as one about the stored activity, would change nothing but its number."""
    after = merge_values(change.row, stored)
    return {**after, "number": None} == {**stored.values, "number": None}


Replaced = defaultdict[tuple[int | None, str], list[Any]]  # values by activity and field


def leave_out_reverted_edits(
    session: Session, plan: ActivityPlan, projects: ProjectNames, findings: LedgerFindings
) -> None:
    """Pass over rows that only put old values back; one that changes other fields as well is a problem."""
    changed = {
        change.stored.id: change for change in plan.changes if change.stored and not change.row.version
    }
    replaced = _replaced_values(session, changed)
    left_out = set()
    for activity_id, change in changed.items():
        stored: StoredActivity = change.stored  # type: ignore[assignment]  # (chosen by it above)
        differing = [name for name in change.values if change.values[name] != stored.values[name]]
        reverted = [name for name in differing if _is_among(change, name, replaced[activity_id, name])]
        if not reverted:
            continue
        before = ledger_cells(stored.values, projects.name_of(stored.project_id))
        after = ledger_cells(change.values, projects.name_of(change.project_id))
        texts = differences_text(ACTIVITIES, change.row.number, before, after)
        if len(reverted) == len(differing) and change.project_id == stored.project_id:
            message = f"文件里是有人在页面上改过以前的内容（{texts}），保留现在的；要改回请在页面上改。"
            findings.add_warning(message, sheet=ACTIVITIES.name, row=change.row.number)
            left_out.add(change.row.number)
        else:
            message = f"其中有人在页面上改过以前的内容（{texts}）；请重新导出，在新文件里改，或在页面上改"
            findings.add_problem(message, ACTIVITIES, row=change.row.number)
    plan.changes = [change for change in plan.changes if change.row.number not in left_out]
    plan.unchanged += len(left_out)


def _replaced_values(session: Session, activity_ids: Collection[int]) -> Replaced:
    """The values that people replaced, as the trail holds them."""
    values: Replaced = defaultdict(list)
    for chunk in chunks(sorted(activity_ids)):
        entries = select(AuditEntry.object_id, AuditEntry.before).where(
            AuditEntry.object_type == "activity",
            AuditEntry.object_id.in_(chunk),
            AuditEntry.user_id.is_not(None),
            AuditEntry.before != "{}",
        )
        for activity_id, before in session.execute(entries):
            for name, value in json.loads(before).items():
                values[activity_id, name].append(value)
    return values


def _is_among(change: ActivityChange, name: str, replaced: list[Any]) -> bool:
    value = change.values[name]
    if name == "kinds":
        return sorted(value) in [sorted(each) for each in replaced]
    plain = list(value) if name == "districts" else json_value(value)
    return plain in replaced
