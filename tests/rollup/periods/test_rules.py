"""After a month is rolled up, the indicators whose status changed are listed, the worst first."""

from datetime import date

from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.projects.models import Project
from activitylog.rollup.periods.queries import status_changes
from activitylog.rollup.periods.rules import StatusChange
from activitylog.rollup.queries import actuals
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.pages.project.test_routes import text_of
from tests.rollup.cast import NOW, Cast, july_cast
from tests.statements import statements

JANUARY, FEBRUARY, JUNE = Period(2024, 1), Period(2024, 2), Period(2024, 6)


def hold(session: Session, project: Project, kind: str, month: int, times: int) -> None:
    for day in range(1, times + 1):
        make_activity(session, project, kinds=(kind,), held_on=date(2024, month, day), now=NOW)


def changes(session: Session, project: Project, month: Period) -> list[StatusChange]:
    return status_changes(session, month, actuals(session, month, project_ids=[project.id]))


def told(found: list[StatusChange]) -> list[str]:
    return [f"{each.row.indicator} {each.before_word} → {each.word}，{each.figure}" for each in found]


def test_statuses_that_changed_are_listed_with_the_figure_worst_first(session: Session) -> None:
    project = make_project(session)
    for name in ("稳步", "掉队", "略慢", "赶上"):
        make_indicator(session, project, name=name, kinds=(name,), target="12")
    hold(session, project, "稳步", 5, 5)
    hold(session, project, "稳步", 6, 1)
    hold(session, project, "掉队", 5, 3)
    hold(session, project, "略慢", 5, 4)
    hold(session, project, "赶上", 5, 2)
    hold(session, project, "赶上", 6, 4)
    roll_up(session, JUNE, now=NOW)
    found = changes(session, project, JUNE)
    assert told(found) == [
        "掉队 偏慢 → 落后，3/12 次",
        "略慢 正常 → 偏慢，4/12 次",
        "赶上 落后 → 正常，6/12 次",
    ]
    assert [each.is_worse for each in found] == [True, True, False]


def test_the_furthest_fall_to_a_status_comes_first(session: Session) -> None:
    project = make_project(session)
    for name, target in (("从偏慢", "18"), ("从正常", "12")):
        make_indicator(session, project, name=name, kinds=(name,), target=target)
        hold(session, project, name, 1, 1)
    roll_up(session, FEBRUARY, now=NOW)
    assert told(changes(session, project, FEBRUARY)) == [
        "从正常 正常 → 落后，1/12 次",
        "从偏慢 偏慢 → 落后，1/18 次",
    ]


def test_january_has_no_month_to_compare_with(session: Session) -> None:
    project = make_project(session)
    make_indicator(session, project)
    roll_up(session, JANUARY, now=NOW)
    assert changes(session, project, JANUARY) == []


def test_two_statements_compare_any_number_of_indicators(session: Session) -> None:
    project = make_project(session)
    for _ in range(6):
        make_indicator(session, project)
    roll_up(session, JUNE, now=NOW)
    with statements() as sent:
        changes(session, project, JUNE)
    assert len(sent) == 2


cast = july_cast


def test_the_month_lists_them_for_the_projects_a_person_sees(cast: Cast) -> None:
    page = text_of(cast.organizer, "/periods/2024-06")
    assert "与5月相比，灯色变化" in page
    assert "下乡服务完成次数 偏慢 → 正常 ， 9/20 次 科普资源配送" in page
    assert "灯色变化" not in text_of(cast.stranger, "/periods/2024-06")


def test_home_lists_a_few_of_them_for_the_office(cast: Cast) -> None:
    for client in (cast.manager, cast.officer):
        page = text_of(client, "/")
        assert "与上月相比，灯色变化" in page
        assert "下乡服务完成次数 偏慢 → 正常 ， 9/20 次" in page
    assert "灯色变化" not in text_of(cast.organizer, "/")
