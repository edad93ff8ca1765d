"""What is pending before a closing, by month, project and kind."""

from datetime import date

from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.expenses.models import Expense
from activitylog.expenses.operations import add_expense
from activitylog.indicators.closings.models import Closing
from activitylog.projects.models import Project
from activitylog.rollup.periods.operations import close_due_months, close_period
from activitylog.rollup.periods.pending.queries import pending_list, waiting_ids
from activitylog.rollup.run import roll_up
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.rollup.cast import JUNE, NOW

MAY = Period(2024, 5)


def texts(session: Session, period: Period = JUNE) -> list[str]:
    return [f"{each.period} {each.text}" for each in pending_list(session, period).matters]


def make_office(session: Session) -> Project:
    project = make_project(session, name="科普资源配送")
    make_indicator(session, project, name="下乡服务完成次数", target="1")
    make_activity(session, project, held_on=date(2024, 1, 5), now=NOW)
    roll_up(session, JUNE, now=NOW)
    close_period(session, Period(2024, 4), by=None, now=NOW)
    return project


def test_nothing_is_pending_where_all_is_done(session: Session) -> None:
    make_office(session)
    assert texts(session) == []
    assert list(pending_list(session, JUNE).months) == [MAY, JUNE]
    assert pending_list(session, Period(2024, 4)).months == ()


def test_activities_and_records_are_counted_in_the_month_they_are_dated(session: Session) -> None:
    project = make_office(session)
    author = make_user(session, project)
    make_activity(session, project, held_on=date(2024, 4, 30), status=Status.LOGGED, now=NOW)
    make_activity(session, project, held_on=date(2024, 5, 31), status=Status.LOGGED, now=NOW)
    make_activity(session, project, held_on=date(2024, 6, 1), status=Status.RETURNED, now=NOW)
    make_activity(session, project, held_on=date(2024, 7, 1), status=Status.LOGGED, now=NOW)
    for paid_on in (date(2024, 6, 2), date(2024, 6, 30), date(2024, 7, 2)):
        details = {"expense_kind": "", "summary": "租车", "planned_fen": 100, "paid_fen": 100}
        add_expense(
            session, project_id=project.id, activity_id=None, paid_on=paid_on, by=author, now=NOW, **details
        )
    assert texts(session) == [
        "2024-05 科普资源配送：1 场活动没有审核",
        "2024-06 科普资源配送：1 场活动退回后没有再提交",
        "2024-06 科普资源配送：2 条其他记录等待第二人",
    ]
    assert len(session.scalars(waiting_ids(Expense, project.id, JUNE)).all()) == 2


def test_indicators_without_grade_reason_or_confirmed_rule_are_counted(session: Session) -> None:
    project = make_office(session)
    make_indicator(session, project, None, name="满意情况", target_word="满意", is_confirmed=False)
    make_indicator(session, project, "media_reports", name="媒体报道", target="50", unit="篇")
    roll_up(session, JUNE, now=NOW)
    found = texts(session)
    assert "2024-06 科普资源配送：1 个指标没有评定" in found
    assert "2024-06 科普资源配送：1 条计数规则没有确认" in found
    assert "2024-06 科普资源配送：1 个指标缺偏差原因" in found


def test_figures_changed_since_the_roll_up_are_counted(session: Session) -> None:
    project = make_office(session)
    make_activity(session, project, held_on=date(2024, 6, 20), now=NOW)
    session.commit()
    assert texts(session) == ["2024-06 科普资源配送：1 个指标汇总以后有变动"]


def test_a_closing_keeps_what_was_pending_in_its_month(session: Session) -> None:
    project = make_office(session)
    make_activity(session, project, held_on=date(2024, 5, 31), status=Status.LOGGED, now=NOW)
    close_due_months(session, close_day=5, now=NOW)
    assert session.get_one(Closing, MAY).pending == "科普资源配送：1 场活动没有审核"
    assert session.get_one(Closing, JUNE).pending == ""
