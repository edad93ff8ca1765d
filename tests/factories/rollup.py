"""Indicators with their rules."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from activitylog.indicators.models import Rule
from activitylog.indicators.rules.operations import set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.projects.models import Indicator, Project

NOW = datetime(2024, 1, 2, tzinfo=UTC)
_serial = count(1)


def make_indicator(
    session: Session,
    project: Project,
    measure: str | None = "activities_held",
    *,
    name: str = "",
    operator: str = "≥",
    target: str | None = "20",
    target_word: str = "",
    unit: str = "次",
    level1: str = "产出指标",
    level2: str = "数量指标",
    kinds: tuple[str, ...] = (),
    is_confirmed: bool = True,
    **rule: Any,
) -> Indicator:
    """A quantitative indicator, or with a `target_word` a qualitative one."""
    serial = next(_serial)
    indicator = Indicator(
        project_id=project.id,
        position=serial,
        level1=level1,
        level2=level2,
        name=name or f"指标{serial}",
        operator="" if target_word else operator,
        target=None if target_word or target is None else Decimal(target),
        target_word=target_word,
        unit="" if target_word else unit,
    )
    session.add(indicator)
    session.flush()
    stored = set_rule(session, indicator, RuleDetails(measure, kinds=kinds, **rule), by=None, now=NOW)
    stored.measure = measure  # also a way of counting satisfaction that is not the year's
    if not is_confirmed:
        session.get_one(Rule, indicator.id).confirmed_at = None
        session.flush()
    return indicator
