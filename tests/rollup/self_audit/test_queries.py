"""Records that are approved and count for no indicator are told, with the reason."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.projects.models import Project
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.run import roll_up
from activitylog.rollup.self_audit.operations import run_self_audit
from activitylog.rollup.self_audit.queries import uncounted_sentences
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.publicity import make_media_report, make_push
from tests.factories.rollup import make_indicator

NOW = datetime(2025, 1, 10, 2, 0, tzinfo=UTC)
DECEMBER = Period(2024, 12)


def office(session: Session) -> Project:
    """Deliveries are counted, and pushes about them; no media report and no expense is."""
    project = make_project(session, name="基层科普服务", year=2024)
    make_indicator(session, project, "activities_held", kinds=("资源配送",))
    make_indicator(session, project, "pushes", kinds=("资源配送",))
    return project


def told(session: Session) -> list[str]:
    return list(uncounted_sentences(session, 2024))


def test_what_counts_is_not_told(session: Session) -> None:
    project = office(session)
    activity = make_activity(session, project, kinds=("资源配送",), held_on=date(2024, 6, 3), now=NOW)
    make_push(session, activity=activity, published_on=date(2024, 6, 4), now=NOW)
    roll_up(session, DECEMBER, now=NOW)
    assert told(session) == []


def test_records_are_told_by_project_and_reason(session: Session) -> None:
    project = office(session)
    for title in ("天文讲座", "化石讲座", "航天讲座", "昆虫讲座"):
        make_activity(session, project, kinds=("讲座",), title=title, held_on=date(2024, 6, 3), now=NOW)
    bare = make_activity(session, project, kinds=(), title="不知哪一类", held_on=date(2024, 6, 5), now=NOW)
    make_push(session, activity=bare, title="推文", published_on=date(2024, 6, 6), now=NOW)
    make_media_report(session, project, title="报道", published_on=date(2024, 6, 7), now=NOW)
    roll_up(session, DECEMBER, now=NOW)
    assert told(session) == [
        "2024 年“基层科普服务”有 4 场活动不计入任何指标：类型“讲座”不在任何指标的范围内"
        "（“天文讲座”、“化石讲座”、“航天讲座”等）。",
        "2024 年“基层科普服务”有 1 场活动不计入任何指标：没有填活动类型（“不知哪一类”）。",
        "2024 年“基层科普服务”有 1 篇推送不计入任何指标：没有填活动类型（“推文”）。",
    ]
    assert run_self_audit(session, NOW) == []  # no error of the books


def test_what_waits_with_its_activity_is_told(session: Session) -> None:
    project = office(session)
    activity = make_activity(session, project, kinds=("资源配送",), held_on=date(2024, 6, 3), now=NOW)
    make_push(session, activity=activity, title="推文", published_on=date(2024, 6, 6), now=NOW)
    activity.status = Status.LOGGED  # edited by an organizer
    session.flush()
    roll_up(session, DECEMBER, now=NOW)
    assert told(session) == [
        "2024 年“基层科普服务”有 1 篇推送不计入任何指标：所属活动还没有审核通过，"
        "指标按活动的类型、场所等筛选，活动通过后才计入（“推文”）。"
    ]


def test_an_activity_of_a_project_without_indicators_for_it_is_told(session: Session) -> None:
    project = make_project(session, name="基层科普服务", year=2024)
    make_indicator(session, project, "media_reports")
    make_activity(session, project, title="讲座", held_on=date(2024, 6, 3), now=NOW)
    roll_up(session, DECEMBER, now=NOW)
    assert told(session) == [
        "2024 年“基层科普服务”有 1 场活动不计入任何指标：本项目没有指标数活动（“讲座”）。"
    ]


def test_a_repost_is_meant_not_to_count(session: Session) -> None:
    project = make_project(session, name="基层科普服务", year=2024)
    make_indicator(session, project, "media_reports")
    make_media_report(session, project, published_on=date(2024, 6, 7), is_repost=True, now=NOW)
    roll_up(session, DECEMBER, now=NOW)
    assert told(session) == []


def test_what_comes_after_the_year_was_closed_is_told_from_what_no_indicator_counts(session: Session) -> None:
    project = office(session)
    make_activity(session, project, kinds=("讲座",), title="讲座", held_on=date(2024, 6, 3), now=NOW)
    roll_up(session, DECEMBER, now=NOW)
    close_period(session, DECEMBER, by=None, now=NOW)
    later = NOW + timedelta(days=3)
    make_activity(
        session, project, kinds=("资源配送",), title="迟到的配送", held_on=date(2024, 12, 7), now=later
    )
    assert told(session) == [
        "2024 年“基层科普服务”有 1 场活动不计入任何指标：类型“讲座”不在任何指标的范围内（“讲座”）。",
        "2024 年“基层科普服务”有 1 场活动不计入任何指标：结账以后才登记或通过（“迟到的配送”）。",
    ]


def test_what_no_roll_up_has_reached_is_not_told(session: Session) -> None:
    project = office(session)
    make_activity(session, project, kinds=("讲座",), held_on=date(2024, 6, 3), now=NOW)
    assert told(session) == []
    roll_up(session, Period(2024, 5), now=NOW)
    assert told(session) == []
