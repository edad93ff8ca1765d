"""When a figure requires an explanation, and what the explanation must contain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from activitylog.core.rounding import Exact
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.status import MONTHS, OVERSHOOT, IndicatorStatus, is_reached, overshoots

LONGEST_EXPLANATION, LONGEST_WORD = 2000, 120


class Cause(StrEnum):
    """The categories of the 运行监控表."""

    FUNDING = "funding"
    REGULATION = "regulation"
    STAFF = "staff"
    EQUIPMENT = "equipment"
    OTHER = "other"


CAUSE_LABELS = {
    Cause.FUNDING: "经费保障",
    Cause.REGULATION: "制度保障",
    Cause.STAFF: "人员保障",
    Cause.EQUIPMENT: "硬件条件保障",
    Cause.OTHER: "其他",
}


class Likelihood(StrEnum):
    """Whether the year's target will be reached."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"


LIKELIHOOD_LABELS = {
    Likelihood.CERTAIN: "确定能",
    Likelihood.POSSIBLE: "有可能",
    Likelihood.IMPOSSIBLE: "完全不可能",
}


class DeviationKind(StrEnum):
    """What makes an explanation required; the values end the sentence “2024年6月……”."""

    GRADE = "评定低于“达成”"
    EMPTY = "到年底还没有完成值"
    MISSED = "年底没有达到目标"
    MORE = "超过了约定的“等于”"
    BEYOND = f"超出目标 {OVERSHOOT:.0%} 以上"
    RED = "亮了红灯"


@dataclass(frozen=True, slots=True)
class MonthEndFigure:
    """An indicator at a month's end, as these rules need it; without a target a person judges."""

    operator: str
    value: Exact | None
    target: Decimal | None
    month: int
    status: IndicatorStatus | None = None
    grade: Grade | None = None
    tolerance: Decimal = Decimal(0)

    @property
    def is_year_end(self) -> bool:
        return self.month == MONTHS

    def is_more(self, value: Exact) -> bool:
        """Whether a value exceeds an "=" target."""
        if self.operator != "=" or self.target is None:
            return False
        return Fraction(value) > Fraction(self.target + self.tolerance)

    def falls_short(self, value: Exact) -> bool:
        """Whether a value misses the target on its bad side."""
        if self.target is None:
            return False
        return not (is_reached(self.operator, value, self.target, self.tolerance) or self.is_more(value))


def _measured(
    decides: Callable[[MonthEndFigure, Exact, Decimal], bool],
) -> Callable[[MonthEndFigure], bool]:
    def decided(figure: MonthEndFigure) -> bool:
        return (
            figure.value is not None
            and figure.target is not None
            and decides(figure, figure.value, figure.target)
        )

    return decided


RULES: tuple[tuple[DeviationKind, Callable[[MonthEndFigure], bool]], ...] = (
    (DeviationKind.GRADE, lambda figure: figure.grade not in {None, Grade.REACHED}),
    (
        DeviationKind.EMPTY,
        lambda figure: figure.is_year_end and figure.target is not None and figure.value is None,
    ),
    (
        DeviationKind.MISSED,
        _measured(lambda figure, value, _: figure.is_year_end and figure.falls_short(value)),
    ),
    (DeviationKind.MORE, _measured(lambda figure, value, _: figure.is_more(value))),
    (
        DeviationKind.BEYOND,
        _measured(lambda figure, value, target: overshoots(figure.operator, value, target)),
    ),
    (DeviationKind.RED, lambda figure: figure.grade is None and figure.status is IndicatorStatus.RED),
)


def deviation_kinds(figure: MonthEndFigure) -> tuple[DeviationKind, ...]:
    """Everything that makes an explanation required; empty where nothing does."""
    return tuple(why for why, applies in RULES if applies(figure))


@dataclass(frozen=True, slots=True)
class Explanation:
    """A person's explanation of an indicator's figure at a month's end."""

    cause: Cause | None = None
    explanation: str = ""
    likelihood: Likelihood | None = None
    forecast: Decimal | None = None
    forecast_word: str = ""


def check_explanation(
    explanation: Explanation, figure: MonthEndFigure, target_text: str
) -> Iterator[tuple[str, str]]:
    """(field, sentence) of everything missing or contradictory."""
    doubts = explanation.likelihood not in {None, Likelihood.CERTAIN}
    needed = _needed(figure, doubts=doubts)
    has_text = bool(explanation.explanation.strip())
    if explanation.cause is None and (needed or has_text):
        yield "cause", f"{needed or '写了说明的，'}请选择偏差原因的类别。"
    if not has_text and (needed or explanation.cause is not None or figure.is_year_end):
        yield "explanation", f"{needed or ''}请填写偏差原因的说明。"
    if figure.is_year_end:
        return
    if explanation.likelihood is None:
        yield "likelihood", "请选择全年目标的完成可能性。"
    if doubts and figure.target is None and not explanation.forecast_word.strip():
        yield "forecast_word", "完成可能性不是“确定能”的，请填写全年预计完成值。"
    if doubts and figure.target is not None and explanation.forecast is None:
        yield "forecast", "完成可能性不是“确定能”的，请填写全年预计完成值。"
    yield from _contradictions(explanation, figure, target_text)


def _needed(figure: MonthEndFigure, *, doubts: bool) -> str:
    why = deviation_kinds(figure)
    if why:
        return f"{figure.month}月{'，'.join(why)}，"
    return "完成可能性不是“确定能”的，" if doubts else ""


def _contradictions(
    explanation: Explanation, figure: MonthEndFigure, target_text: str
) -> Iterator[tuple[str, str]]:
    if explanation.forecast is None or figure.target is None:
        return
    falls_short = figure.falls_short(explanation.forecast)
    if explanation.likelihood is Likelihood.CERTAIN and falls_short:
        yield "forecast", f"完成可能性选了“确定能”，全年预计完成值却达不到目标 {target_text}，请核对这两项。"
    if explanation.likelihood is Likelihood.IMPOSSIBLE and not falls_short:
        yield (
            "forecast",
            f"完成可能性选了“完全不可能”，全年预计完成值却达到目标 {target_text}，请核对这两项。",
        )
