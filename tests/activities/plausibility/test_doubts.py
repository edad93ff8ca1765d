from datetime import date
from typing import Any

import pytest

from activitylog.activities.plausibility.doubts import HeadsFigures, heads_doubts
from activitylog.activities.plausibility.rules import Turnout, usual_of


def figures(onsite: int, online: int = 0, **changes: Any) -> HeadsFigures:
    turnout = Turnout("科普资源配送", ("讲座",), "", ("曹杨书院", "310107"), date(2024, 6, 3), onsite, online)
    return HeadsFigures(turnout, **changes)


@pytest.mark.parametrize(
    ("given", "sentences"),
    [
        (figures(60), []),
        (figures(60, capacity=60, answers=60, last_month=6), []),
        (figures(61, capacity=60), ["现场人数填的是 61 人，而这个场所最多容纳 60 人"]),
        (figures(60, answers=61), ["扫码和纸质问卷共 61 份，比登记的受众 60 人多"]),
        (figures(61, last_month=6), ["这一场填的是 61 人，而本项目上个月一共 6 人，超过十倍"]),
        (figures(0, 60), ["填了场所，现场却是 0 人、线上 60 人，看看是不是填反了"]),
        (
            figures(600, usual_onsite=usual_of("“讲座”", [50, 55, 60, 65, 70])),
            ["现场人数填的是 600 人，而“讲座”近两年 5 场一般是 60 人，最多 70 人"],
        ),
        (
            figures(60, 6000, usual_online=usual_of("“讲座”", [50, 55, 60, 65, 70])),
            ["线上人数填的是 6,000 人，而“讲座”近两年 5 场一般是 60 人，最多 70 人"],
        ),
    ],
)
def test_every_rule_says_both_numbers(given: HeadsFigures, sentences: list[str]) -> None:
    assert [doubt.sentence for doubt in heads_doubts(given)] == sentences


def test_a_confirmation_holds_for_the_figures_confirmed() -> None:
    (doubt,) = heads_doubts(figures(61, capacity=60))
    (other,) = heads_doubts(figures(62, capacity=60))
    assert doubt.figure != other.figure
