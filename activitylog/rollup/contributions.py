"""Computes what every record contributes to every indicator of a year: measures × facts × rules."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    false,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from activitylog.activities.facts import HELD
from activitylog.activities.models import Activity, ActivityDistrict, ActivityKind, activity_kind_link
from activitylog.activities.rules import HEADS_BY_GROUP
from activitylog.core.dialects import PooledRows, Rows, analyze, create_empty, month_of
from activitylog.core.period import Period
from activitylog.indicators.measures import MEASURES, Measure
from activitylog.indicators.models import STORED_RULES, Rule, RuleTables
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.models import CONTRIBUTION
from activitylog.rollup.roll_up_range import year_indicators

IDENTITY = ("source", "source_id", "indicator_id", "key", "occurred_on")


def collect_contributions(session: Session, *, first: Period, last: Period) -> None:
    """Fill CONTRIBUTION with what records dated up to `last` contribute to the indicators of its year.

    Each goes to its own month, or to `first` when it is dated before.
    """
    create_empty(session, CONTRIBUTION)
    for measure in measures_used(session, last.year):
        part = contributions(measure, last.year).subquery("part")
        month = month_of(part.c.occurred_on)
        rows = select(
            *(part.c[name] for name in IDENTITY),
            case((month < str(first), literal(str(first))), else_=month),
            part.c.amount,
            part.c.base,
        ).where(part.c.occurred_on <= last.last_day, or_(part.c.amount != 0, part.c.base != 0))
        session.execute(CONTRIBUTION.insert().from_select(CONTRIBUTION.c.keys(), rows))
    analyze(session, CONTRIBUTION)


def measures_used(session: Session, year: int) -> list[Measure]:
    """The measures of a year's rules."""
    indicators = year_indicators(year)
    used = set(session.scalars(select(Rule.measure).where(Rule.indicator_id.in_(indicators)).distinct()))
    return [measure for measure in MEASURES if measure.key in used]


@cache
def project_scopes() -> CTE:
    """(ancestor_id, project_id): every project with itself and with all its descendants."""
    scopes = select(Project.id.label("ancestor_id"), Project.id.label("project_id")).cte(
        "project_scope", recursive=True
    )
    child = aliased(Project)
    return scopes.union_all(
        select(scopes.c.ancestor_id, child.id).join(child, child.parent_id == scopes.c.project_id)
    )


def contributions(
    measure: Measure,
    year: int,
    *,
    only: ColumnElement[bool] | None = None,
    records: Mapping[str, Rows] | None = None,
    tables: RuleTables = STORED_RULES,
) -> Rows:
    """Rows (indicator_id, source, source_id, key, occurred_on, amount, base) of the year's indicators.

    A record gives one row per indicator, key and day. `only` is a condition on Rule, Indicator or Project.
    Only `records` are computed, if given: their ids by the key of their source. The rules are those of
    `tables`.
    """
    facts = _facts(measure, records).subquery("fact")
    rules = _rules(measure, year, only, tables.rule)
    return select(
        rules.c.indicator_id,
        facts.c.source,
        facts.c.source_id,
        _key(measure, facts).label("key"),
        _counted_on(measure, facts, Period(year, 12).last_day).label("occurred_on"),
        _amount(measure, facts, rules).label("amount"),
        _base(measure, facts, rules).label("base"),
    ).where(
        rules.c.project_id == facts.c.project_id,
        *_filters(facts, rules, measure.aggregation.key, tables),
        *([facts.c.source_id.in_(_ids(measure, records))] if records and not measure.is_pooled else ()),
    )


def _facts(measure: Measure, records: Mapping[str, Rows] | None) -> Rows | PooledRows:
    """The facts; those pooled or counted of several rows are narrowed where these are read."""
    if records is None:
        return measure.facts()
    if measure.is_pooled:
        return measure.facts(records)
    return measure.facts(_ids(measure, records)) if measure.unrecorded else measure.facts()


def _ids(measure: Measure, records: Mapping[str, Rows]) -> Rows:
    (source,) = measure.sources
    return records[source.key]


def _rules(measure: Measure, year: int, only: ColumnElement[bool] | None, rule: FromClause) -> Subquery:
    """The measure's rules, each with every project whose records it may count.

    These few rows must be computed first: planners overestimate their number a thousandfold and would join
    all facts before them. Neither database optimises across OFFSET.
    """
    scopes = project_scopes()
    rows = (
        select(
            rule.c.indicator_id,
            scopes.c.project_id,
            *(rule.c[name] for name in _SETTINGS),
            or_(*(rule.c[name] for name in _ACTIVITY_LIMITS)).label("limits_activities"),
        )
        .select_from(rule)
        .join(Indicator, Indicator.id == rule.c.indicator_id)
        .join(Project, and_(Project.id == Indicator.project_id, Project.year == year))
        .join(scopes, scopes.c.ancestor_id == Project.id)
        .where(rule.c.measure == measure.key)
    )
    if only is not None:
        rows = rows.where(only)
    return rows.offset(0).subquery("counting")


_ACTIVITY_LIMITS = ("limits_kinds", "limits_venues", "limits_forms", "limits_districts")
_SETTINGS = (
    *_ACTIVITY_LIMITS,
    "limits_expenses",
    "milestone_kind",
    "audience_group",
    "includes_online",
    "includes_reposts",
)


def _key(measure: Measure, facts: Subquery) -> ColumnElement[str]:
    if measure.aggregation.key is None:
        return literal("")
    column = facts.c[measure.aggregation.key]
    return cast(column, String) if isinstance(column.type, Integer) else column


def _counted_on(measure: Measure, facts: Subquery, last_day: date) -> ColumnElement[date]:
    """The day of a record; what tells of a December counts on the year's last day."""
    sources = [source.key for source in measure.sources if source.tells_of_december]
    day: ColumnElement[date] = facts.c.occurred_on
    if not sources:
        return day
    is_later = and_(day > last_day, facts.c.source.in_(sources))
    return case((is_later, literal(last_day)), else_=day)


def _amount(measure: Measure, facts: Subquery, rules: Subquery) -> ColumnElement[int]:
    if measure.aggregation.key is not None:
        return literal(1)
    amount: ColumnElement[int] = facts.c[measure.aggregation.amount]
    if measure.aggregation.base:
        return amount
    everybody = _with_online(amount, measure, facts, rules)
    if not measure.aggregation.is_by_group:
        return everybody
    of_group = [(rules.c.audience_group == label, facts.c[name]) for label, name in HEADS_BY_GROUP.items()]
    return case(*of_group, else_=everybody)


def _base(measure: Measure, facts: Subquery, rules: Subquery) -> ColumnElement[int]:
    """What a quotient is divided by; a zero typed in has 1, or nothing would be left of it."""
    if measure.aggregation.base is not None:
        return _with_online(facts.c[measure.aggregation.base], measure, facts, rules)
    return case((facts.c.amount == 0, 1), else_=0) if measure.is_typed_in else literal(0)


def _with_online(
    heads: ColumnElement[int], measure: Measure, facts: Subquery, rules: Subquery
) -> ColumnElement[int]:
    """The heads with those online where the rule counts them."""
    if measure.aggregation.online is None:
        return heads
    return heads + case((rules.c.includes_online, facts.c[measure.aggregation.online]), else_=0)


def _filters(
    facts: Subquery, rules: Subquery, key: str | None, tables: RuleTables
) -> Sequence[ColumnElement[bool]]:
    """The conditions a rule may set, as far as the facts publish what they are about."""
    conditions: list[ColumnElement[bool]] = []
    if key is not None:
        conditions.append(facts.c[key].is_not(None))
    if "activity_id" in facts.c:
        number = facts.c.activity_id
        conditions += [
            or_(rules.c.limits_kinds == false(), _is_of_kinds(number, rules, tables.kinds)),
            or_(rules.c.limits_venues == false(), _is_at_venue_kinds(number, rules, tables.venue_kinds)),
            or_(rules.c.limits_forms == false(), _is_of_forms(number, rules, tables.forms)),
            or_(rules.c.limits_districts == false(), _is_in_districts(number, rules, tables.districts)),
        ]
    if "attached_to" in facts.c:  # NULL of what hangs on no activity
        is_approved = exists().where(Activity.id == facts.c.attached_to, HELD)
        conditions.append(
            or_(rules.c.limits_activities == false(), facts.c.attached_to.is_(None), is_approved)
        )
    if "expense_kind" in facts.c:  # NULL of what is no expense
        conditions.append(
            or_(
                rules.c.limits_expenses == false(),
                facts.c.expense_kind.is_(None),
                _is_of_expense_kinds(facts.c.expense_kind, rules, tables.expense_kinds),
            )
        )
    if "milestone_kind" in facts.c:
        conditions.append(
            or_(rules.c.milestone_kind.is_(None), rules.c.milestone_kind == facts.c.milestone_kind)
        )
    if "is_repost" in facts.c:
        conditions.append(or_(rules.c.includes_reposts, facts.c.is_repost == false()))
    if "indicator_id" in facts.c:
        conditions.append(facts.c.indicator_id == rules.c.indicator_id)
    return conditions


# All look a record up by itself: as one correlated EXISTS they would become a hash of every record and rule.
def _is_of_kinds(activity_id: ColumnElement[int], rules: Subquery, kinds: FromClause) -> ColumnElement[bool]:
    is_of_activity = activity_kind_link.c.activity_id == activity_id
    return exists().where(is_of_activity, activity_kind_link.c.kind_id.in_(_chosen(kinds, "kind_id", rules)))


def _is_at_venue_kinds(
    activity_id: ColumnElement[int], rules: Subquery, venue_kinds: FromClause
) -> ColumnElement[bool]:
    chosen = _chosen(venue_kinds, "venue_kind", rules)
    return exists().where(Activity.id == activity_id, Activity.venue_kind.in_(chosen))


def _is_of_forms(activity_id: ColumnElement[int], rules: Subquery, forms: FromClause) -> ColumnElement[bool]:
    """Of one of the forms, or of a kind called like it: offices tick 讲座 under either."""
    chosen = _chosen(forms, "form", rules)
    of_kind = exists().where(
        activity_kind_link.c.activity_id == activity_id,
        ActivityKind.id == activity_kind_link.c.kind_id,
        ActivityKind.name.in_(chosen),
    )
    return or_(exists().where(Activity.id == activity_id, Activity.form.in_(chosen)), of_kind)


def _is_in_districts(
    activity_id: ColumnElement[int], rules: Subquery, districts: FromClause
) -> ColumnElement[bool]:
    chosen = _chosen(districts, "district", rules)
    return exists().where(ActivityDistrict.activity_id == activity_id, ActivityDistrict.district.in_(chosen))


def _is_of_expense_kinds(
    kind: ColumnElement[str], rules: Subquery, expense_kinds: FromClause
) -> ColumnElement[bool]:
    is_chosen = expense_kinds.c.indicator_id == rules.c.indicator_id, expense_kinds.c.expense_kind == kind
    return exists().where(*is_chosen)


def _chosen(words: FromClause, name: str, rules: Subquery) -> Select[Any]:
    """What a table of a rule's filter holds for the rule of the row."""
    return select(words.c[name]).where(words.c.indicator_id == rules.c.indicator_id).correlate(rules)
