from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity, Venue
from activitylog.activities.rules import Status
from activitylog.core.database import make_engine
from activitylog.core.records import write_fields
from activitylog.errors import LedgerError, Problem, Refused
from activitylog.expenses.models import Expense
from activitylog.ledger.export import export_ledger
from activitylog.ledger.operations import SheetCount, import_ledger
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Project
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.rules import article_key
from activitylog.surveys.models import PaperTally
from tests.databases import TRAIL_KEYS, PostgresDatabases
from tests.factories.accounts import make_user
from tests.factories.ledger import (
    NOW,
    PROJECT,
    activity_row,
    expense_row,
    import_file,
    milestone_row,
    push_row,
    report_row,
    save_ledger,
    tally_row,
)
from tests.factories.projects import make_project

ADDED = SheetCount(1, 0, 0)
UPDATED = SheetCount(0, 1, 0)
UNCHANGED = SheetCount(0, 0, 1)
RECORDS = (Activity, Push, MediaReport, Milestone, Expense, PaperTally)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "台账.xlsx"


@pytest.fixture
def project(session: Session) -> Project:
    return make_project(session, name=PROJECT, year=2024)


@pytest.fixture
def problems(session: Session, file: Path) -> Callable[[], tuple[Problem, ...]]:
    """What is wrong with the file, after seeing that nothing of it was stored."""

    def found() -> tuple[Problem, ...]:
        with pytest.raises(LedgerError) as caught:
            import_file(session, file)
        assert [session.scalar(select(func.count()).select_from(model)) for model in RECORDS] == [0] * 6
        return caught.value.problems

    return found


def the_activity(session: Session) -> Activity:
    return session.scalars(select(Activity)).one()


def save_one_of_each(file: Path) -> Path:
    return save_ledger(
        file,
        活动=[activity_row()],
        推送=[push_row()],
        媒体报道=[report_row()],
        里程碑=[milestone_row()],
        支出=[expense_row()],
        纸质问卷=[tally_row()],
    )


def test_every_cell_of_an_activity_arrives(session: Session, file: Path, project: Project) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row()]))
    activity = the_activity(session)
    assert (activity.number, activity.project_id, activity.title) == ("2024-0001", project.id, "暑期天文课堂")
    assert {kind.name for kind in activity.kinds} == {"资源配送", "下乡服务"}
    assert [place.district for place in activity.districts] == ["310106", "310107"]
    assert activity.venue is not None
    assert (activity.venue.name, activity.venue.district) == ("石门二路社区书院", "310106")
    assert (activity.form, activity.venue_kind, activity.note) == ("讲座", "社区书院", "家长陪同")
    assert (activity.planned_on, activity.held_on) == (date(2024, 6, 1), date(2024, 6, 3))
    assert (activity.audience_onsite, activity.audience_online) == (120, 30)
    assert (activity.status, activity.quality_met, activity.version) == (Status.APPROVED, True, 1)
    assert (activity.created_at, activity.reviewed_at) == (NOW, NOW)
    assert len(activity.survey_token) == 12


def test_every_other_record_arrives_with_its_activity(session: Session, file: Path, project: Project) -> None:
    import_file(session, save_one_of_each(file))
    activity = the_activity(session)
    push = session.scalars(select(Push)).one()
    assert push.article_key == article_key("https://mp.weixin.qq.com/s/abc", "", date(2024, 6, 4))
    assert push.published_at == datetime(2024, 6, 4, 10, 0, tzinfo=UTC)
    assert (push.published_on, push.batch, push.activity_id) == (date(2024, 6, 4), "第一次", activity.id)
    report = session.scalars(select(MediaReport)).one()
    assert (report.outlet, report.is_repost, report.activity_id) == ("新民晚报", False, activity.id)
    milestone = session.scalars(select(Milestone)).one()
    assert (milestone.kind, milestone.due_on, milestone.done_on) == ("科技小院", date(2024, 9, 30), None)
    expense = session.scalars(select(Expense)).one()
    assert (expense.planned_fen, expense.paid_fen, expense.project_id) == (200000, 185050, project.id)
    assert expense.expense_kind == "劳务费"
    tally = session.scalars(select(PaperTally)).one()
    assert (tally.very_satisfied, tally.dissatisfied, tally.activity_id) == (30, 0, activity.id)


@pytest.mark.usefixtures("project")
def test_importing_again_changes_nothing(session: Session, file: Path) -> None:
    save_one_of_each(file)
    first = import_file(session, file)
    assert set(first.sheets.values()) == {ADDED}
    before = the_activity(session).updated_at
    again = import_file(session, file)
    assert set(again.sheets.values()) == {UNCHANGED}
    assert (the_activity(session).version, the_activity(session).updated_at) == (1, before)


@pytest.mark.usefixtures("project")
def test_a_persons_rows_wait_and_the_offices_count(session: Session, file: Path, project: Project) -> None:
    person = make_user(session, role=Role.MANAGER)
    import_ledger(session, save_one_of_each(file), by=person, now=NOW)
    kinds: tuple[Any, ...] = (Push, MediaReport, Milestone, Expense, PaperTally)
    records = [session.scalars(select(kind)).one() for kind in kinds]
    assert all(record.is_waiting and record.written_by_id == person.id for record in records)
    assert (the_activity(session).status, the_activity(session).quality_met) == (Status.LOGGED, None)
    for record in records:
        record.approved_at = NOW
    session.flush()
    import_ledger(session, file, by=person, now=NOW)  # the same again
    assert all(record.is_counted for record in records)
    spent = save_ledger(file, 支出=[expense_row(支出类别="材料费")], 活动=[activity_row()])
    import_ledger(session, spent, by=person, now=NOW)
    assert session.scalars(select(Expense)).one().is_waiting
    import_file(session, save_ledger(file, 支出=[expense_row(支出类别="印刷费")], 活动=[activity_row()]))
    assert session.scalars(select(Expense)).one().is_counted
    assert the_activity(session).status is Status.APPROVED


@pytest.mark.usefixtures("project")
def test_a_push_of_an_exempt_project_on_a_reviewed_activity_waits(session: Session, file: Path) -> None:
    make_project(session, name="免审核的", year=2024).skips_review = True
    person = make_user(session, role=Role.MANAGER)
    import_file(session, save_ledger(file, 活动=[activity_row()]))
    import_ledger(session, save_ledger(file, 推送=[push_row(项目="免审核的")]), by=person, now=NOW)
    assert session.scalars(select(Push)).one().is_waiting


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("changed", "status"), [({"场所名称": "乙书院"}, Status.LOGGED), ({"备注": "补记"}, Status.APPROVED)]
)
def test_an_approval_outlives_only_what_it_outlives_on_the_form(
    session: Session, file: Path, changed: dict[str, str], status: Status
) -> None:
    person = make_user(session, role=Role.MANAGER)
    import_file(session, save_ledger(file, 活动=[activity_row()]))
    import_ledger(session, save_ledger(file, 活动=[activity_row(**changed)]), by=person, now=NOW)
    assert the_activity(session).status is status


def test_an_import_into_an_exempt_project_says_that_nobody_saw_what_counts(
    session: Session, file: Path, project: Project
) -> None:
    person = make_user(session, role=Role.MANAGER)
    import_file(session, save_ledger(file, 活动=[activity_row()]))
    the_activity(session).reviewed_by_id = make_user(session, role=Role.MANAGER).id
    project.skips_review = True
    import_ledger(session, save_ledger(file, 活动=[activity_row(备注="补记")]), by=person, now=NOW)
    assert (the_activity(session).reviewed_by_id is None, the_activity(session).is_exempt) == (False, False)
    import_ledger(session, save_ledger(file, 活动=[activity_row(现场人数=61)]), by=person, now=NOW)
    activity = the_activity(session)
    assert (activity.status, activity.reviewed_by_id, activity.is_exempt) == (Status.APPROVED, None, True)


@pytest.mark.usefixtures("project")
def test_its_edit_waits_too_though_the_exported_row_names_no_activity(session: Session, file: Path) -> None:
    exempt = make_project(session, name="免审核的", year=2024)
    exempt.skips_review = True
    person = make_user(session, role=Role.MANAGER)
    import_file(session, save_ledger(file, 活动=[activity_row()]))
    import_file(session, save_ledger(file, 推送=[push_row(项目="免审核的")]))
    export_ledger(session, year=2024, project=None, path=file)
    book = load_workbook(file)
    headings = [cell.value for cell in book["推送"][1]]
    book.remove(book["活动"])
    for heading, value in (("活动编号", None), ("标题", "改过的标题")):
        book["推送"].cell(2, headings.index(heading) + 1).value = value
    book.save(file)
    import_ledger(session, file, by=person, now=NOW)
    push = session.scalars(select(Push)).one()
    assert (push.title, push.project_id, push.is_waiting) == ("改过的标题", exempt.id, True)


@pytest.mark.usefixtures("project")
def test_its_edit_on_the_page_waits_too(session: Session, file: Path) -> None:
    make_project(session, name="免审核的", year=2024).skips_review = True
    person = make_user(session, role=Role.MANAGER)
    import_file(session, save_ledger(file, 活动=[activity_row()]))
    import_file(session, save_ledger(file, 推送=[push_row(项目="免审核的")]))
    push = session.scalars(select(Push)).one()
    write_fields(session, push, {"batch": "第9次"}, by=person, now=NOW)
    assert push.is_waiting


@pytest.mark.usefixtures("project")
def test_a_dry_run_counts_and_stores_nothing(session: Session, file: Path) -> None:
    report = import_file(session, save_one_of_each(file), dry_run=True)
    assert report.is_dry_run
    assert set(report.sheets.values()) == {ADDED}
    assert session.scalar(select(func.count()).select_from(Activity)) == 0


@pytest.mark.usefixtures("project")
def test_a_known_number_is_rewritten(session: Session, file: Path) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row()]))
    changed = activity_row(
        活动类型="讲座", 区="崇明", 场所名称="别处", 现场人数=7, 质量达标="清空", 状态="退回"
    )
    report = import_file(session, save_ledger(file, 活动=[changed]))
    assert report.sheets["活动"] == UPDATED
    activity = the_activity(session)
    assert [kind.name for kind in activity.kinds] == ["讲座"]
    assert [place.district for place in activity.districts] == ["310151"]
    assert activity.venue is not None
    assert (activity.venue.name, activity.venue.district) == ("别处", "310151")
    assert (activity.audience_onsite, activity.quality_met, activity.version) == (7, None, 2)
    assert (activity.status, activity.status_reason != "") == (Status.RETURNED, True)


@pytest.mark.usefixtures("project")
def test_fields_without_a_column_stay_as_they_are(session: Session, file: Path) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row()]))
    few = {"活动编号": "2024-0001", "项目": PROJECT, "活动名称": "改名", "举办日期": "2024-06-04"}
    import_file(session, save_ledger(file, 活动=[few]))
    activity = the_activity(session)
    assert (activity.title, activity.held_on, activity.note) == ("改名", date(2024, 6, 4), "家长陪同")
    assert len(activity.kinds) == 2
    assert activity.venue is not None


@pytest.mark.parametrize(
    ("planned_on", "held_on", "start_time"),
    [
        ("2024-06-01 09:30", datetime(2024, 6, 3, 14), time(14)),  # noqa: DTZ001  (Excel knows no time zones)
        ("2024-06-01 09:30", "2024-06-03", time(9, 30)),
        ("2024-06-01", "2024-06-03 00:00", time(10)),
        ("2024-06-01", "2024-06-03", time(10)),
        (None, "2024年6月3日 14:00", time(14)),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_start_time_follows_the_day_and_stays_where_there_is_none(
    session: Session, file: Path, planned_on: str | None, held_on: Any, start_time: time
) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row(举办日期="2024-06-03 10:00")]))
    assert the_activity(session).start_time == time(10)
    import_file(session, save_ledger(file, 活动=[activity_row(计划日期=planned_on, 举办日期=held_on)]))
    activity = the_activity(session)
    assert (activity.start_time, activity.held_on) == (start_time, date(2024, 6, 3))


@pytest.mark.parametrize(
    ("held_on", "before", "after"),
    [
        ("2024-06-03", None, Status.LOGGED),
        (None, None, Status.PLANNED),
        ("2024-06-03", "已审核", Status.APPROVED),
        ("2024-06-03", "取消", Status.WITHDRAWN),
        ("2024-06-03", "计划", Status.LOGGED),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_blank_status_follows_the_date_and_takes_back_no_review(
    session: Session, file: Path, held_on: str | None, before: str | None, after: Status
) -> None:
    if before:
        import_file(session, save_ledger(file, 活动=[activity_row(状态=before)]))
    import_file(session, save_ledger(file, 活动=[activity_row(举办日期=held_on, 状态=None)]))
    assert the_activity(session).status is after


@pytest.mark.usefixtures("project")
def test_one_venue_may_be_of_two_kinds_on_two_days(session: Session, file: Path) -> None:
    rows = [activity_row("1", 场所类型="村居"), activity_row("2", 场所类型="社区书院")]
    import_file(session, save_ledger(file, 活动=rows))
    kinds = session.scalars(select(Activity.venue_kind).order_by(Activity.number)).all()
    assert kinds == ["村居", "社区书院"]
    assert session.scalar(select(func.count()).select_from(Venue)) == 1


@pytest.mark.usefixtures("project")
def test_a_venue_kind_needs_no_venue(session: Session, file: Path) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row(场所名称=None, 场所类型="村居", 区=None)]))
    assert (the_activity(session).venue_id, the_activity(session).venue_kind) == (None, "村居")


def test_the_project_is_that_of_the_year_of_the_day_held(session: Session, file: Path) -> None:
    make_project(session, name=PROJECT, year=2023)
    this_year = make_project(session, name=PROJECT, year=2024)
    import_file(session, save_ledger(file, 活动=[activity_row(计划日期="2023-12-30")]))
    assert the_activity(session).project_id == this_year.id


def test_a_year_not_declared_is_refused_though_the_other_date_lies_in_one_that_is(
    session: Session, file: Path, problems: Callable[[], tuple[Problem, ...]]
) -> None:
    make_project(session, name=PROJECT, year=2023)
    held_late = milestone_row(计划日期="2024-01-10", 完成日期="2023-12-20")
    save_ledger(file, 活动=[activity_row(计划日期="2023-12-30")], 里程碑=[held_late])
    assert [(p.sheet, p.row, p.column) for p in problems()] == [("活动", 2, "项目"), ("里程碑", 2, "项目")]
    assert all("2024 年没有这个项目" in problem.message for problem in problems())


def test_an_activity_held_at_last_moves_to_the_project_of_that_year(session: Session, file: Path) -> None:
    make_project(session, name=PROJECT, year=2023)
    planned = activity_row(计划日期="2023-12-30", 举办日期=None, 状态="计划")
    import_file(session, save_ledger(file, 活动=[planned]))
    held_in = make_project(session, name=PROJECT, year=2024)
    report = import_file(session, save_ledger(file, 活动=[activity_row(计划日期="2023-12-30")]))
    assert report.sheets["活动"] == UPDATED
    assert the_activity(session).project_id == held_in.id


@pytest.mark.parametrize("has_next_year", [True, False])
def test_a_january_article_belongs_to_the_year_of_its_activity(
    session: Session, file: Path, project: Project, *, has_next_year: bool
) -> None:
    """As by the form, whether or not the new year is declared."""
    if has_next_year:
        make_project(session, name=PROJECT, year=2025)
    rows = {"推送": [push_row(发布时间="2025-01-03")], "媒体报道": [report_row(发布日期="2025-01-04")]}
    import_file(session, save_ledger(file, 活动=[activity_row()], **rows))
    for model in (Push, MediaReport):
        assert session.scalars(select(model)).one().project_id == project.id
    again = import_file(session, file)
    assert (again.sheets["推送"], again.sheets["媒体报道"]) == (UNCHANGED, UNCHANGED)


def test_a_record_kept_in_last_years_project_stays_there(
    session: Session, file: Path, project: Project
) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row()], 支出=[expense_row()]))
    make_project(session, name=PROJECT, year=2025)
    session.query(Activity).update({"planned_on": None, "held_on": date(2025, 1, 2)})
    session.query(Expense).update({"paid_on": date(2025, 1, 5)})
    session.flush()
    rows = {
        "活动": [activity_row(计划日期=None, 举办日期="2025-01-02")],
        "支出": [expense_row(支付日期="2025-01-05")],
    }
    report = import_file(session, save_ledger(file, **rows))
    assert set(report.sheets.values()) == {UNCHANGED}
    assert the_activity(session).project_id == project.id


def test_another_name_moves_an_activity(session: Session, file: Path, project: Project) -> None:
    other = make_project(session, name="大型科普活动", year=2024)
    import_file(session, save_ledger(file, 活动=[activity_row()]))
    report = import_file(session, save_ledger(file, 活动=[activity_row(项目="大型科普活动")]))
    assert report.sheets["活动"] == UPDATED
    assert the_activity(session).project_id == other.id


@pytest.mark.usefixtures("project")
def test_equal_rows_are_as_many_records(session: Session, file: Path) -> None:
    save_ledger(file, 活动=[activity_row()], 支出=[expense_row(), expense_row()])
    assert import_file(session, file).sheets["支出"] == SheetCount(2, 0, 0)
    assert import_file(session, file).sheets["支出"] == SheetCount(0, 0, 2)
    save_ledger(file, 支出=[expense_row()] * 3)
    assert import_file(session, file).sheets["支出"] == SheetCount(1, 0, 2)
    save_ledger(file, 支出=[expense_row()])
    assert import_file(session, file).sheets["支出"] == UNCHANGED
    assert session.scalar(select(func.count()).select_from(Expense)) == 3


@pytest.mark.usefixtures("project")
def test_the_same_article_is_rewritten_and_a_milestone_gets_done(session: Session, file: Path) -> None:
    save_one_of_each(file)
    import_file(session, file)
    save_ledger(
        file,
        推送=[push_row(标题="改了标题", 批次="第二次", 发布时间="2024-06-04")],
        里程碑=[milestone_row(完成日期="2024-09-20")],
    )
    report = import_file(session, file)
    assert set(report.sheets.values()) == {UPDATED}
    push = session.scalars(select(Push)).one()
    assert (push.title, push.batch, push.published_at) == ("改了标题", "第二次", None)
    assert session.scalars(select(Milestone.done_on)).one() == date(2024, 9, 20)


@pytest.mark.usefixtures("project")
def test_an_undated_milestone_of_last_year_is_not_rewritten_by_this_years(
    session: Session, file: Path
) -> None:
    make_project(session, name=PROJECT, year=2025)
    days = ["2024-06-01", "2025-03-01", "2025-04-01"]
    for day in days:
        import_file(session, save_ledger(file, 里程碑=[milestone_row(计划日期=None, 完成日期=day)]))
    done = session.execute(
        select(Project.year, Milestone.done_on).join(Project, Project.id == Milestone.project_id)
    )
    assert sorted(tuple(row) for row in done) == [(2024, date(2024, 6, 1)), (2025, date(2025, 4, 1))]


@pytest.mark.usefixtures("project")
def test_a_withdrawn_record_does_not_come_back_to_life(session: Session, file: Path) -> None:
    save_one_of_each(file)
    import_file(session, file)
    session.query(Push).update({"withdrawn_at": NOW, "withdrawn_reason": "登记有误"})
    report = import_file(session, file)
    assert report.sheets["推送"] == UNCHANGED
    assert [(warning.sheet, warning.row) for warning in report.warnings] == [("推送", 2)]
    assert session.scalars(select(Push.withdrawn_at)).one() == NOW


@pytest.mark.usefixtures("project")
def test_a_day_to_come_is_pointed_out(session: Session, file: Path) -> None:
    rows = [milestone_row(完成日期="2027-06-03")]
    report = import_file(session, save_ledger(file, 里程碑=rows))
    assert [(warning.row, warning.column) for warning in report.warnings] == [(2, "完成日期")]


@pytest.mark.parametrize("status", ["已审核", "待审核", None])
@pytest.mark.usefixtures("project")
def test_what_is_still_to_be_held_cannot_be_submitted(
    session: Session, file: Path, problems: Callable[[], tuple[Problem, ...]], status: str | None
) -> None:
    make_project(session, name=PROJECT, year=2026)
    save_ledger(file, 活动=[activity_row(举办日期="2026-11-02", 状态=status)])
    (problem,) = problems()
    assert (problem.row, problem.column, problem.value) == (2, "举办日期", "2026-11-02")
    assert "还没有到" in problem.message
    import_file(session, save_ledger(file, 活动=[activity_row(举办日期="2026-11-01", 状态=status)]))
    planned = import_file(session, save_ledger(file, 活动=[activity_row(举办日期="2026-11-02", 状态="计划")]))
    assert [(warning.row, warning.column) for warning in planned.warnings] == [(2, "举办日期")]


@pytest.mark.usefixtures("project")
def test_every_problem_of_every_sheet_is_reported_with_its_place(
    file: Path, problems: Callable[[], tuple[Problem, ...]]
) -> None:
    save_ledger(
        file,
        活动=[
            activity_row("1", 举办日期="2024-02-30"),
            activity_row("2", 现场人数="约100", 区="火星", 项目="没有的项目"),
            activity_row("2", 举办日期=None),
            activity_row("3"),
        ],
        推送=[
            push_row(活动编号="1"),
            push_row(活动编号="不存在"),
            push_row(活动编号=None, 发布时间="2019-01-01"),
        ],
        纸质问卷=[tally_row(活动编号=None)],
    )
    assert [(p.sheet, p.row, p.column, p.value) for p in problems()] == [
        ("活动", 2, "举办日期", "2024-02-30"),
        ("活动", 3, "区", "火星"),
        ("活动", 3, "现场人数", "约100"),
        ("活动", 3, "项目", "没有的项目"),
        ("活动", 4, "举办日期", ""),
        ("活动", 4, "活动编号", "2"),
        ("推送", 3, "活动编号", "不存在"),
        ("推送", 4, "项目", PROJECT),
        ("纸质问卷", 2, "活动编号", ""),
    ]
    assert all(problem.expected and problem.file == file.name for problem in problems())


@pytest.mark.usefixtures("project")
def test_a_push_dated_in_another_year_finds_its_activitys_project(session: Session, file: Path) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row()], 推送=[push_row(发布时间="2019-01-01")]))
    assert session.scalar(select(func.count()).select_from(Push)) == 1


@pytest.mark.parametrize("link", ["javascript:alert(1)", "不是网址", "http://[a", "mp.weixin.qq.com/s/a"])
@pytest.mark.usefixtures("project")
def test_what_the_form_takes_for_no_link_is_a_problem_here_too(
    file: Path, problems: Callable[[], tuple[Problem, ...]], link: str
) -> None:
    save_ledger(
        file,
        活动=[activity_row()],
        推送=[push_row(链接=link)],
        媒体报道=[report_row(), report_row(链接=link)],
    )
    assert [(p.sheet, p.row, p.column, p.value) for p in problems()] == [
        ("推送", 2, "链接", link),
        ("媒体报道", 3, "链接", link),
    ]


@pytest.mark.usefixtures("project")
def test_a_pile_of_no_forms_is_a_problem(file: Path, problems: Callable[[], tuple[Problem, ...]]) -> None:
    none = tally_row(非常满意=0, 满意=0, 一般="0", 非常不满意=None)
    save_ledger(file, 活动=[activity_row()], 纸质问卷=[tally_row(), none])
    (problem,) = problems()
    assert (problem.sheet, problem.row, problem.column) == ("纸质问卷", 3, "非常满意")
    assert problem.message == "五项都是 0，没有可登记的纸质问卷"


def test_without_a_declaration_the_way_out_is_reported(
    file: Path, problems: Callable[[], tuple[Problem, ...]]
) -> None:
    save_ledger(file, 活动=[activity_row()])
    assert "先导入申报表" in problems()[0].message


def test_records_may_name_an_activity_that_is_stored_already(
    session: Session, file: Path, project: Project
) -> None:
    import_file(session, save_ledger(file, 活动=[activity_row()]))
    report = import_file(session, save_ledger(file, 纸质问卷=[tally_row()]))
    assert report.sheets == {"纸质问卷": ADDED}


def test_a_project_is_found_though_spaces_and_widths_differ(session: Session, file: Path) -> None:
    make_project(session, name="科技会客厅-科学咖啡馆", year=2024)
    report = import_file(session, save_ledger(file, 活动=[activity_row(项目="科技会客厅－ 科学咖啡馆")]))
    assert report.sheets["活动"] == ADDED


def test_of_two_concurrent_imports_the_later_is_refused(
    postgresql_databases: PostgresDatabases, file: Path
) -> None:
    save_ledger(file, 活动=[activity_row()])
    with postgresql_databases.fresh() as url, ThreadPoolExecutor() as pool:
        engine = make_engine(url, trail_keys=TRAIL_KEYS)
        with Session(engine) as first, Session(engine) as second, Session(engine) as watch:
            make_project(first, name=PROJECT, year=2024)
            first.commit()
            import_file(first, file)
            later = pool.submit(import_file, second, file)
            while not watch.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                assert not later.done()
            first.commit()
            with pytest.raises(Refused, match="再导入一次"):
                later.result()
            second.rollback()
            assert import_file(second, file).sheets["活动"] == UNCHANGED
        engine.dispose()


@pytest.mark.usefixtures("project")
def test_groups_of_more_people_than_there_were_are_refused_as_on_the_form(
    file: Path, problems: Callable[[], tuple[Problem, ...]]
) -> None:
    save_ledger(file, 活动=[activity_row(现场人数=60, 线上人数=0, 青少年=40, 老年人=21)])
    (problem,) = problems()
    assert "合计 61 人，超过现场加线上的 60 人" in str(problem)


@pytest.mark.usefixtures("project")
def test_a_way_of_counting_is_one_of_the_list(
    file: Path, problems: Callable[[], tuple[Problem, ...]]
) -> None:
    save_ledger(file, 活动=[activity_row(计数方式="数了数")])
    (problem,) = problems()
    assert "没有“数了数”这种计数方式" in str(problem)
