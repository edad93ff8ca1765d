"""Finds words that no rule of the project counts: a mistyped kind is a kind of its own."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity, ActivityKind
from activitylog.activities.rules import FORMS
from activitylog.indicators.models import Rule, RuleVenueKind, rule_activity_kind
from activitylog.ledger.columns import ACTIVITIES, MILESTONES, LedgerColumn
from activitylog.ledger.imports.activities import ActivityChange, ActivityPlan
from activitylog.ledger.imports.records import RecordPlan
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.rules import is_one_edit_away
from activitylog.projects.models import Indicator, Project

Words = dict[str, set[str]]  # by field
_LISTED = 6  # counted words in a sentence


def warn_of_uncounted_words(
    session: Session, activities: ActivityPlan, records: Iterable[RecordPlan], findings: LedgerFindings
) -> None:
    """One warning for each new word of a kind, venue kind, milestone kind or form, with what it may mean."""
    counted = _counted_words(session)
    for sheet in (ACTIVITIES, MILESTONES):
        used = _activity_words(activities) if sheet is ACTIVITIES else _milestone_words(records)
        uses: defaultdict[tuple[int, str, str], list[int]] = defaultdict(list)
        for project_id, field_name, word, row in used:
            uses[project_id, field_name, word].append(row)
        for (project_id, field_name, word), rows in uses.items():
            column, words = sheet.column(field_name), counted[project_id].get(field_name)
            if words and word not in words:
                message = _sentence(column, word, words) + (f"（共 {len(rows)} 行）" if len(rows) > 1 else "")
                findings.add_warning(message, sheet=sheet.name, row=rows[0], column=column.heading)
    _check_forms(session, activities, findings)


def _sentence(column: LedgerColumn, word: str, counted: Collection[str]) -> str:
    listed = "、".join(sorted(counted)[:_LISTED])
    if not word:
        return f"没有填{column.heading}，按它数的指标（{listed}）都不会数到。"
    meant = _resembling(word, counted)
    return f"没有指标数“{word}”，" + (f"是不是“{meant}”？" if meant else f"数的有：{listed}。")


def _resembling(word: str, counted: Iterable[str]) -> str | None:
    """The counted word that is one edit away, or that one of the two contains."""
    ordered = sorted(counted)
    near = (each for each in ordered if is_one_edit_away(word, each))
    return next(near, None) or next((each for each in ordered if each in word or word in each), None)


def _activity_words(plan: ActivityPlan) -> Iterator[tuple[int, str, str, int]]:
    """The project, field, word and row of every kind and venue kind that a row adds; "" for no kind."""
    for change in plan.changes:
        for kind in change.values["kinds"] or ("",):
            if change.stored is None or kind not in (change.stored.values["kinds"] or ("",)):
                yield change.project_id, "kinds", kind, change.row.number
        if change.values["venue_kind"] and _is_new(change, "venue_kind"):
            yield change.project_id, "venue_kind", change.values["venue_kind"], change.row.number


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


def _counted_words(session: Session) -> defaultdict[int, Words]:
    """What the rules of every project, and of those above it, limit their counting to."""
    own: defaultdict[int, Words] = defaultdict(dict)
    limits = {
        "kinds": select(Indicator.project_id, ActivityKind.name)
        .join(rule_activity_kind, rule_activity_kind.c.indicator_id == Indicator.id)
        .join(ActivityKind, ActivityKind.id == rule_activity_kind.c.kind_id),
        "venue_kind": select(Indicator.project_id, RuleVenueKind.venue_kind).join(
            RuleVenueKind, RuleVenueKind.indicator_id == Indicator.id
        ),
        "kind": select(Indicator.project_id, Rule.milestone_kind)
        .join(Rule, Rule.indicator_id == Indicator.id)
        .where(Rule.milestone_kind.is_not(None)),
    }
    for name, statement in limits.items():
        for project_id, word in session.execute(statement):
            own[project_id].setdefault(name, set()).add(str(word))
    above = session.execute(select(Project.id, Project.parent_id))
    parents = {row.id: row.parent_id for row in above}
    return defaultdict(dict, {project_id: _with_parents(project_id, parents, own) for project_id in parents})


def _with_parents(project_id: int, parents: Mapping[int, int | None], own: Mapping[int, Words]) -> Words:
    words: Words = {}
    above: int | None = project_id
    while above is not None:
        for name, counted in own.get(above, {}).items():
            words.setdefault(name, set()).update(counted)
        above = parents[above]
    return words
