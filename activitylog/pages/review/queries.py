"""Reads the records that wait for approval, in the words of the trail, and the indicators they may move."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.plausibility.queries import reviewed_of_several
from activitylog.activities.review.operations import record_mark
from activitylog.activities.review.queries import approvable_by, record_kinds
from activitylog.activities.rules import Status
from activitylog.audit.registry import APPROVED_OR_WITHDRAWN, Audited, RecordRef, is_blank
from activitylog.core.period import Period
from activitylog.core.records import DatedRecord
from activitylog.expenses.models import Expense
from activitylog.expenses.queries import reviewed_amounts
from activitylog.indicators.measures import BY_KEY
from activitylog.indicators.measures.measure import Measure
from activitylog.indicators.models import Rule
from activitylog.indicators.sources import SOURCES
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import visible_to
from activitylog.rollup.contributions import project_scopes
from activitylog.rollup.periods.pending.queries import waiting_ids
from activitylog.surveys.models import PaperTally
from activitylog.surveys.paper.operations import doubts_of_piles
from activitylog.web.formats import day, number

MOST_LISTED = 200  # of one kind
_OWNERS = {"project_id", "activity_id", "indicator_id", *APPROVED_OR_WITHDRAWN}


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """A record that waits: `mark` names it as its page showed it, `facts` are its fields as texts.

    `doubt` says why its figures look like a slip and who confirmed them; "" when they do not.
    """

    record: Any
    mark: str
    kind: str
    name: str
    facts: Sequence[tuple[str, str]]
    address: str
    is_own: bool
    indicators: Sequence[str]
    doubt: str

    @property
    def project(self) -> Project:
        project: Project = self.record.project
        return project


def waiting_records(
    session: Session, by: User, *, of_month: tuple[int, Period] | None = None
) -> list[WaitingRecord]:
    """What waits in the projects the person reviews, the newest first; at most MOST_LISTED of a kind.

    `of_month` is a project's id and a month: then only what waits there.
    """
    found = []
    for spec in record_kinds():
        is_of_month = spec.model.id.in_(waiting_ids(spec.model, *of_month)) if of_month else true()
        rows = (
            select(spec.model, approvable_by(spec.model, by.id))
            .join(spec.model.project)
            .options(*_loaded_with(spec))
            .where(spec.model.is_waiting, visible_to(by, Project.id), is_of_month)
            .order_by(spec.model.created_at.desc(), spec.model.id.desc())
            .limit(MOST_LISTED)
        )
        found += [(spec, record, not may_approve) for record, may_approve in session.execute(rows)]
    names = _names(session, [spec.name(record) for spec, record, _ in found])
    counting = _counting_rules(session, {record.project.id for _, record, _ in found})
    doubts = _doubts(session, [record for _, record, _ in found])
    found.sort(key=lambda row: row[1].created_at, reverse=True)
    return [
        _waiting(spec, record, is_own=is_own, name=names[spec.name(record)], rules=counting, doubts=doubts)
        for spec, record, is_own in found
    ]


def _doubts(session: Session, records: Sequence[DatedRecord]) -> dict[str, str]:
    """By mark, what of the amounts and of the piles of paper looks like a slip."""
    expenses = [each for each in records if isinstance(each, Expense)]
    found = {record_mark(expense): text for expense, text in reviewed_amounts(session, expenses)}
    tallies = [each for each in records if isinstance(each, PaperTally)]
    doubts = doubts_of_piles(session, {each.activity for each in tallies})
    reviewed = reviewed_of_several(session, {each: found for each, found in doubts.items() if found})
    return found | {
        record_mark(each): "；".join(doubt.text for doubt in reviewed[each.activity_id])
        for each in tallies
        if each.activity_id in reviewed
    }


def has_waiting_records(session: Session, by: User) -> bool:
    """Whether anything but an activity to review waits, own activities included."""
    return bool(own_activities(session, by) or waiting_records(session, by))


def waiting_activities(by: User) -> Select[Activity]:
    """The activities that wait in the projects the person reviews, the oldest first, own ones included."""
    return (
        select(Activity)
        .join(Activity.project)
        .options(
            joinedload(Activity.project),
            joinedload(Activity.venue),
            joinedload(Activity.created_by),
            selectinload(Activity.checks),
            selectinload(Activity.kinds),
            selectinload(Activity.districts),
        )
        .where(Activity.status == Status.LOGGED, visible_to(by, Project.id))
        .order_by(Activity.happens_on, Activity.id)
    )


def own_activities(session: Session, by: User) -> Sequence[Activity]:
    """The activities that wait for another's review, as the person has entered or written them."""
    own = select(Activity).join(Activity.project).options(joinedload(Activity.project))
    own = own.where(
        Activity.status == Status.LOGGED, visible_to(by, Project.id), ~approvable_by(Activity, by.id)
    )
    return session.scalars(own.order_by(Activity.happens_on, Activity.id).limit(MOST_LISTED)).all()


def _loaded_with(spec: Audited) -> list[Any]:
    names = ("project", "created_by", "written_by", "activity", "indicator")
    return [joinedload(getattr(spec.model, name)) for name in names if hasattr(spec.model, name)]


def _waiting(
    spec: Audited,
    record: Any,
    *,
    is_own: bool,
    name: str,
    rules: dict[int, list[tuple[Indicator, Rule, Measure]]],
    doubts: dict[str, str],
) -> WaitingRecord:
    mark = record_mark(record)
    return WaitingRecord(
        record=record,
        mark=mark,
        doubt=doubts.get(mark, ""),
        kind=spec.label,
        name=name,
        facts=[(label, text) for label, text in _facts(spec, record) if text != name],
        address=_address(record),
        is_own=is_own,
        indicators=list(
            dict.fromkeys(  # the umbrella's often bear the same name
                indicator.name
                for indicator, rule, measure in rules[record.project.id]
                if _may_count(record, indicator, rule, measure)
            )
        ),
    )


def _facts(spec: Audited, record: DatedRecord) -> Iterable[tuple[str, str]]:
    for name, field in spec.fields.items():
        value = getattr(record, name, None)
        if name in _OWNERS or field.refers_to is not None or field.items or is_blank(value):
            continue
        if field.value_text is not None:
            yield field.label, field.value_text(value)
        elif isinstance(value, date):
            yield field.label, day(value)
        elif isinstance(value, bool):
            yield field.label, "是"
        else:
            yield field.label, number(value) if isinstance(value, int) else str(value)


def _address(record: Any) -> str:
    """The page that lists the record."""
    activity = getattr(record, "activity", None)
    if activity is not None:
        return f"/activities/{activity.number}"
    if hasattr(record, "indicator_id"):
        return f"/indicators/{record.indicator_id}/entries"
    page = next((source.page for source in SOURCES if source.model is type(record)), "")
    return f"/projects/{record.project.id}/{page}"


def _names(session: Session, names: Sequence[str | RecordRef]) -> dict[str | RecordRef, str]:
    """The texts of names, those that refer to another record read from it."""
    texts: dict[str | RecordRef, str] = {name: name for name in names if isinstance(name, str)}
    by_column: defaultdict[Any, set[int]] = defaultdict(set)
    for name in names:
        if isinstance(name, RecordRef):
            by_column[name.named_by].add(name.id)
    for column, ids in by_column.items():
        rows = session.execute(select(column.class_.id, column).where(column.class_.id.in_(ids)))
        texts |= {RecordRef(column, row[0]): row[1] for row in rows}
    return texts


def _counting_rules(
    session: Session, project_ids: Collection[int]
) -> dict[int, list[tuple[Indicator, Rule, Measure]]]:
    """The indicators of each project and of its umbrellas with what they are counted by."""
    scopes = project_scopes()
    rows = session.execute(
        select(Project.id, Indicator, Rule)
        .join(scopes, scopes.c.project_id == Project.id)
        .join(Indicator, Indicator.project_id == scopes.c.ancestor_id)
        .join(Rule, Rule.indicator_id == Indicator.id)
        .where(Project.id.in_(project_ids))
        .order_by(Indicator.project_id, Indicator.position)
    )
    rules: defaultdict[int, list[tuple[Indicator, Rule, Measure]]] = defaultdict(list)
    for project_id, indicator, rule in rows:
        if rule.measure in BY_KEY:
            rules[project_id].append((indicator, rule, BY_KEY[rule.measure]))
    return rules


def _may_count(record: Any, indicator: Indicator, rule: Rule, measure: Measure) -> bool:
    """Whether the indicator counts such records; kinds of activity and places are not compared."""
    if hasattr(record, "indicator_id"):
        return bool(record.indicator_id == indicator.id)
    of_kind = rule.milestone_kind in {None, getattr(record, "kind", None)}
    return of_kind and any(source.depends_on(type(record)) for source in measure.sources)
