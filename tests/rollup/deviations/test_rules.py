"""When an explanation is required, and what it must contain: a truth table."""

from decimal import Decimal
from typing import Any

import pytest

from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.status import IndicatorStatus
from activitylog.rollup.deviations.rules import (
    Cause,
    DeviationKind,
    Explanation,
    Likelihood,
    MonthEndFigure,
    check_explanation,
    deviation_kinds,
)

RED, YELLOW, GREEN, BLUE = (
    IndicatorStatus.RED,
    IndicatorStatus.YELLOW,
    IndicatorStatus.GREEN,
    IndicatorStatus.BLUE,
)


def at(
    operator: str = "≥",
    value: str | None = "10",
    target: str | None = "20",
    month: int = 6,
    status: IndicatorStatus | None = GREEN,
    **more: Any,
) -> MonthEndFigure:
    return MonthEndFigure(
        operator=operator,
        value=None if value is None else Decimal(value),
        target=None if target is None else Decimal(target),
        month=month,
        status=status,
        **more,
    )


def judged(grade: Grade | None, month: int = 6, status: IndicatorStatus | None = None) -> MonthEndFigure:
    return MonthEndFigure("", None, None, month, status, grade)


TABLE = [
    ("on pace in mid-year", at(), ()),
    ("slow in mid-year", at(status=YELLOW), ()),
    ("ahead of the plan but within the target", at(status=BLUE), ()),
    ("red in mid-year", at(status=RED), (DeviationKind.RED,)),
    ("red in the first month", at(value="0", month=1, status=RED), (DeviationKind.RED,)),
    ("nothing to divide by in mid-year", at(value=None, status=None), ()),
    ("nothing to divide by at the year's end", at(value=None, month=12, status=None), (DeviationKind.EMPTY,)),
    ("reached at the year's end", at(value="20", month=12), ()),
    ("one short at the year's end", at(value="19", month=12), (DeviationKind.MISSED,)),
    (
        "far short at the year's end",
        at(value="5", month=12, status=RED),
        (DeviationKind.MISSED, DeviationKind.RED),
    ),
    ("exactly 30 % over", at(value="26", status=BLUE), ()),
    ("more than 30 % over", at(value="26.1", status=BLUE), (DeviationKind.BEYOND,)),
    ("more than 30 % over at the year's end", at(value="30", month=12, status=BLUE), (DeviationKind.BEYOND,)),
    ("= with exactly that", at("=", "1", "1"), ()),
    ("= with one more, within 30 %", at("=", "11", "10"), (DeviationKind.MORE,)),
    ("= with one more than one", at("=", "2", "1", status=BLUE), (DeviationKind.MORE, DeviationKind.BEYOND)),
    ("= with more at the year's end is no miss", at("=", "11", "10", month=12), (DeviationKind.MORE,)),
    (
        "= with less at the year's end",
        at("=", "0", "1", month=12, status=RED),
        (DeviationKind.MISSED, DeviationKind.RED),
    ),
    ("= 0 within its tolerance", at("=", "0.4", "0", month=12, tolerance=Decimal("0.5")), ()),
    (
        "= 0 above its tolerance",
        at("=", "0.6", "0", status=RED, tolerance=Decimal("0.5")),
        (DeviationKind.MORE, DeviationKind.RED),
    ),
    (
        "= 0 below its tolerance",
        at("=", "-0.6", "0", month=12, status=RED),
        (DeviationKind.MISSED, DeviationKind.RED),
    ),
    ("≤ kept at the year's end", at("≤", "2", "2", month=12), ()),
    (
        "≤ broken at the year's end",
        at("≤", "3", "2", month=12, status=RED),
        (DeviationKind.MISSED, DeviationKind.RED),
    ),
    ("≤ far below is no overshoot", at("≤", "0", "2"), ()),
    ("not judged yet", judged(None), ()),
    ("judged reached", judged(Grade.REACHED, status=GREEN), ()),
    ("judged partly", judged(Grade.PARTLY, status=YELLOW), (DeviationKind.GRADE,)),
    ("judged missed", judged(Grade.MISSED, status=RED), (DeviationKind.GRADE,)),
    ("not judged at the year's end", judged(None, month=12), ()),
]


@pytest.mark.parametrize(("figure", "why"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_reason_is_compulsory_where_the_table_says(
    figure: MonthEndFigure, why: tuple[DeviationKind, ...]
) -> None:
    assert deviation_kinds(figure) == why


def fields_of(said: Explanation, figure: MonthEndFigure) -> set[str]:
    return {field for field, _ in check_explanation(said, figure, "≥20 次")}


def said(likelihood: Likelihood | None, forecast: str | None = None, **more: Any) -> Explanation:
    return Explanation(
        likelihood=likelihood, forecast=None if forecast is None else Decimal(forecast), **more
    )


CERTAIN, POSSIBLE, IMPOSSIBLE = Likelihood
WITH_REASON = {"cause": Cause.STAFF, "explanation": "人手不足"}


@pytest.mark.parametrize(
    ("said_of_it", "figure", "fields"),
    [
        (said(CERTAIN), at(), set()),
        (said(None), at(), {"likelihood"}),
        (said(CERTAIN), at(status=RED), {"cause", "explanation"}),
        (said(CERTAIN, **WITH_REASON), at(status=RED), set()),
        (said(CERTAIN, cause=Cause.OTHER, explanation=" \n"), at(status=RED), {"explanation"}),
        (said(CERTAIN, explanation="人手不足"), at(), {"cause"}),
        (said(CERTAIN, cause=Cause.OTHER), at(), {"explanation"}),
        (said(POSSIBLE), at(), {"cause", "explanation", "forecast"}),
        (said(POSSIBLE, "18", **WITH_REASON), at(), set()),
        (said(POSSIBLE, "21", **WITH_REASON), at(), set()),
        (said(IMPOSSIBLE, **WITH_REASON), at(), {"forecast"}),
        (said(IMPOSSIBLE, "0", **WITH_REASON), at(), set()),
        (said(IMPOSSIBLE, "20", **WITH_REASON), at(), {"forecast"}),
        (said(CERTAIN, "19"), at(), {"forecast"}),
        (said(CERTAIN, "20"), at(), set()),
        (said(CERTAIN, "12"), at("=", target="10"), set()),
        (said(POSSIBLE, **WITH_REASON), judged(None), {"forecast_word"}),
        (said(POSSIBLE, forecast_word="基本健全", **WITH_REASON), judged(Grade.PARTLY), set()),
        (said(None), at(value="20", month=12), {"explanation"}),
        (said(None, **WITH_REASON), at(value="19", month=12), set()),
        (said(None, explanation="人手不足"), at(value="19", month=12), {"cause"}),
    ],
)
def test_what_is_missing_is_named_with_its_field(
    said_of_it: Explanation, figure: MonthEndFigure, fields: set[str]
) -> None:
    assert fields_of(said_of_it, figure) == fields


def test_the_sentence_says_why_a_reason_is_asked_for() -> None:
    sentences = dict(check_explanation(said(CERTAIN), at(status=RED), "≥20 次"))
    assert sentences["cause"] == "6月亮了红灯，请选择偏差原因的类别。"
    assert sentences["explanation"] == "6月亮了红灯，请填写偏差原因的说明。"
    sentences = dict(check_explanation(said(POSSIBLE), at(), "≥20 次"))
    assert sentences["forecast"] == "完成可能性不是“确定能”的，请填写全年预计完成值。"
    sentences = dict(check_explanation(said(CERTAIN, "19"), at(), "≥20 次"))
    assert "全年预计完成值却达不到目标 ≥20 次" in sentences["forecast"]
