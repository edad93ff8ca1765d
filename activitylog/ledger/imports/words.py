"""Finds words that no rule of the project counts: a mistyped kind is a kind of its own."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import FORMS
from activitylog.core.text.words import is_one_edit_away
from activitylog.indicators.counted_words import counted_words, uncounted_word
from activitylog.ledger.columns import ACTIVITIES, MILESTONES
from activitylog.ledger.imports.activities import ActivityChange, ActivityPlan
from activitylog.ledger.imports.records import RecordPlan
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.office.queries import listed_kinds


def warn_of_uncounted_words(
    session: Session, activities: ActivityPlan, records: Iterable[RecordPlan], findings: LedgerFindings
) -> None:
    """One warning for each new word of a kind, venue kind, milestone kind or form, with what it may mean."""
    counted, kinds = counted_words(session), listed_kinds(session)
    for sheet in (ACTIVITIES, MILESTONES):
        used = _activity_words(activities) if sheet is ACTIVITIES else _milestone_words(records)
        uses: defaultdict[tuple[int, str, str], list[int]] = defaultdict(list)
        for project_id, field_name, word, row in used:
            uses[project_id, field_name, word].append(row)
        for (project_id, field_name, word), rows in uses.items():
            uncounted = uncounted_word(field_name, word, counted[project_id], kinds)
            if uncounted is not None:
                message = uncounted.sentence + (f"（共 {len(rows)} 行）" if len(rows) > 1 else "")
                heading = sheet.column(field_name).heading
                findings.add_warning(message, sheet=sheet.name, row=rows[0], column=heading)
    _check_forms(session, activities, findings)


def _activity_words(plan: ActivityPlan) -> Iterator[tuple[int, str, str, int]]:
    """The project, field, word and row of every kind and venue kind that a row adds; "" for no kind."""
    for change in plan.changes:
        for kind in change.values["kinds"] or ("",):
            if change.stored is None or kind not in (change.stored.values["kinds"] or ("",)):
                yield change.project_id, "kinds", kind, change.row.number
        for name in ("venue_kind", "form"):
            if change.values[name] and _is_new(change, name):
                yield change.project_id, name, change.values[name], change.row.number


def _is_new(change: ActivityChange, name: str) -> bool:
    return change.stored is None or change.stored.values[name] != change.values[name]


def _milestone_words(plans: Iterable[RecordPlan]) -> Iterator[tuple[int, str, str, int]]:
    for plan in plans:
        if plan.kind.sheet is MILESTONES:
            for row in plan.new:
                if row.project_id is not None:
                    yield row.project_id, "kind", row.values["kind"], row.number


def _check_forms(session: Session, plan: ActivityPlan, findings: LedgerFindings) -> None:
    """A form counts as another one however little it differs: tell of one a letter away from a known one."""
    rows: dict[str, int] = {}
    for change in plan.changes:
        if change.values["form"] and _is_new(change, "form"):
            rows.setdefault(change.values["form"], change.row.number)
    known = {*FORMS, *session.scalars(select(Activity.form).distinct())}
    for form, row in rows.items():
        near = next((each for each in sorted(known) if is_one_edit_away(form, each)), None)
        if form not in known and near:
            message = f"“{form}”是新的科普形式，是不是“{near}”？不改会算作两种。"
            findings.add_warning(message, sheet=ACTIVITIES.name, row=row, column="科普形式")
