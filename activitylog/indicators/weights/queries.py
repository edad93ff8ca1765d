"""Reads a project's weights: those set by hand, else the defaults."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from activitylog.indicators.weights.models import ExecutionWeight, IndicatorWeight
from activitylog.indicators.weights.rules import EXECUTION, WHOLE, default_weights, points
from activitylog.projects.models import Indicator

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Weights:
    """The points of one project's table; `unset` counts the rows declared after weights were set by hand."""

    execution: Decimal
    by_indicator: dict[int, Decimal]
    is_by_hand: bool = False
    unset: int = 0

    @property
    def total(self) -> Decimal:
        return sum(self.by_indicator.values(), self.execution)

    @property
    def warning(self) -> str:
        """A sentence where the table cannot be scored with these weights, else ""."""
        if not self.by_indicator:
            return "本项目还没有指标，没有可以分配的分值。"
        if self.unset:
            return f"分值设定以后，申报表增加了 {self.unset} 个指标，它们暂按 0.00 分计，请重新设定分值。"
        if self.total != WHOLE:
            return f"各项分值合计 {points(self.total)}，应正好是 {points(WHOLE)}，请重新设定分值。"
        return ""


def weights_of(session: Session, project_ids: Sequence[int]) -> dict[int, Weights]:
    """The weights of each project, whether it has indicators or not."""
    found = session.execute(
        select(
            Indicator.project_id,
            Indicator.id,
            Indicator.level1,
            IndicatorWeight.weight,
            ExecutionWeight.weight.label("execution"),
        )
        .outerjoin(IndicatorWeight, IndicatorWeight.indicator_id == Indicator.id)
        .outerjoin(ExecutionWeight, ExecutionWeight.project_id == Indicator.project_id)
        .where(Indicator.project_id.in_(project_ids))
        .order_by(Indicator.position, Indicator.id)
    )
    rows: dict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in found:
        rows[row.project_id].append(row)
    return {project_id: _weights(rows[project_id]) for project_id in project_ids}


def weight_of(session: Session, project_id: int, indicator_id: int) -> Decimal:
    return weights_of(session, [project_id])[project_id].by_indicator[indicator_id]


def _weights(rows: Sequence[Row[*tuple[Any, ...]]]) -> Weights:
    if all(row.weight is None for row in rows):
        defaults = default_weights([row.level1 for row in rows])
        return Weights(EXECUTION, {row.id: weight for row, weight in zip(rows, defaults, strict=True)})
    execution = rows[0].execution
    return Weights(
        execution=EXECUTION if execution is None else execution,
        by_indicator={row.id: ZERO if row.weight is None else row.weight for row in rows},
        is_by_hand=True,
        unset=sum(row.weight is None for row in rows),
    )
