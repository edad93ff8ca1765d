"""Plans end at the target; adjusted targets leave the declared one and the closed months alone."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period
from activitylog.errors import BadInput, PeriodClosed, Refused
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.status import IndicatorStatus
from activitylog.indicators.targets.operations import (
    Adjustment,
    adjust_target,
    clear_plan,
    fill_by_event,
    fill_linear,
    set_plan,
)
from activitylog.indicators.targets.queries import adjustments_of, plan_of_year
from activitylog.projects.models import Indicator
from activitylog.rollup.live_figure import live_actuals
from activitylog.rollup.queries import actuals, indicator_actual
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.statements import statements

NOW = datetime(2024, 7, 10, 4, tzinfo=UTC)
JUNE, JULY = Period(2024, 6), Period(2024, 7)


@pytest.fixture
def held(session: Session) -> Indicator:
    return make_indicator(session, make_project(session), name="活动场次")


def figures(*shares: int) -> list[Decimal]:
    return [Decimal(share) for share in shares]


def to(target: str, day: date = date(2024, 7, 1), reference: str = "沪科普〔2024〕12号") -> Adjustment:
    return Adjustment(Decimal(target), reference, day, "场馆装修")


def adjust(session: Session, indicator: Indicator, details: Adjustment) -> None:
    adjust_target(session, indicator, details, by=None, now=NOW)


@given(st.decimals(0, 10**6, places=2), st.integers(1, 12))
def test_both_fills_grow_and_end_at_the_target(target: Decimal, month: int) -> None:
    for plan in (fill_linear(target), fill_by_event(target, month)):
        assert len(plan) == 12
        assert plan == sorted(plan)
        assert plan[-1] == target
        assert plan[0] >= 0


def test_a_plan_by_month_reads_well() -> None:
    assert fill_linear(Decimal(20)) == figures(2, 3, 5, 7, 8, 10, 12, 13, 15, 17, 18, 20)
    assert fill_linear(Decimal(5))[:3] == [Decimal("0.4"), Decimal("0.8"), Decimal("1.3")]
    assert fill_by_event(Decimal(1), 9) == figures(*[0] * 8, 1, 1, 1, 1)


def test_a_plan_is_kept_changed_and_cleared(session: Session, held: Indicator) -> None:
    set_plan(session, held, fill_linear(Decimal(20)))
    set_plan(session, held, fill_by_event(Decimal(20), 9))
    assert plan_of_year(session, held.id) == fill_by_event(Decimal(20), 9)
    clear_plan(session, held)
    assert plan_of_year(session, held.id) == []


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (figures(*[0] * 11, 19), "12月的累计数应等于全年目标 20 次，现在是 19"),
        (figures(0, 5, 4, *[5] * 8, 20), "3月的累计数 4 比 2月的 5 少"),
        (figures(-1, *[0] * 10, 20), "1月的累计数不能小于 0"),
        (figures(20), "十二个累计数"),
    ],
)
def test_a_plan_that_leads_elsewhere_is_refused(
    session: Session, held: Indicator, plan: list[Decimal], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        set_plan(session, held, plan)


def test_only_what_adds_up_takes_a_plan(session: Session, held: Indicator) -> None:
    project = held.project
    for indicator in (
        make_indicator(session, project, "satisfaction", unit="%", target="90"),
        make_indicator(session, project, operator="≤"),
        make_indicator(session, project, None, target_word="健全"),
    ):
        with pytest.raises(Refused, match="不用编月度计划"):
            set_plan(session, indicator, fill_linear(Decimal(20)))


def test_the_status_follows_the_plan(session: Session, held: Indicator) -> None:
    make_activity(session, held.project, held_on=date(2024, 5, 3), now=NOW)

    def status_in(period: Period) -> IndicatorStatus | None:
        return live_actuals(session, period)[0].status

    assert status_in(JUNE) is IndicatorStatus.RED
    set_plan(session, held, fill_by_event(Decimal(20), 9))
    assert status_in(JUNE) is IndicatorStatus.BLUE
    assert status_in(Period(2024, 9)) is IndicatorStatus.RED


def test_an_adjusted_target_is_in_force_from_its_month(session: Session, held: Indicator) -> None:
    adjust(session, held, to("24", date(2024, 7, 1)))
    adjust(session, held, to("18", date(2024, 7, 9)))
    targets = [indicator_actual(session, held.id, period) for period in (JUNE, JULY, Period(2024, 12))]
    assert [row.target for row in targets] == figures(20, 18, 18)
    assert {row.declared_target for row in targets} == {Decimal(20)}
    assert [row.plain_target for row in targets] == ["20", "18", "18"]
    assert held.target == 20
    with pytest.raises(BadInput, match="等于全年目标 18 次"):
        set_plan(session, held, fill_linear(Decimal(20)))


def test_a_plan_keeps_its_shape_for_an_adjusted_target(session: Session, held: Indicator) -> None:
    set_plan(session, held, fill_linear(Decimal(20)))
    adjust(session, held, to("40"))
    assert indicator_actual(session, held.id, JULY).status is None
    make_activity(session, held.project, held_on=date(2024, 7, 3), now=NOW)
    assert live_actuals(session, JULY)[0].planned is not None
    assert live_actuals(session, JULY)[0].status is IndicatorStatus.RED  # 1 of 24


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        (to("24", date(2025, 1, 2)), "调整日期不能是 2025 年"),
        (to("24", date(2024, 7, 11)), "不能晚于今天"),
        (to("20"), "没有变化"),
        (to("-1"), "不能小于 0"),
        (to("24", reference=" "), "请填写调整文号"),
        (to("24", reference="长" * 121), "调整文号最多 120 个字"),
    ],
)
def test_an_adjustment_that_cannot_be_is_refused(
    session: Session, held: Indicator, details: Adjustment, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        adjust(session, held, details)
    assert adjustments_of(session, held.id) == []


def test_adjustments_come_in_order_and_once(session: Session, held: Indicator) -> None:
    adjust(session, held, to("24", date(2024, 7, 3)))
    with pytest.raises(BadInput, match="没有变化"):
        adjust(session, held, to("24", date(2024, 7, 3)))
    with pytest.raises(BadInput, match="不能早于它"):
        adjust(session, held, to("30", date(2024, 7, 2)))


def test_a_judged_indicator_has_no_target_to_adjust(session: Session, held: Indicator) -> None:
    judged = make_indicator(session, held.project, None, target_word="健全")
    with pytest.raises(Refused, match="定性指标"):
        adjust(session, judged, to("24"))


def test_a_closed_month_keeps_its_target(session: Session, held: Indicator) -> None:
    session.add(Closing(period=JUNE, closed_at=NOW))
    session.flush()
    with pytest.raises(PeriodClosed, match=r"2024年6月已经结账.*2024年7月1日或以后"):
        adjust(session, held, to("24", date(2024, 5, 31)))
    adjust(session, held, to("24"))
    assert indicator_actual(session, held.id, JUNE).target == 20


def test_every_write_is_in_the_trail(session: Session, held: Indicator) -> None:
    set_plan(session, held, fill_linear(Decimal(20)))
    adjust(session, held, to("24"))
    session.commit()
    clear_plan(session, held)
    session.commit()
    kinds = list(session.scalars(select(AuditEntry.object_type)))
    assert kinds.count("plan") == 24
    assert kinds.count("target") == 1


def test_all_indicators_are_read_in_one_query(session: Session, held: Indicator) -> None:
    for _ in range(5):
        make_indicator(session, held.project)
    set_plan(session, held, fill_linear(Decimal(20)))
    adjust(session, held, to("24"))
    session.commit()
    with statements() as sent:
        rows = actuals(session, JULY)
    assert len(rows) == 6
    assert [row.status for row in rows] == [None] * 6
    assert sum("SELECT" in statement for statement in sent) == 1
