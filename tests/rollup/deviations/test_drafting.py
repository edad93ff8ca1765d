"""The draft of an explanation names the posted records behind the figure."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.indicators.judgements.operations import judge
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.models import Rule
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.deviations.drafting import draft_explanation, month_spans
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator
from tests.factories.surveys import make_paper_tally
from tests.statements import statements

NOW = datetime(2025, 1, 10, 4, tzinfo=UTC)
JUNE, DECEMBER = Period(2024, 6), Period(2024, 12)
Says = Callable[..., str]


@pytest.fixture
def project(session: Session) -> Project:
    return make_project(session)


@pytest.fixture
def says(session: Session, project: Project) -> Says:
    """The draft for one indicator once the records are rolled up."""

    def draft(indicator: Indicator, period: Period = DECEMBER) -> str:
        roll_up(session, period, now=NOW)
        return draft_explanation(session, indicator, indicator_actual(session, indicator.id, period))

    return draft


def percentage(session: Session, project: Project, measure: str, target: str = "100") -> Indicator:
    return make_indicator(session, project, measure, operator="=", target=target, unit="%", level2="质量指标")


def hold(session: Session, project: Project, title: str, month: int, day: int, **changes: object) -> object:
    changes = {"held_on": date(2024, month, day), "title": title, "now": NOW} | changes
    return make_activity(session, project, **changes)


def test_a_count_that_falls_short_names_the_months_without_records(
    session: Session, project: Project, says: Says
) -> None:
    held = make_indicator(session, project, target="10")
    for month in (1, 2, 3, 4, 5, 6, 10, 12):
        hold(session, project, "讲座", month, 5)
    assert says(held) == "到12月末完成 8 次，比目标少 2 次；7月至9月、11月没有入账记录。"


def test_a_record_rolled_up_late_still_belongs_to_its_own_month(
    session: Session, project: Project, says: Says
) -> None:
    held = make_indicator(session, project, target="10")
    hold(session, project, "讲座", 1, 5)
    roll_up(session, Period(2024, 3), now=NOW)
    hold(session, project, "讲座", 2, 5)
    assert says(held, JUNE) == "到6月末完成 2 次，按计划应有 5 次，少 3 次；3月至6月没有入账记录。"


def test_a_count_without_an_empty_month_names_the_weakest(
    session: Session, project: Project, says: Says
) -> None:
    people = make_indicator(session, project, "people_reached", target="5000", unit="人")
    for month in range(1, 13):
        hold(session, project, "讲座", month, 5, audience_onsite=100 * month)
    people.target = people.target and people.target * 2
    assert says(people) == (
        "到12月末完成 7,800 人，比目标少 2,200 人；入账最少的月份：1月 100 人、2月 200 人、3月 300 人。"
    )


def test_too_much_names_the_busiest_months(session: Session, project: Project, says: Says) -> None:
    held = make_indicator(session, project, target="2")
    for day in (1, 2, 3):
        hold(session, project, "讲座", 5, day)
    hold(session, project, "讲座", 6, 1)
    assert says(held) == "到12月末完成 4 次，比目标多 2 次（超出 100%）；入账最多的月份：5月 3 次、6月 1 次。"


def test_what_needs_no_reason_has_no_wording(session: Session, project: Project, says: Says) -> None:
    held = make_indicator(session, project, target="1")
    hold(session, project, "讲座", 5, 1)
    assert says(held) == ""


def test_late_activities_are_named_with_both_days(session: Session, project: Project, says: Says) -> None:
    rate = percentage(session, project, "activities_on_time")
    hold(session, project, "按时的", 5, 1, planned_on=date(2024, 5, 1))
    hold(session, project, "晚了的", 5, 8, planned_on=date(2024, 5, 3))
    hold(session, project, "没审的", 6, 3, planned_on=date(2024, 6, 3), status=Status.LOGGED)
    make_activity(
        session, project, status=Status.PLANNED, title="没办的", planned_on=date(2024, 6, 9), now=NOW
    )
    assert says(rate) == (
        "到12月末为 25.00%（n=4），比目标 =100% 低 75.00 个百分点；“晚了的”（计划5月3日，5月8日举办）、"
        "“没审的”（计划6月3日，记录还没有审核通过）、“没办的”（计划6月9日，没有举办记录）"
        "等 3 场活动没有按时举办。"
    )


def test_at_most_five_are_named_and_the_rest_counted(session: Session, project: Project, says: Says) -> None:
    rate = percentage(session, project, "quality_rate")
    for day in range(1, 9):
        hold(session, project, f"第{day}场" + "长" * 60, 5, day, quality_met=False)
    said = says(rate)
    assert said.count("（5月") == 5
    assert "“第5场" in said
    assert "“第6场" not in said
    assert said.endswith("等 8 场活动质量没有达标。")
    assert "长" * 41 not in said


def test_a_record_mended_before_the_roll_up_is_not_named(
    session: Session, project: Project, says: Says
) -> None:
    rate = percentage(session, project, "quality_rate")
    hold(session, project, "不达标的", 5, 1, quality_met=False)
    mended = make_activity(
        session, project, held_on=date(2024, 5, 2), title="补齐的", quality_met=False, now=NOW
    )
    roll_up(session, JUNE, now=NOW)
    mended.quality_met = True
    session.commit()
    said = says(rate)
    assert "“不达标的”（5月1日）质量没有达标" in said
    assert "补齐的" not in said


def test_releases_tell_what_was_never_pushed_and_what_too_late(
    session: Session, project: Project, says: Says
) -> None:
    rate = percentage(session, project, "releases_on_time")
    hold(session, project, "没推的", 5, 1)
    late = make_activity(session, project, held_on=date(2024, 5, 10), title="晚推的", now=NOW)
    make_push(session, activity=late, published_on=date(2024, 5, 20))
    assert (
        "“没推的”（5月1日举办，没有推送）、“晚推的”（5月10日举办，5月20日才推送）"
        "等 2 场活动没有按时发布信息" in says(rate)
    )


def test_pooled_lateness_tells_each_sort_apart(session: Session, project: Project, says: Says) -> None:
    rate = percentage(session, project, "everything_on_time")
    hold(session, project, "晚了的", 5, 8, planned_on=date(2024, 5, 3))
    make_milestone(session, project, name="管理办法", done_on=date(2024, 7, 3))
    make_milestone(session, project, name="工作总结", due_on=date(2024, 8, 30))
    roll_up(session, DECEMBER, now=NOW)
    with statements() as sent:
        said = draft_explanation(session, rate, indicator_actual(session, rate.id, DECEMBER))
    assert "“晚了的”（计划5月3日，5月8日举办）没有按时举办" in said
    assert "“晚了的”（5月8日举办，没有推送）没有按时发布信息" in said
    assert (
        "“管理办法”（应在6月30日完成，7月3日完成）、“工作总结”（应在8月30日完成，没有完成）等 2 项工作"
        in said
    )
    assert len(sent) <= 8


def test_low_satisfaction_names_the_activities_with_their_answers(
    session: Session, project: Project, says: Says
) -> None:
    rate = make_indicator(session, project, "satisfaction", target="90", unit="%", level2="满意度指标")
    for title, satisfied, neutral in (("差的", 6, 6), ("好的", 20, 0), ("更差的", 1, 3)):
        activity = make_activity(session, project, title=title, now=NOW)
        make_paper_tally(session, activity, satisfied=satisfied, neutral=neutral)
    said = says(rate)
    assert (
        "“更差的”（6月10日，25.00%，n=4）、“差的”（6月10日，50.00%，n=12）等 2 场活动满意度低于 90%" in said
    )
    assert "好的”" not in said.replace("更差的”", "")


def test_overspending_names_the_expenses_furthest_first(
    session: Session, project: Project, says: Says
) -> None:
    saving = make_indicator(session, project, "cost_saving", target="0", unit="%", level2="经济成本指标")
    make_expense(session, project, summary="场地", planned_fen=100_00, paid_fen=150_00)
    make_expense(session, project, summary="印刷", planned_fen=1_000_00, paid_fen=3_000_00)
    make_expense(session, project, summary="物料", planned_fen=100_00, paid_fen=50_00)
    assert (
        "“印刷”（6月12日，计划 1,000.00 元，实付 3,000.00 元）、“场地”（6月12日，计划 100.00 元，"
        "实付 150.00 元）等 2 笔支出实付超过计划" in says(saving)
    )


def test_districts_not_reached_are_named(session: Session, project: Project, says: Says) -> None:
    covered = make_indicator(session, project, "districts_covered", target="16", unit="个")
    hold(session, project, "讲座", 5, 1, districts=("310104", "310107"))
    said = says(covered)
    assert said.startswith("到12月末完成 2 个，比目标少 14 个；还没有到的区：黄浦、长宁、")
    assert "徐汇" not in said


def test_milestones_not_done_are_named(session: Session, project: Project, says: Says) -> None:
    built = make_indicator(session, project, "milestones_done", target="2", unit="个")
    session.get_one(Rule, built.id).milestone_kind = "科技小院"
    make_milestone(session, project, kind="科技小院", name="绿苇科技小院", due_on=date(2024, 11, 20))
    make_milestone(session, project, kind="制度", name="管理办法")
    assert says(built).endswith("；“绿苇科技小院”（应在11月20日完成）到12月末没有完成。")


def test_a_low_grade_begins_with_the_reason_it_was_given_for(
    session: Session, project: Project, says: Says
) -> None:
    punctual = make_indicator(session, project, "activities_on_time", target_word="及时")
    hold(session, project, "晚了的", 5, 8, planned_on=date(2024, 5, 3))
    judge(
        session,
        punctual,
        JUNE,
        grade=Grade.MISSED,
        ratio=10,
        reason="多次延期。",
        evidence="台账",
        by=None,
        now=NOW,
    )
    assert says(punctual) == (
        "2024年6月评为“未达成”，理由：多次延期；活动按时率为 0.00%（n=1）；"
        "“晚了的”（计划5月3日，5月8日举办）没有按时举办。"
    )


def test_nothing_at_all_is_said_as_such(session: Session, project: Project, says: Says) -> None:
    rate = percentage(session, project, "quality_rate")
    assert says(rate) == "到12月末还没有可以计算的记录。"


@pytest.mark.parametrize(
    ("months", "said"),
    [([], ""), ([3], "3月"), ([3, 4], "3月至4月"), ([1, 3, 7, 8, 9, 12], "1月、3月、7月至9月、12月")],
)
def test_months_are_said_as_spans(months: list[int], said: str) -> None:
    assert month_spans(months) == said
