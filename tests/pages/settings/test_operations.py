"""What counts as a year's satisfaction: either figure of the same answers, on every page."""

from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.errors import Refused
from activitylog.indicators.models import Rule
from activitylog.indicators.rules.operations import details_of, proposals_now, propose_for_year
from activitylog.pages.settings.operations import count_satisfaction
from activitylog.projects.models import Project
from activitylog.rollup.deviations.drafting import draft_explanation
from activitylog.rollup.live_figure import live_actuals
from activitylog.rollup.operations import open_year
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.previews.queries import previewed_actual
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import roll_up
from activitylog.rollup.self_audit.operations import run_self_audit
from activitylog.surveys.queries import survey_summary
from activitylog.surveys.rules import GRADE_FIELDS
from activitylog.surveys.years.rules import SatisfactionMethod
from tests.databases import rolled_back
from tests.examples import examples
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.factories.surveys import answer, make_paper_tally, make_surveyed_activity
from tests.factories.trail import last
from tests.rollup.cast import JUNE, NOW
from tests.signed_in import signed_in

SHARE, INDEX = SatisfactionMethod.SHARE, SatisfactionMethod.INDEX
grades = st.lists(st.integers(1, 5), max_size=8)
tallies = st.none() | st.tuples(*[st.integers(0, 9)] * 5).filter(any)


def store(session: Session, project: Project, ledger: list[tuple[list[int], tuple[int, ...] | None]]) -> None:
    """Approved activities with answers on screen and on paper."""
    for on_screen, on_paper in ledger:
        activity = make_surveyed_activity(session, project=project, status=Status.APPROVED)
        for overall in on_screen:
            answer(session, activity, overall=overall)
        if on_paper:
            make_paper_tally(session, activity, **dict(zip(GRADE_FIELDS, on_paper, strict=True)))


@given(ledger=st.lists(st.tuples(grades, tallies), max_size=4))
@examples(4, thorough=40)
def test_either_method_is_the_fraction_reckoned_by_hand(
    session: Session, ledger: list[tuple[list[int], tuple[int, ...] | None]]
) -> None:
    given_grades = [
        grade
        for on_screen, on_paper in ledger
        for grade in (*on_screen, *(5 - at for at, n in enumerate(on_paper or ()) for _ in range(n)))
    ]
    n = len(given_grades)
    by_hand = {
        SHARE: Fraction(100 * sum(grade >= 4 for grade in given_grades), n) if n else None,
        INDEX: Fraction(100 * sum(given_grades), 5 * n) if n else None,
    }
    with rolled_back(session):
        umbrella = make_project(session)
        indicator = make_indicator(session, umbrella, "satisfaction", target="90", unit="%")
        store(session, make_project(session, parent=umbrella), ledger)
        roll_up(session, JUNE, now=NOW)
        for method in (SHARE, INDEX, SHARE):
            count_satisfaction(session, 2024, method, by=make_user(session, role=Role.OFFICER), now=NOW)
            row, live = indicator_actual(session, indicator.id, JUNE), live_actuals(session, JUNE)[0]
            assert (row.exact_value, live.exact_value) == (by_hand[method], by_hand[method])
            assert row.base_text == (f"（n={n}）" if n else "")
            assert run_self_audit(session, NOW) == []


def test_what_is_proposed_copied_previewed_and_drafted_follows_the_year(session: Session) -> None:
    officer, project = make_user(session, role=Role.OFFICER), make_project(session)
    indicator = make_indicator(
        session, project, "satisfaction", name="受众群体满意度", target="95", unit="%", level2="满意度指标"
    )
    store(session, project, [([5, 3, 1, 1], None)])
    roll_up(session, JUNE, now=NOW)
    assert count_satisfaction(session, 2024, INDEX, by=officer, now=NOW) == tuple(
        Period(2024, 1).through(JUNE)
    )
    assert count_satisfaction(session, 2024, INDEX, by=officer, now=NOW) == ()
    rule = details_of(session.get_one(Rule, indicator.id))
    row = indicator_actual(session, indicator.id, JUNE)
    assert (row.value_text, row.measure and row.measure.label) == ("50.00%", "满意指数")
    assert previewed_actual(session, row, rule).exact_value == row.exact_value
    assert "50.00%，n=4）" in draft_explanation(session, indicator, row)
    assert proposals_now(session, project) == {}
    other = make_indicator(session, project, "manual", name="参与人员满意度", target="85", unit="%")
    session.delete(session.get_one(Rule, other.id))
    session.flush()
    session.expire_all()
    propose_for_year(session, 2024)
    assert session.get_one(Rule, other.id).measure == rule.measure
    open_year(session, source=2024, target=2025, now=NOW)
    assert {row.measure.label for row in live_actuals(session, Period(2025, 1)) if row.measure} == {"满意度"}


def test_a_year_with_a_closed_month_keeps_its_method(session: Session) -> None:
    officer, project = make_user(session, role=Role.OFFICER), make_project(session)
    make_indicator(session, project, "satisfaction", target="90", unit="%")
    count_satisfaction(session, 2024, INDEX, by=officer, now=NOW)
    session.commit()
    assert last(session, "year_satisfaction").changes == {"method": (None, "index")}
    roll_up(session, JUNE, now=NOW)
    close_period(session, JUNE, by=None, now=NOW)
    with pytest.raises(Refused, match="2024年已有月份结账，满意度算法不能再改"):
        count_satisfaction(session, 2024, SHARE, by=officer, now=NOW)


def test_pages_say_by_which_method_the_year_counts(app: Flask, session: Session) -> None:
    project = make_project(session)
    indicator = make_indicator(session, project, "satisfaction", name="受众满意度", target="90", unit="%")
    store(session, project, [([5, 5, 4, 2], None)])
    roll_up(session, JUNE, now=NOW)
    officer = signed_in(app, make_user(session, role=Role.OFFICER, name="李专员"))
    manager = signed_in(app, make_user(session, role=Role.MANAGER))
    session.commit()
    place = "/settings/satisfaction/2024"
    saved = officer.post(place, data={"method": "index"}, follow_redirects=True).text
    assert "已按它重新汇总2024年1月至6月" in saved
    assert "满意指数：平均分 ÷ 5 分" in saved
    assert "80.00%（n=4）" in (page := officer.get(f"/indicators/{indicator.id}?period=2024-06").text)
    assert "满意指数</span>：总体评价的平均分" in page
    assert "80.00%" in officer.get(f"/projects/{project.id}?period=2024-06").text
    results = officer.get(f"/projects/{project.id}/results").text
    assert "满意指数：平均 4.00 分 ÷ 5 分" in results
    assert "满意率" in results
    rule = officer.get(f"/indicators/{indicator.id}/rule").text
    assert 'value="satisfaction_index" checked' in rule
    assert 'value="satisfaction"' not in rule
    assert officer.get("/settings/satisfaction/2020").status_code == 404
    assert officer.post(place, data={"method": "median"}).status_code == 422
    assert manager.post(place, data={"method": "share"}).status_code == 403
    session.rollback()
    activity_id = session.connection().exec_driver_sql("SELECT id FROM activity").scalar_one()
    assert survey_summary(session, activity_id).satisfaction == "80.00%"
