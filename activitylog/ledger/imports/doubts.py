"""Tells of heads, paper tallies and amounts that look like a slip, as the forms do; nothing is refused."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.plausibility.doubts import HeadsFigures, answers_sentence, heads_doubts
from activitylog.activities.plausibility.queries import KnownVenue, has_place, places, turnouts_of_projects
from activitylog.activities.plausibility.rules import Baseline, Turnout
from activitylog.activities.rules import NEED_HELD_ON
from activitylog.core.period import Period
from activitylog.expenses.queries import payments, usual_payment
from activitylog.expenses.rules import amount_doubts, usual_fen
from activitylog.ledger.columns import ACTIVITIES, EXPENSES, TALLIES, LedgerSheet
from activitylog.ledger.imports.activities import ActivityChange, ActivityPlan
from activitylog.ledger.imports.queries import ProjectNames, RecordRow, chunks
from activitylog.ledger.imports.records import RecordPlan
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.surveys.queries import answers_of
from activitylog.surveys.rules import GRADE_FIELDS

_HEADS = ("audience_onsite", "audience_online")
Places = Mapping[tuple[str, str], KnownVenue]


def warn_of_doubts(
    session: Session,
    activities: ActivityPlan,
    records: Iterable[RecordPlan],
    projects: ProjectNames,
    findings: LedgerFindings,
) -> None:
    """One warning for each new or changed row whose figures look like a slip."""
    new: dict[LedgerSheet, Sequence[RecordRow]] = {plan.kind.sheet: plan.new for plan in records}
    tallied: defaultdict[str, list[RecordRow]] = defaultdict(list)
    for row in new.get(TALLIES, ()):
        tallied[str(row.activity)].append(row)
    _warn_of_heads(session, activities.changes, projects, tallied, findings)
    _warn_of_tallies(session, activities.changes, tallied, findings)
    _warn_of_amounts(session, new.get(EXPENSES, ()), findings)


def _warn_of_heads(
    session: Session,
    changes: Sequence[ActivityChange],
    projects: ProjectNames,
    tallied: Collection[str],
    findings: LedgerFindings,
) -> None:
    held = [each for each in changes if each.values["status"] in NEED_HELD_ON and each.values["held_on"]]
    if not held:
        return
    known = places(session, {_venue(change) for change in held})
    turnouts = [_turnout(change, projects.name_of(change.project_id), known) for change in held]
    days = [turnout.held_on for turnout in turnouts]
    ids = {change.stored.id for change in changes if change.stored is not None}
    names = {turnout.project for turnout in turnouts}
    stored = turnouts_of_projects(session, names, min(days), max(days), besides=ids)
    baseline, monthly = Baseline(stored, turnouts), _monthly_heads([*stored, *turnouts])
    answers = answers_of(session, sorted(ids))
    for change, turnout in zip(held, turnouts, strict=True):
        if not _is_new(change):
            continue
        place = known.get(_venue(change))
        figures = HeadsFigures(
            turnout,
            baseline.usual_onsite(turnout),
            baseline.usual_online(turnout),
            place.capacity if place else None,
            answers.get(change.stored.id, 0) if change.stored and change.number not in tallied else 0,
            monthly[turnout.project, Period.of(turnout.held_on).previous],
        )
        _add(
            findings,
            [each.sentence for each in heads_doubts(figures)],
            ACTIVITIES,
            change.row.number,
            "现场人数",
        )


def _is_new(change: ActivityChange) -> bool:
    """Whether the file brings these heads, and not the database."""
    stored = change.stored
    return stored is None or any(
        stored.values[name] != change.values[name] for name in (*_HEADS, "held_on", "status")
    )


def _venue(change: ActivityChange) -> tuple[str, str]:
    return change.values["venue"], next(iter(change.values["districts"]), "")


def _turnout(change: ActivityChange, project: str, known: Places) -> Turnout:
    values, venue = change.values, _venue(change)
    place = known.get(venue)
    key = place.id if place else venue
    return Turnout(
        project,
        values["kinds"],
        values["form"],
        key if has_place(venue, values["venue_kind"], values["form"]) else None,
        values["held_on"],
        *(values[name] for name in _HEADS),
    )


def _monthly_heads(turnouts: Iterable[Turnout]) -> Counter[tuple[str, Period]]:
    heads: Counter[tuple[str, Period]] = Counter()
    for turnout in turnouts:
        heads[turnout.project, Period.of(turnout.held_on)] += turnout.onsite + turnout.online
    return heads


def _warn_of_tallies(
    session: Session,
    changes: Iterable[ActivityChange],
    tallied: Mapping[str, Sequence[RecordRow]],
    findings: LedgerFindings,
) -> None:
    stored = _stored_heads(session, tallied)
    answers = answers_of(session, sorted(activity_id for activity_id, _ in stored.values()))
    heads = {number: people for number, (_, people) in stored.items()}
    heads |= {c.number: sum(c.values[name] for name in _HEADS) for c in changes if c.number in tallied}
    for number, rows in tallied.items():
        on_paper = sum(row.values[grade] for row in rows for grade in GRADE_FIELDS)
        count = on_paper + (answers.get(stored[number][0], 0) if number in stored else 0)
        if number in heads and count > heads[number]:
            sentence = f"活动 {number} 的{answers_sentence(count, heads[number])}"
            _add(findings, [sentence], TALLIES, rows[0].number, "活动编号")


def _stored_heads(session: Session, numbers: Iterable[str]) -> dict[str, tuple[int, int]]:
    """The id and the heads of stored activities by number."""
    found: dict[str, tuple[int, int]] = {}
    heads = Activity.audience_onsite + Activity.audience_online
    for chunk in chunks(numbers):
        rows = session.execute(select(Activity.number, Activity.id, heads).where(Activity.number.in_(chunk)))
        found |= {number: (activity_id, people) for number, activity_id, people in rows}
    return found


def _warn_of_amounts(session: Session, new: Sequence[RecordRow], findings: LedgerFindings) -> None:
    of_file: defaultdict[Any, list[int]] = defaultdict(list)
    for row in new:
        if row.values["paid_fen"]:
            of_file[row.project_id].append(row.values["paid_fen"])
    stored = payments(session, [project_id for project_id in of_file if project_id is not None])
    usual = {
        project_id: usual_payment(stored[project_id]) or usual_fen(paid)
        for project_id, paid in of_file.items()
    }
    for row in new:
        planned, paid = row.values["planned_fen"], row.values["paid_fen"]
        doubts = amount_doubts(planned_fen=planned, paid_fen=paid, usual=usual.get(row.project_id))
        _add(findings, doubts, EXPENSES, row.number, "实付金额")


def _add(
    findings: LedgerFindings, sentences: Sequence[str], sheet: LedgerSheet, row: int, column: str
) -> None:
    if sentences:
        findings.add_warning(f"{'；'.join(sentences)}，请核对。", sheet=sheet.name, row=row, column=column)
