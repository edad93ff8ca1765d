"""Keeps what people changed on the pages from files made before: rows that would put the old values back.

An exported row carries its version. For any other row the audit trail tells what a field was before.
"""

import json
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry
from activitylog.audit.registry import json_value
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.imports.activity_plan import (
    ActivityChange,
    ActivityPlan,
    StoredActivity,
    chunks,
)
from activitylog.ledger.imports.queries import ProjectNames
from activitylog.ledger.imports.versions import differences_text, ledger_cells
from activitylog.ledger.reading.findings import LedgerFindings

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
