"""Statistics of counted answers with their warnings; the questions counted by choice; days not in sums."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from activitylog.core.period import Period
from activitylog.core.rounding import NO_FIGURE, percent_text, rounded
from activitylog.surveys.questionnaires.rules import Questionnaire, SummaryKind
from activitylog.surveys.rules import HIGHEST_GRADE
from activitylog.surveys.years.rules import SatisfactionMethod

Z_95 = 1.959963984540054  # the normal distribution's 97.5th percentile
SATISFIED_GRADES = 2  # the best two of five: 非常满意, 满意
FEWEST_SHOWN = 5  # answers; in a smaller group a person could be identified
RED_BELOW, AMBER_BELOW = 30, 100  # answers of a project
FEWEST_OF_ACTIVITY = 10  # answers
A_DAY = timedelta(days=1)


class Interval(NamedTuple):
    """Two shares, 0 to 1."""

    low: float
    high: float


def wilson(successes: int, n: int) -> Interval | None:
    """The 95 % score interval of a share; None over nothing.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927),
    without continuity correction: unlike the textbook interval it stays within [0, 1] and holds for few.
    """
    if not n:
        return None
    share, square = successes / n, Z_95 * Z_95
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z_95 / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return Interval(max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def satisfied_of(counts: Sequence[int]) -> int:
    """非常满意 + 满意, of counts by grade with the best first."""
    return sum(counts[:SATISFIED_GRADES])


def grade_sum(counts: Sequence[int]) -> int:
    """The grades 5 to 1 added up, of counts with the best first."""
    return sum(grade * count for grade, count in zip(range(HIGHEST_GRADE, 0, -1), counts, strict=True))


def mean_grade(counts: Sequence[int]) -> Fraction | None:
    """The mean of the grades 5 to 1, of counts with the best first; None over nothing."""
    n = sum(counts)
    return Fraction(grade_sum(counts), n) if n else None


def satisfaction_index(counts: Sequence[int]) -> Fraction | None:
    """The mean grade as a share of the highest, 0.2 to 1."""
    mean = mean_grade(counts)
    return None if mean is None else mean / HIGHEST_GRADE


def two_decimals(value: Fraction | float | None) -> str:
    """Half-up; a dash for nothing."""
    return NO_FIGURE if value is None else str(rounded(Fraction(value), 2))


def share_text(part: int, whole: int) -> str:
    """A share in per cent with two decimals; a dash when `whole` is 0."""
    return percent_text(part, whole)


def satisfaction_text(counts: Sequence[int], method: SatisfactionMethod) -> str:
    """Satisfaction by the year's method in per cent, of counts with the best first; a dash over nothing."""
    if method is SatisfactionMethod.INDEX:
        return percent_text(grade_sum(counts), HIGHEST_GRADE * sum(counts))
    return percent_text(satisfied_of(counts), sum(counts))


def interval_text(interval: Interval | None) -> str:
    if interval is None:
        return NO_FIGURE
    return "–".join(f"{two_decimals(100 * bound)}%" for bound in interval)


@dataclass(frozen=True, slots=True)
class SampleWarning:
    """A warning about the sample; `tone` is red or amber, `word` its label."""

    tone: str
    word: str
    sentence: str


def project_warnings(n: int, heads: int) -> list[SampleWarning]:
    warnings = []
    if n < RED_BELOW:
        warnings.append(
            SampleWarning("red", "样本不足", f"有效答卷 {n} 份，少于 {RED_BELOW} 份，满意度只供参考。")
        )
    elif n < AMBER_BELOW:
        sentence = f"有效答卷 {n} 份，少于 {AMBER_BELOW} 份，满意度的误差较大。"
        warnings.append(SampleWarning("amber", "样本偏少", sentence))
    return warnings + _more_than_heads(n, heads)


def activity_warnings(n: int, heads: int) -> list[SampleWarning]:
    """Amber below ten answers or a tenth of the heads, whichever is more."""
    warnings = []
    if n < FEWEST_OF_ACTIVITY or 10 * n < heads:
        enough = max(FEWEST_OF_ACTIVITY, -(-heads // 10))
        sentence = f"有效答卷 {n} 份，少于 {enough} 份（10 份或受众的一成，取多的）。"
        warnings.append(SampleWarning("amber", "样本偏少", sentence))
    return warnings + _more_than_heads(n, heads)


def _more_than_heads(n: int, heads: int) -> list[SampleWarning]:
    sentence = f"有效答卷 {n:,} 份，多于登记的受众 {heads:,} 人，请核对两者。"
    return [SampleWarning("amber", "答卷多于人数", sentence)] if n > heads else []


def shown_groups(sizes: dict[str, int]) -> set[str]:
    """The groups whose figures may be shown: those with FEWEST_SHOWN answers or more.

    A single hidden group could be found by subtraction, so the smallest of the others is hidden as well.
    """
    some = {name: size for name, size in sizes.items() if size}
    shown = {name for name, size in some.items() if size >= FEWEST_SHOWN}
    if len(some) - len(shown) == 1 and shown:
        shown.remove(min(shown, key=lambda name: some[name]))
    return shown


@dataclass(frozen=True, slots=True)
class ChoiceQuestions:
    """Names (`version/question`) of single-choice (`one`) and multiple-choice (`many`) questions."""

    one: frozenset[str]
    many: frozenset[str]


def choice_questions_of(questionnaires: Collection[Questionnaire]) -> ChoiceQuestions:
    """The questions counted by value: with choices, or of a type whose values are counted as shares."""
    names = {
        (f"{each.version}/{question.key}", question.kind.summary)
        for each in questionnaires
        for question in each.questions
    }
    return ChoiceQuestions(
        frozenset(name for name, summary in names if summary is SummaryKind.SHARES),
        frozenset(name for name, summary in names if summary is SummaryKind.SEVERAL),
    )


Days = tuple[date, date]


def not_summed(
    ids: Iterable[int], first: Period, last: Period, through: Mapping[tuple[int, Period], date]
) -> dict[Days, list[int]]:
    """Ranges of days that are in no sums, each with the ids of the projects concerned."""
    gaps: dict[Days, list[int]] = {}
    months = [(month, month.first_day, month.last_day) for month in first.through(last)]
    for project_id in ids:
        left = ((begin, end, through.get((project_id, month))) for month, begin, end in months)
        for days in _joined(_days_left(left)):
            gaps.setdefault(days, []).append(project_id)
    return gaps


def _days_left(months: Iterable[tuple[date, date, date | None]]) -> Iterator[Days]:
    """Of each month, from its first to its last day, the days after that through which it is summed."""
    for begin, end, summed in months:
        if summed is None:
            yield begin, end
        elif summed < end:
            yield max(begin, summed + A_DAY), end


def _joined(runs: Iterable[Days]) -> Iterator[Days]:
    """The ranges of days with adjacent ones joined."""
    current: Days | None = None
    for begin, end in runs:
        if current and current[1] + A_DAY == begin:
            current = current[0], end
            continue
        if current:
            yield current
        current = begin, end
    if current:
        yield current
