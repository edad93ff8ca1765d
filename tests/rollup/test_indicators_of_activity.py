"""What one activity counts for, as its page tells it."""

from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.rollup.indicators_of_activity import indicators_counting
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator


def test_an_activity_counts_for_the_rules_it_meets_of_the_project_and_its_umbrella(session: Session) -> None:
    umbrella = make_project(session, name="基层科普服务")
    project = make_project(session, name="科普资源配送", parent=umbrella)
    make_indicator(session, umbrella, "districts_covered", name="覆盖面")
    make_indicator(session, project, name="下乡服务次数", kinds=("下乡服务",))
    make_indicator(session, project, name="主场活动", kinds=("科普日主场",))
    make_indicator(session, project, "pushes", name="推送数")
    activity = make_activity(session, project, kinds=("下乡服务",))
    manager = make_user(session, role=Role.MANAGER)
    counts = indicators_counting(session, activity, by=manager)
    assert [(count.indicator.name, count.project) for count in counts] == [
        ("下乡服务次数", "科普资源配送"),
        ("覆盖面", "基层科普服务"),
    ]


def test_an_organizer_is_shown_only_indicators_they_may_open(session: Session) -> None:
    umbrella = make_project(session, name="基层科普服务")
    project = make_project(session, name="科普资源配送", parent=umbrella)
    make_indicator(session, umbrella, "districts_covered", name="覆盖面")
    make_indicator(session, project, name="活动场次")
    activity = make_activity(session, project)
    organizer = make_user(session, project)
    counts = indicators_counting(session, activity, by=organizer)
    assert [count.indicator.name for count in counts] == ["活动场次"]
