"""What every dated record of a project obeys."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from activitylog.errors import BadInput, Refused, StaleVersion
from activitylog.projects import records

NOW = datetime(2024, 6, 12, tzinfo=UTC)


@dataclass
class Record:
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""


@pytest.mark.parametrize(
    ("day", "into_january", "is_taken"),
    [
        (date(2024, 1, 1), False, True),
        (date(2024, 12, 31), False, True),
        (date(2025, 1, 1), False, False),
        (date(2025, 1, 31), True, True),
        (date(2025, 2, 1), True, False),
        (date(2023, 12, 31), True, False),
    ],
)
def test_a_day_lies_in_the_projects_year(day: date, into_january: bool, is_taken: bool) -> None:
    def check() -> None:
        records.check_year(day, 2024, thing="发布日期", field="published_on", into_january=into_january)

    if is_taken:
        check()
    else:
        with pytest.raises(BadInput, match=f"登记到 {day.year} 年的项目") as refusal:
            check()
        assert refusal.value.field == "published_on"


def test_today_has_come_and_tomorrow_has_not() -> None:
    records.check_past(date(2024, 6, 12), date(2024, 6, 12), thing="支付日期", field="paid_on")
    with pytest.raises(BadInput, match="支付日期不能晚于今天（6月12日 周三）"):
        records.check_past(date(2024, 6, 13), date(2024, 6, 12), thing="支付日期", field="paid_on")


def test_a_text_is_trimmed_and_must_fit() -> None:
    assert records.short(" 摘要 ", 2, thing="摘要", field="summary") == "摘要"
    assert records.short("  ", 2, thing="摘要", field="summary") == ""
    with pytest.raises(BadInput, match="请填写摘要"):
        records.short("  ", 2, thing="摘要", field="summary", needed=True)
    with pytest.raises(BadInput, match="最多 2 个字"):
        records.short("长摘要", 2, thing="摘要", field="summary")


def test_a_record_is_withdrawn_once_with_a_reason_and_restored() -> None:
    record = Record()
    records.withdraw(record, thing="推送", reason=" 重复 ", now=NOW)
    assert record == Record(NOW, "重复")
    with pytest.raises(Refused, match="已经撤下"):
        records.withdraw(record, thing="推送", reason="再撤", now=NOW)
    records.restore(record, thing="推送")
    assert record == Record()
    with pytest.raises(Refused, match="没有撤下"):
        records.restore(record, thing="推送")


def test_an_edit_passes_only_over_what_it_has_seen() -> None:
    seen = records.text_seen("制度", date(2024, 6, 30), None)
    records.check_seen(records.text_seen("制度", date(2024, 6, 30), None), seen, shown="…")
    with pytest.raises(StaleVersion, match="现在是：新办法"):
        records.check_seen(records.text_seen("制度", date(2024, 7, 1), None), seen, shown="新办法")
