"""Measures × facts × rules: the select that says what every record contributes to every indicator."""

from collections.abc import Sequence

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
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
from sqlalchemy.orm import aliased

from activitylog.activities.models import Activity, activity_kind_link
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.measures import Measure
from activitylog.rollup.models import Rule, RuleVenueKind, rule_activity_kind
from activitylog.sql import Rows


def project_scopes() -> CTE:
    """(ancestor_id, project_id): every project with itself and with all its descendants."""
    scopes = select(Project.id.label("ancestor_id"), Project.id.label("project_id")).cte(
        "project_scope", recursive=True
    )
    child = aliased(Project)
    return scopes.union_all(
        select(scopes.c.ancestor_id, child.id).join(child, child.parent_id == scopes.c.project_id)
    )


def contributions(measure: Measure, year: int) -> Rows:
    """Rows (indicator_id, source, source_id, key, occurred_on, amount, base) of the year's indicators.

    A record may give several rows; whoever books them sums per (source, source_id, key, occurred_on).
    """
    facts = measure.facts().subquery("fact")
    scopes = project_scopes()
    return (
        select(
            Rule.indicator_id,
            facts.c.source,
            facts.c.source_id,
            _key(measure, facts).label("key"),
            facts.c.occurred_on,
            _amount(measure, facts).label("amount"),
            (facts.c[measure.fold.base] if measure.fold.base else literal(0)).label("base"),
        )
        .select_from(Rule)
        .join(Indicator, Indicator.id == Rule.indicator_id)
        .join(Project, and_(Project.id == Indicator.project_id, Project.year == year))
        .join(scopes, scopes.c.ancestor_id == Project.id)
        .join(facts, facts.c.project_id == scopes.c.project_id)
        .where(Rule.measure == measure.key, *_filters(facts, measure.fold.key))
    )


def _key(measure: Measure, facts: Subquery) -> ColumnElement[str]:
    if measure.fold.key is None:
        return literal("")
    column = facts.c[measure.fold.key]
    return cast(column, String) if isinstance(column.type, Integer) else column


def _amount(measure: Measure, facts: Subquery) -> ColumnElement[int]:
    if measure.fold.key is not None:
        return literal(1)
    amount: ColumnElement[int] = facts.c[measure.fold.amount]
    if measure.fold.online is None:
        return amount
    return amount + case((Rule.includes_online, facts.c[measure.fold.online]), else_=0)


def _filters(facts: Subquery, key: str | None) -> Sequence[ColumnElement[bool]]:
    """The conditions a rule may set, as far as the facts publish what they are about."""
    conditions: list[ColumnElement[bool]] = []
    if key is not None:
        conditions.append(facts.c[key].is_not(None))
    if "activity_id" in facts.c:
        conditions += [_is_of_kinds(facts.c.activity_id), _is_at_venue_kinds(facts.c.activity_id)]
    if "milestone_kind" in facts.c:
        conditions.append(or_(Rule.milestone_kind.is_(None), Rule.milestone_kind == facts.c.milestone_kind))
    if "is_repost" in facts.c:
        conditions.append(or_(Rule.includes_reposts, facts.c.is_repost == false()))
    if "indicator_id" in facts.c:
        conditions.append(facts.c.indicator_id == Rule.indicator_id)
    return conditions


def _is_of_kinds(activity_id: ColumnElement[int]) -> ColumnElement[bool]:
    has_kind = exists().where(
        activity_kind_link.c.activity_id == activity_id,
        activity_kind_link.c.kind_id == rule_activity_kind.c.kind_id,
        rule_activity_kind.c.indicator_id == Rule.indicator_id,
    )
    return or_(Rule.limits_kinds == false(), has_kind)


def _is_at_venue_kinds(activity_id: ColumnElement[int]) -> ColumnElement[bool]:
    at_kind = exists().where(
        Activity.id == activity_id,
        Activity.venue_kind == RuleVenueKind.venue_kind,
        RuleVenueKind.indicator_id == Rule.indicator_id,
    )
    return or_(Rule.limits_venues == false(), at_kind)
