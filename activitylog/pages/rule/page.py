"""The pages of rules: the lines of a project's, and the form of one with the figure it would give."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.core.records import token_of
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.figure_text import target_text
from activitylog.indicators.measures import BY_KEY, Measure
from activitylog.indicators.measures.measure import Filter
from activitylog.indicators.models import Rule
from activitylog.indicators.rules.forms import RuleForm
from activitylog.indicators.rules.operations import details_of
from activitylog.indicators.rules.rules import RuleDetails, applicable_rule, filter_sentences
from activitylog.projects.models import Indicator
from activitylog.rollup.periods.queries import period_to_show
from activitylog.rollup.previews.queries import previewed_actual
from activitylog.rollup.queries import indicator_actual

UNSET = RuleDetails(measure=None)
_TYPED_BESIDE = {"new_kinds": Filter.KINDS, "other_milestone_kind": Filter.MILESTONE_KIND}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of the page of rules; `token` later shows whether the rule has changed since.

    `proposed` says how its name would be counted if proposed today, where that differs.
    """

    indicator: Indicator
    measure: Measure | None
    filters: list[str]
    is_confirmed: bool
    target_text: str
    token: str
    proposed: str
    proposed_token: str


@dataclass(frozen=True, slots=True)
class RulePreview:
    """The figure at a month's end, as posted and, if asked for, by the rule of the form."""

    period: Period
    now: str
    new: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class RulePage:
    """The form of a rule; `refused` are the fields that its measure does not accept."""

    indicator: Indicator
    form: RuleForm
    target: str
    measures: Sequence[Measure]
    refused: Collection[str]
    preview: RulePreview | None


def rule_line(indicator: Indicator, rule: Rule | None, proposal: RuleDetails | None) -> RuleLine:
    details = details_of(rule) if rule else UNSET
    return RuleLine(
        indicator=indicator,
        measure=BY_KEY.get(details.measure or ""),
        filters=filter_sentences(details, operator=indicator.operator, unit=indicator.unit),
        is_confirmed=rule is not None and rule.confirmed_at is not None,
        target_text=target_text(indicator),
        token=token_of(details),
        proposed=rule_text(proposal, indicator) if proposal else "",
        proposed_token=token_of(details, proposal) if proposal else "",
    )


def rule_page(session: Session, indicator: Indicator, form: RuleForm, *, today: date) -> RulePage:
    """The page; the figure is left out while the form says of nothing how to count it."""
    measure = BY_KEY.get(form.measure.data or "")
    accepted = measure.filters if measure else frozenset()
    beside = {name for name, each in _TYPED_BESIDE.items() if each not in accepted}
    return RulePage(
        indicator=indicator,
        form=form,
        target=target_text(indicator),
        measures=[BY_KEY[key] for key, _ in form.measure.choices if key in BY_KEY],
        refused={each.value for each in Filter if each not in accepted} | beside,
        preview=None if form.errors else _preview(session, indicator, form, today),
    )


def _preview(session: Session, indicator: Indicator, form: RuleForm, today: date) -> RulePreview:
    """The posted figure is read; that by the rule of the form takes all records, so only who asks waits."""
    period = period_to_show(session, indicator.project.year, today)
    row = indicator_actual(session, indicator.id, period)
    now = _figure_text(row) if row.posted_at else "还没有汇总"
    if not form.is_submitted():
        return RulePreview(period, now)
    by_rule = previewed_actual(session, row, applicable_rule(form.details, operator=indicator.operator))
    return RulePreview(period, now, _figure_text(by_rule), _verdict(by_rule))


def _figure_text(row: IndicatorActual) -> str:
    if row.measure is None:
        return "由人评定，没有可计的数"
    return f"{row.figure_text}，{row.records:,} 条记录"


def _verdict(row: IndicatorActual) -> str:
    if row.is_judged or row.is_reached is None:
        return ""
    return f"{'已达到' if row.is_reached else '还没有达到'}目标 {target_text(row)}"


def stored_rule(session: Session, indicator: Indicator) -> RuleDetails:
    rule = session.get(Rule, indicator.id)
    return details_of(rule) if rule else UNSET


def rule_text(details: RuleDetails, indicator: Indicator) -> str:
    measure = BY_KEY.get(details.measure or "")
    filters = filter_sentences(details, operator=indicator.operator, unit=indicator.unit)
    return "，".join([measure.label if measure else "由人评定", *filters])
