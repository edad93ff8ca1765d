"""Deviations: the newest of a month is current, none is lost, and missing ones are listed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period
from activitylog.errors import ActivityLogError
from activitylog.indicators.judgements.operations import judge
from activitylog.indicators.judgements.rules import Grade
from activitylog.projects.models import Indicator
from activitylog.rollup.deviations.models import Deviation
from activitylog.rollup.deviations.operations import explain
from activitylog.rollup.deviations.queries import (
    current_deviation,
    current_deviations,
    deviations_of,
    unexplained,
)
from activitylog.rollup.deviations.rules import Cause, Explanation, Likelihood
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.queries import actuals
from activitylog.rollup.run import roll_up
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.statements import statements

NOW = datetime(2025, 1, 10, 4, tzinfo=UTC)
MAY, JUNE, DECEMBER = Period(2024, 5), Period(2024, 6), Period(2024, 12)


@pytest.fixture
def held(session: Session) -> Indicator:
    """An indicator with one of twenty, rolled up to the year's end."""
    indicator = make_indicator(session, make_project(session), name="活动场次")
    make_activity(session, indicator.project, held_on=date(2024, 3, 5), now=NOW)
    roll_up(session, DECEMBER, now=NOW)
    return indicator


def kept(session: Session, indicator: Indicator, period: Period = JUNE, **changes: Any) -> Deviation:
    values = {
        "cause": Cause.STAFF,
        "explanation": "人手不足",
        "likelihood": Likelihood.POSSIBLE,
        "forecast": Decimal(18),
    }
    said = Explanation(**(values | changes))
    return explain(session, indicator, period, said, by=None, now=NOW)


def waiting(session: Session, period: Period = JUNE) -> list[tuple[str, str]]:
    return [(each.row.indicator, each.why) for each in unexplained(session, actuals(session, period), period)]


def test_a_reason_stands_for_its_month_alone(session: Session, held: Indicator) -> None:
    kept(session, held)
    current = current_deviation(session, held.id, JUNE)
    assert current is not None
    assert (current.cause, current.explanation) == (Cause.STAFF, "人手不足")
    assert (current.likelihood, current.forecast) == (Likelihood.POSSIBLE, 18)
    assert current_deviation(session, held.id, MAY) is None
    assert current_deviation(session, held.id, Period(2024, 7)) is None


def test_the_newest_reason_stands_and_none_is_lost(session: Session, held: Indicator) -> None:
    officer = make_user(session, role=Role.OFFICER, name="王专员")
    kept(session, held)
    said = Explanation(Cause.FUNDING, "经费到账晚", Likelihood.CERTAIN)
    explain(session, held, JUNE, said, by=officer, now=NOW)
    current = current_deviation(session, held.id, JUNE)
    assert current is not None
    assert current.cause is Cause.FUNDING
    assert [(row.cause, by) for row, by in deviations_of(session, held)] == [
        (Cause.FUNDING, "王专员"),
        (Cause.STAFF, "命令行"),
    ]


def test_what_waits_for_a_reason_waits_until_it_has_one(session: Session, held: Indicator) -> None:
    assert waiting(session) == [("活动场次", "亮了红灯")]
    kept(session, held)
    assert waiting(session) == []
    assert waiting(session, DECEMBER) == [("活动场次", "年底没有达到目标，亮了红灯")]
    kept(session, held, DECEMBER)
    assert waiting(session, DECEMBER) == []


def test_a_low_grade_waits_for_a_reason(session: Session, held: Indicator) -> None:
    kept(session, held)
    sound = make_indicator(session, held.project, None, name="制度健全性", target_word="健全")
    judge(
        session,
        sound,
        JUNE,
        grade=Grade.PARTLY,
        ratio=70,
        reason="缺一项",
        evidence="汇编",
        by=None,
        now=NOW,
    )
    assert waiting(session) == [("制度健全性", "评定低于“达成”")]
    kept(session, sound, forecast=None, forecast_word="基本健全")
    assert waiting(session) == []


def test_december_keeps_no_outlook(session: Session, held: Indicator) -> None:
    deviation = kept(session, held, DECEMBER)
    assert (deviation.likelihood, deviation.forecast, deviation.forecast_word) == (None, None, "")


def test_a_closed_month_is_still_explained(session: Session, held: Indicator) -> None:
    close_period(session, DECEMBER, by=None, now=NOW)
    kept(session, held, DECEMBER)
    assert current_deviation(session, held.id, DECEMBER) is not None


def test_being_well_needs_only_the_likelihood(session: Session, held: Indicator) -> None:
    few = make_indicator(session, held.project, target="1", name="讲座场次")
    roll_up(session, DECEMBER, now=NOW)
    deviation = kept(session, few, cause=None, explanation="", likelihood=Likelihood.CERTAIN, forecast=None)
    assert (deviation.cause, deviation.explanation) == (None, "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"cause": None}, "6月亮了红灯，请选择偏差原因的类别"),
        ({"explanation": " "}, "6月亮了红灯，请填写偏差原因的说明"),
        ({"explanation": "长" * 2001}, "偏差原因的说明最多 2000 个字"),
        ({"likelihood": None}, "请选择全年目标的完成可能性"),
        ({"forecast": None}, "请填写全年预计完成值"),
        ({"likelihood": Likelihood.IMPOSSIBLE, "forecast": Decimal(20)}, "却达到目标 ≥20 次"),
        ({"period": Period(2023, 12)}, "这是2024年的指标"),
    ],
)
def test_a_reason_that_cannot_be_is_refused(
    session: Session, held: Indicator, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ActivityLogError, match=sentence):
        kept(session, held, **changes)
    assert session.scalar(select(func.count(Deviation.id))) == 0


def test_a_month_not_rolled_up_is_not_explained(session: Session) -> None:
    indicator = make_indicator(session, make_project(session))
    with pytest.raises(ActivityLogError, match="2024年6月还没有汇总"):
        kept(session, indicator)


def test_the_same_said_twice_is_one_reason(session: Session, held: Indicator) -> None:
    kept(session, held)
    with pytest.raises(ActivityLogError, match="完全相同"):
        kept(session, held)


def test_every_reason_is_listed(session: Session, held: Indicator) -> None:
    kept(session, held)
    session.commit()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.object_type == "deviation")).one()
    assert (entry.action, entry.object_name) == ("deviation.created", "活动场次")


def test_any_number_of_indicators_is_asked_in_one_statement(session: Session, held: Indicator) -> None:
    others = [make_indicator(session, held.project, target="50") for _ in range(5)]
    roll_up(session, DECEMBER, now=NOW)
    rows = actuals(session, JUNE)
    with statements() as sent:
        assert len(unexplained(session, rows, JUNE)) == 6
    assert len(sent) == 1
    kept(session, others[0])
    found = current_deviations(session, [row.indicator_id for row in rows], JUNE)
    assert list(found) == [others[0].id]


def test_a_reason_written_on_another_figure_is_to_be_looked_at_again(
    session: Session, held: Indicator
) -> None:
    kept(session, held)
    assert waiting(session) == []
    make_activity(session, held.project, held_on=date(2024, 6, 5), now=NOW)
    roll_up(session, JUNE, now=NOW)
    assert waiting(session) == [("活动场次", "原因是完成值为“1 次”时写的，现在是“2 次”，请核对后保存")]
    kept(session, held)
    assert waiting(session) == []
    with pytest.raises(ActivityLogError, match="完全相同"):
        kept(session, held)
