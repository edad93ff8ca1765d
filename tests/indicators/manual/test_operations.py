"""Figures typed in by hand: they count, are corrected by further ones, and are never deleted."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.core.records import restore_record, withdraw_record
from activitylog.errors import BadInput, Refused
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.manual.operations import add_entry
from activitylog.indicators.models import ManualEntry
from activitylog.projects.models import Indicator
from activitylog.rollup.live_figure import live_actuals
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import roll_up
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator

NOW = datetime(2024, 7, 10, 4, tzinfo=UTC)
JUNE = Period(2024, 6)


@pytest.fixture
def visits(session: Session) -> Indicator:
    project = make_project(session, name="科普资源配送")
    return make_indicator(session, project, "manual", name="现场调研次数", target="5")


def entered(session: Session, indicator: Indicator, amount: int = 3, **changes: Any) -> ManualEntry:
    values = {
        "amount": amount,
        "entered_on": date(2024, 6, 3),
        "reason": "走访记录为纸质",
        "evidence": "走访台账第 3 页",
    }
    return add_entry(session, indicator, **(values | changes), by=None, now=NOW)


def rolled_up(session: Session, indicator: Indicator) -> IndicatorActual:
    roll_up(session, JUNE, now=NOW)
    return indicator_actual(session, indicator.id, JUNE)


def rolled_up_amount(session: Session, indicator: Indicator) -> int | None:
    return rolled_up(session, indicator).amount


def test_entries_count_and_negative_ones_correct_them(session: Session, visits: Indicator) -> None:
    entered(session, visits, 5)
    entered(session, visits, -2, reason="多填了 2 次")
    assert rolled_up_amount(session, visits) == 3


def test_nothing_typed_in_is_no_figure_and_a_zero_typed_in_is_one(
    session: Session, visits: Indicator
) -> None:
    visits.operator = "≤"
    roll_up(session, JUNE, now=NOW)
    row = indicator_actual(session, visits.id, JUNE)
    assert (row.plain_value, row.is_reached, row.status) == (None, None, None)
    entered(session, visits, 0, reason="没有收到投诉")
    for row in (live_actuals(session, JUNE)[0], rolled_up(session, visits)):
        assert (row.plain_value, row.is_reached, row.records) == ("0", True, 1)


def test_a_withdrawn_entry_stays_and_counts_again_when_restored(session: Session, visits: Indicator) -> None:
    entry = entered(session, visits)
    withdraw_record(session, entry, reason="重复填报", now=NOW)
    assert rolled_up_amount(session, visits) == 0
    assert session.get_one(ManualEntry, entry.id).withdrawn_reason == "重复填报"
    with pytest.raises(Refused, match="已经撤下"):
        withdraw_record(session, entry, reason="再撤一次", now=NOW)
    restore_record(session, entry, by=None, now=NOW)
    assert rolled_up_amount(session, visits) == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 10**12}, "amount"),
        ({"entered_on": date(2024, 7, 11)}, "entered_on"),
        ({"entered_on": date(2023, 12, 31)}, "entered_on"),
        ({"reason": " "}, "reason"),
        ({"evidence": ""}, "evidence"),
        ({"evidence": "长" * 501}, "evidence"),
    ],
)
def test_an_entry_that_cannot_be_is_refused(
    session: Session, visits: Indicator, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        entered(session, visits, **changes)
    assert refusal.value.field == field


def test_what_records_count_is_not_typed_in(session: Session, visits: Indicator) -> None:
    held = make_indicator(session, visits.project, "activities_held", name="活动场次")
    with pytest.raises(Refused, match="指标“活动场次”由记录计数"):
        entered(session, held)
