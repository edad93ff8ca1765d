"""Grades: what the evidence suggests, and the band of each."""

from decimal import Decimal

import pytest

from activitylog.errors import BadInput
from activitylog.indicators.judgements.rules import (
    Grade,
    check_ratio,
    grade_of_forms,
    grade_of_parts,
    grade_of_rate,
)

REACHED, PARTLY, MISSED = Grade.REACHED, Grade.PARTLY, Grade.MISSED


@pytest.mark.parametrize(
    ("rate", "grade"),
    [("100", REACHED), ("90", REACHED), ("89.99", PARTLY), ("80", PARTLY), ("79.99", MISSED), ("0", MISSED)],
)
def test_punctuality_follows_from_the_rate(rate: str, grade: Grade) -> None:
    assert grade_of_rate(Decimal(rate)) is grade


@pytest.mark.parametrize(
    ("forms", "grade"), [(5, REACHED), (4, REACHED), (3, PARTLY), (2, PARTLY), (1, MISSED)]
)
def test_diversity_follows_from_the_forms_used(forms: int, grade: Grade) -> None:
    assert grade_of_forms(forms) is grade


@pytest.mark.parametrize(
    ("done", "needed", "grade"), [(3, 3, REACHED), (1, 3, PARTLY), (0, 3, MISSED), (0, 0, None)]
)
def test_soundness_follows_from_the_rules_in_force(done: int, needed: int, grade: Grade | None) -> None:
    assert grade_of_parts(done, needed) is grade


@pytest.mark.parametrize(
    ("grade", "fits", "not_so"),
    [(REACHED, (80, 100), (79, 101)), (PARTLY, (60, 80), (59, 81)), (MISSED, (0, 60), (-1, 61))],
)
def test_a_ratio_lies_in_the_band_of_its_grade(
    grade: Grade, fits: tuple[int, int], not_so: tuple[int, int]
) -> None:
    for ratio in fits:
        check_ratio(grade, ratio)
    for ratio in not_so:
        with pytest.raises(BadInput, match="得分比例应在"):
            check_ratio(grade, ratio)
