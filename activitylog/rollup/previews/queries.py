"""Computes what is not rolled up yet by the roll-up's own statement: figures of new rules, coming months."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import (
    Boolean,
    Integer,
    String,
    Subquery,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity, ActivityKind
from activitylog.core.dialects import Rows
from activitylog.core.period import Period
from activitylog.core.text.words import read_word
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.closings.queries import first_open_month
from activitylog.indicators.measures import BY_KEY
from activitylog.indicators.measures.measure import Measure
from activitylog.indicators.models import Rule, RuleTables
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.rollup.contributions import contributions
from activitylog.rollup.live_figure import LiveTotals, with_live_totals


def previewed_actual(session: Session, row: IndicatorActual, rule: RuleDetails) -> IndicatorActual:
    """The row with the figure the rule gives of today's facts up to the row's month; nothing is written."""
    measure = BY_KEY.get(rule.measure or "")
    counted = replace(row, measure=measure, tolerance=rule.tolerance)
    totals = None if measure is None else _totals(session, row, measure, rule)
    return with_live_totals(counted, totals)


def _totals(session: Session, row: IndicatorActual, measure: Measure, rule: RuleDetails) -> LiveTotals:
    tables = _tables_of(row.indicator_id, rule)
    part = contributions(measure, row.period.year, tables=tables).subquery("contribution")
    record = part.c.source + literal(":") + cast(part.c.source_id, String)
    sums = session.execute(
        select(
            func.coalesce(func.sum(part.c.amount), 0).label("amount"),
            func.coalesce(func.sum(part.c.base), 0).label("base"),
            func.count(part.c.key.distinct()).label("counted_keys"),
            func.count(record.distinct()).label("records"),
        ).where(part.c.occurred_on <= row.period.last_day, or_(part.c.amount != 0, part.c.base != 0))
    ).one()
    amount = sums.counted_keys if measure.aggregation.counts_keys else int(sums.amount)
    base = None if measure.aggregation.base is None else int(sums.base)
    return LiveTotals(amount, base, sums.records)


def coming_months(session: Session, activity: Activity, indicator_ids: Sequence[int]) -> dict[int, Period]:
    """By indicator, the month an approved activity will be posted to; left out where it will not count."""
    first = first_open_month(session, activity.project.year)
    used = select(Rule.measure).where(Rule.indicator_id.in_(indicator_ids)).distinct()
    if first is None:
        return {}
    months: dict[int, Period] = {}
    for key in session.scalars(used).all():
        for indicator_id, day in session.execute(_days_counted(BY_KEY[key or ""], activity, indicator_ids)):
            months[indicator_id] = max(Period.of(day), first)
    return months


def _days_counted(measure: Measure, activity: Activity, indicator_ids: Sequence[int]) -> Rows:
    """By indicator, the first day a measure counts an activity, or what hangs on it."""
    only = Rule.indicator_id.in_(indicator_ids)
    this, none = select(literal(activity.id)), select(literal(0)).where(false())
    records = {each.key: this if each.is_activity else none for each in measure.sources}
    part = contributions(measure, activity.project.year, only=only, records=records).subquery("contribution")
    return (
        select(part.c.indicator_id, func.min(part.c.occurred_on))
        .where(part.c.source_id == activity.id, or_(part.c.amount != 0, part.c.base != 0))
        .group_by(part.c.indicator_id)
    )


def _tables_of(indicator_id: int, rule: RuleDetails) -> RuleTables:
    """The rule as the rows of the tables a stored one has."""
    kinds = _read(rule.kinds)
    venue_kinds, forms, expense_kinds = map(_read, (rule.venue_kinds, rule.forms, rule.expense_kinds))
    number = literal(indicator_id, Integer).label("indicator_id")
    limits = {
        "limits_kinds": kinds,
        "limits_venues": venue_kinds,
        "limits_forms": forms,
        "limits_districts": rule.districts,
        "limits_expenses": expense_kinds,
        "includes_online": rule.includes_online,
        "includes_reposts": rule.includes_reposts,
    }
    texts = {
        "measure": rule.measure,
        "milestone_kind": read_word(rule.milestone_kind or "") or None,
        "audience_group": rule.audience_group,
    }
    return RuleTables(
        rule=select(
            number,
            *(literal(bool(value), Boolean).label(name) for name, value in limits.items()),
            *(cast(literal(text, String), String).label(name) for name, text in texts.items()),
        ).subquery("tried_rule"),
        kinds=select(number, ActivityKind.id.label("kind_id"))
        .where(ActivityKind.name.in_(kinds))
        .subquery("tried_kind"),
        venue_kinds=_words(indicator_id, "venue_kind", venue_kinds),
        forms=_words(indicator_id, "form", forms),
        districts=_words(indicator_id, "district", rule.districts),
        expense_kinds=_words(indicator_id, "expense_kind", expense_kinds),
    )


def _words(indicator_id: int, name: str, words: Sequence[str]) -> Subquery:
    number = literal(indicator_id, Integer).label("indicator_id")
    rows = [select(number, literal(word, String).label(name)) for word in words]
    none = select(number, literal("", String).label(name)).where(false())
    return union_all(*rows, none).subquery(f"tried_{name}")


def _read(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(read_word, words))))
