"""Proposes rules for a declaration's indicators, and sets, confirms and copies them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from activitylog.accounts.models import User
from activitylog.activities.catalogue import find_or_add_kinds
from activitylog.activities.models import ActivityKind
from activitylog.activities.rules import HEADS_BY_GROUP
from activitylog.core.districts import BY_CODE
from activitylog.core.locks import lock_roll_up
from activitylog.core.text.words import read_word
from activitylog.errors import BadInput
from activitylog.indicators.counted_words import offered_kinds
from activitylog.indicators.measures import BY_KEY
from activitylog.indicators.models import Rule, RuleActivityForm, RuleDistrict, RuleExpenseKind, RuleVenueKind
from activitylog.indicators.rules.proposals import propose_rules
from activitylog.indicators.rules.rules import RuleDetails, counted_by, is_same_rule
from activitylog.projects.models import Indicator, Project
from activitylog.projects.operations import projects_of_year
from activitylog.surveys.years.queries import satisfaction_method
from activitylog.surveys.years.rules import SatisfactionMethod

_WORDS = (Rule.kinds, Rule.venue_kinds, Rule.forms, Rule.districts, Rule.expense_kinds)


def propose_for_year(
    session: Session, year: int, *, rewritten: Collection[tuple[str, str]] = frozenset()
) -> None:
    """Give every indicator of a year a rule: proposed where it has none, or none that fits any more.

    `rewritten` are (project, indicator) whose target has changed: their rules are proposed again unless a
    person confirmed them. Other rules stay, whatever kinds of activity came into use since.
    """
    known_kinds, method = offered_kinds(session), satisfaction_method(session, year)
    projects = projects_of_year(session, year)
    rules = rules_of(session, [project.id for project in projects])
    for project in projects:
        proposals = proposed_details(project, known_kinds, method)
        for indicator in project.indicators:
            rule = rules.get(indicator.id)
            is_rewritten = (project.name, indicator.name) in rewritten
            if rule is None or not _still_fits(rule, indicator, is_rewritten=is_rewritten):
                rule = rule or _new_rule(session, indicator)
                rule.confirmed_at = rule.confirmed_by_id = None
                _apply(session, rule, proposals[indicator.id])
    session.flush()


def proposals_now(session: Session, project: Project) -> dict[int, RuleDetails]:
    """By indicator, the rule proposed with the kinds now in use, where the stored one counts otherwise."""
    rules = rules_of(session, [project.id])
    method = satisfaction_method(session, project.year)
    proposals = proposed_details(project, offered_kinds(session), method)
    return {
        indicator.id: proposals[indicator.id]
        for indicator in project.indicators
        if indicator.id not in rules
        or not is_same_rule(details_of(rules[indicator.id]), proposals[indicator.id], indicator.operator)
    }


def proposed_details(
    project: Project, known_kinds: Sequence[str], method: SatisfactionMethod
) -> dict[int, RuleDetails]:
    """The rule proposed for each indicator, by its id."""
    proposals = propose_rules(project.indicators, known_kinds, project=project.name)
    ids = [indicator.id for indicator in project.indicators]
    return dict(zip(ids, (counted_by(method, each) for each in proposals), strict=True))


def _still_fits(rule: Rule, indicator: Indicator, *, is_rewritten: bool) -> bool:
    if rule.measure is None and not indicator.is_qualitative:
        return False
    return rule.confirmed_at is not None or not is_rewritten


def set_rule(
    session: Session, indicator: Indicator, details: RuleDetails, *, by: User | None, now: datetime
) -> Rule:
    """Store a person's choice and confirm it; takes effect with the next roll-up.

    Satisfaction is counted as the year counts it now, whatever was offered: whoever sets that for the year
    holds the same lock.
    """
    if details.measure is None and not indicator.is_qualitative:
        raise BadInput(f"定量指标“{indicator.name}”必须选择计量方式。", field="measure")
    if details.measure is not None and details.measure not in BY_KEY:
        raise BadInput(f"没有“{details.measure}”这种计量方式，请从列表中选择。", field="measure")
    lock_roll_up(session)
    rule = session.get(Rule, indicator.id) or _new_rule(session, indicator)
    _apply(session, rule, counted_by(satisfaction_method(session, indicator.project.year), details))
    confirm_rules([rule], by=by, now=now)
    session.flush()
    return rule


def confirm_rules(rules: Iterable[Rule], *, by: User | None, now: datetime) -> None:
    """Record that a person has checked the rules and agrees."""
    for rule in rules:
        rule.confirmed_at = now
        rule.confirmed_by_id = by.id if by else None


def copy_rules(session: Session, source: int, target: int) -> None:
    """Give a copied year the rules of the year it was copied from, by project and indicator name."""
    originals = {
        (project.name, indicator.name): indicator.id
        for project in projects_of_year(session, source)
        for indicator in project.indicators
    }
    rules = rules_of(session, [project.id for project in projects_of_year(session, source)])
    method = satisfaction_method(session, target)
    for project in projects_of_year(session, target):
        for indicator in project.indicators:
            rule = rules.get(originals.get((project.name, indicator.name), 0))
            if rule is not None:
                _apply(session, _new_rule(session, indicator), counted_by(method, details_of(rule)))
    session.flush()


def rules_of(session: Session, project_ids: Collection[int]) -> dict[int, Rule]:
    """The rules of some projects by indicator id, with their kinds loaded."""
    rows = (
        select(Rule)
        .join(Indicator, Indicator.id == Rule.indicator_id)
        .where(Indicator.project_id.in_(project_ids))
        .options(*(selectinload(words) for words in _WORDS))
    )
    return {rule.indicator_id: rule for rule in session.scalars(rows)}


def details_of(rule: Rule) -> RuleDetails:
    return RuleDetails(
        measure=rule.measure,
        kinds=tuple(kind.name for kind in rule.kinds),
        venue_kinds=tuple(row.venue_kind for row in rule.venue_kinds),
        forms=tuple(row.form for row in rule.forms),
        districts=tuple(row.district for row in rule.districts),
        expense_kinds=tuple(row.expense_kind for row in rule.expense_kinds),
        milestone_kind=rule.milestone_kind,
        audience_group=rule.audience_group,
        includes_online=rule.includes_online,
        includes_reposts=rule.includes_reposts,
        tolerance=rule.tolerance,
    )


def _new_rule(session: Session, indicator: Indicator) -> Rule:
    rule = Rule(indicator_id=indicator.id, tolerance=Decimal(0))
    session.add(rule)
    return rule


def _apply(session: Session, rule: Rule, details: RuleDetails) -> None:
    kinds, venue_kinds = _read_words(details.kinds), _read_words(details.venue_kinds)
    expense_kinds = _read_words(details.expense_kinds)
    forms = _read_words(details.forms)
    districts = tuple(code for code in dict.fromkeys(details.districts) if code in BY_CODE)
    rule.measure = details.measure
    rule.milestone_kind = read_word(details.milestone_kind or "") or None
    rule.audience_group = details.audience_group if details.audience_group in HEADS_BY_GROUP else None
    rule.includes_online = details.includes_online
    rule.includes_reposts = details.includes_reposts
    rule.tolerance = details.tolerance
    rule.limits_kinds = bool(kinds)
    rule.limits_venues = bool(venue_kinds)
    rule.limits_forms, rule.limits_districts = bool(forms), bool(districts)
    rule.limits_expenses = bool(expense_kinds)
    rule.kinds = _kinds_in_order(session, kinds)
    rule.venue_kinds = [RuleVenueKind(venue_kind=kind) for kind in venue_kinds]
    rule.forms = [RuleActivityForm(form=form) for form in forms]
    rule.districts = [RuleDistrict(district=code) for code in districts]
    rule.expense_kinds = [RuleExpenseKind(expense_kind=kind) for kind in expense_kinds]


def _read_words(words: Iterable[str]) -> tuple[str, ...]:
    """Each word once, in its one spelling."""
    return tuple(dict.fromkeys(filter(None, map(read_word, words))))


def _kinds_in_order(session: Session, names: Sequence[str]) -> list[ActivityKind]:
    """New kinds are added one by one, so that they are listed in the rule's order."""
    return [find_or_add_kinds(session, [name])[name] for name in names]
