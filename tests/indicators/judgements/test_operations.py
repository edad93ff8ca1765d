"""Judgements: one person grades, another confirms, the newest is current and none is lost."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Role
from activitylog.core.period import Period
from activitylog.errors import ActivityLogError, BadInput, PeriodClosed, Refused
from activitylog.files.operations import StoredDocument
from activitylog.files.store import StoredContent
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.judgements.models import Judgement
from activitylog.indicators.judgements.operations import confirm_judgement, judge
from activitylog.indicators.judgements.queries import judgements_of
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.status import IndicatorStatus
from activitylog.projects.models import Indicator
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.queries import actuals, indicator_actual
from activitylog.rollup.run import roll_up
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.factories.trail import last
from tests.statements import statements

NOW = datetime(2024, 7, 10, 4, tzinfo=UTC)
MAY, JUNE, JULY = Period(2024, 5), Period(2024, 6), Period(2024, 7)


@pytest.fixture
def sound(session: Session) -> Indicator:
    project = make_project(session, name="科普资源配送")
    return make_indicator(session, project, None, name="长效管理制度健全性", target_word="健全")


@pytest.fixture
def manager(session: Session) -> User:
    return make_user(session, role=Role.MANAGER, name="李主任")


@pytest.fixture
def officer(session: Session) -> User:
    return make_user(session, role=Role.OFFICER, name="王专员")


def graded(
    session: Session, indicator: Indicator, period: Period = JUNE, by: User | None = None, **changes: Any
) -> Judgement:
    values = {"grade": Grade.REACHED, "ratio": 95, "reason": "制度齐全", "evidence": "制度汇编"}
    return judge(session, indicator, period, **(values | changes), by=by, now=NOW)


def at(session: Session, indicator: Indicator, period: Period) -> IndicatorActual:
    return indicator_actual(session, indicator.id, period)


def test_a_judgement_is_the_actual_from_its_month_on(session: Session, sound: Indicator) -> None:
    assert at(session, sound, JUNE).plain_value is None
    graded(session, sound)
    may, june, july = (at(session, sound, month) for month in (MAY, JUNE, JULY))
    assert (may.plain_value, may.is_reached, may.status) == (None, None, None)
    assert (june.plain_value, june.is_reached, june.status) == ("达成", True, IndicatorStatus.GREEN)
    assert july.plain_value == "达成"
    assert june.value is None


@pytest.mark.parametrize(
    ("grade", "ratio", "shown"),
    [
        (Grade.PARTLY, 70, ("部分达成", IndicatorStatus.YELLOW)),
        (Grade.MISSED, 20, ("未达成", IndicatorStatus.RED)),
    ],
)
def test_lower_grades_are_not_reached_and_have_their_status(
    session: Session, sound: Indicator, grade: Grade, ratio: int, shown: tuple[str, IndicatorStatus]
) -> None:
    graded(session, sound, grade=grade, ratio=ratio)
    row = at(session, sound, JUNE)
    assert (row.plain_value, row.status) == shown
    assert row.is_reached is False


def test_the_latest_month_stands_and_in_it_the_newest_row(session: Session, sound: Indicator) -> None:
    graded(session, sound, JUNE)
    graded(session, sound, MAY, grade=Grade.MISSED, ratio=0)
    assert at(session, sound, MAY).plain_value == "未达成"
    assert at(session, sound, JUNE).plain_value == "达成"
    graded(session, sound, JUNE, grade=Grade.PARTLY, ratio=60)
    assert at(session, sound, JUNE).plain_value == "部分达成"
    assert [line.judgement.period for line in judgements_of(session, sound)] == [JUNE, MAY, JUNE]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ratio": 79}, "得分比例应在 80% 到 100% 之间"),
        ({"grade": Grade.PARTLY, "ratio": 70, "reason": " "}, "请写明理由"),
        ({"grade": Grade.MISSED, "ratio": 0, "evidence": ""}, "请写明依据"),
        ({"reason": "长" * 1001}, "理由最多 1000 个字"),
        ({"period": Period(2024, 8)}, "2024年8月还没有到，不能评定"),
        ({"period": Period(2023, 12)}, "这是2024年的指标"),
    ],
)
def test_a_judgement_that_cannot_be_is_refused(
    session: Session, sound: Indicator, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ActivityLogError, match=sentence):
        graded(session, sound, **changes)
    assert session.scalar(select(func.count(Judgement.id))) == 0


def test_the_best_grade_needs_no_reason(session: Session, sound: Indicator) -> None:
    graded(session, sound, reason="", evidence="")
    assert at(session, sound, JUNE).plain_value == "达成"


def test_a_figure_is_not_judged(session: Session, sound: Indicator) -> None:
    held = make_indicator(session, sound.project, name="活动场次")
    with pytest.raises(ActivityLogError, match="指标“活动场次”是定量指标"):
        graded(session, held)


def test_a_closed_month_takes_no_judgement(session: Session, sound: Indicator) -> None:
    roll_up(session, JUNE, now=NOW)
    close_period(session, JUNE, by=None, now=NOW)
    with pytest.raises(PeriodClosed, match="2024年6月已经结账"):
        graded(session, sound, JUNE)
    graded(session, sound, JULY)
    assert at(session, sound, JUNE).plain_value is None


def test_the_same_said_twice_is_one_judgement(session: Session, sound: Indicator) -> None:
    graded(session, sound)
    with pytest.raises(ActivityLogError, match="完全相同"):
        graded(session, sound)
    graded(session, sound, JULY)


def test_a_second_person_agrees_once(
    session: Session, sound: Indicator, manager: User, officer: User
) -> None:
    judgement = graded(session, sound, by=manager)
    assert not at(session, sound, JUNE).judged.is_confirmed  # type: ignore[union-attr]
    with pytest.raises(ActivityLogError, match="应由两个人完成"):
        confirm_judgement(session, judgement, by=manager, now=NOW)
    confirm_judgement(session, judgement, by=officer, now=NOW)
    assert at(session, sound, JUNE).judged.is_confirmed  # type: ignore[union-attr]
    (line,) = judgements_of(session, sound)
    assert (line.by, line.confirmed_by) == ("李主任", "王专员")
    with pytest.raises(ActivityLogError, match="已经复核过"):
        confirm_judgement(session, judgement, by=officer, now=NOW)


def test_what_has_been_replaced_is_not_agreed_to(
    session: Session, sound: Indicator, manager: User, officer: User
) -> None:
    old = graded(session, sound, by=manager)
    graded(session, sound, by=manager, grade=Grade.PARTLY, ratio=70)
    with pytest.raises(ActivityLogError, match="已被新的评定替代"):
        confirm_judgement(session, old, by=officer, now=NOW)


def test_any_number_of_judgements_is_read_with_the_indicators(session: Session, sound: Indicator) -> None:
    with statements() as with_none:
        actuals(session, JUNE)
    for number in range(5):
        other = make_indicator(session, sound.project, None, name=f"定性{number}", target_word="及时")
        graded(session, other)
    session.expire_all()
    with statements() as with_some:
        rows = actuals(session, JUNE)
    assert len(with_some) == len(with_none) == 1
    assert [row.plain_value for row in rows] == [None, *["达成"] * 5]


def kept(name: str, digest: str = "a" * 64) -> StoredDocument:
    return StoredDocument(name, StoredContent(digest, 10, "application/pdf"))


def test_files_go_with_the_judgement_they_were_given_for(session: Session, sound: Indicator) -> None:
    first = graded(session, sound, files=[kept("制度汇编.pdf"), kept("会议纪要.pdf", "b" * 64)])
    second = graded(session, sound, files=[kept("制度汇编.pdf")])
    session.commit()
    assert [each.name for each in first.files] == ["制度汇编.pdf", "会议纪要.pdf"]
    assert [each.file_id for each in second.files] == [first.files[0].file_id]
    assert last(session, "judgement").changes["files"] == (None, ["制度汇编.pdf"])
    with pytest.raises(Refused, match="完全相同"):
        graded(session, sound, files=[kept("制度汇编.pdf")])


def test_a_file_is_evidence_enough_and_ten_are_the_most(session: Session, sound: Indicator) -> None:
    lower = {"grade": Grade.PARTLY, "ratio": 70, "evidence": ""}
    with pytest.raises(BadInput, match="写明依据"):
        graded(session, sound, **lower)
    with pytest.raises(BadInput, match="最多附 10 个"):
        graded(session, sound, **lower, files=[kept(f"{n}.pdf", f"{n:064}") for n in range(11)])
    assert graded(session, sound, **lower, files=[kept("情况说明.pdf")]).files
