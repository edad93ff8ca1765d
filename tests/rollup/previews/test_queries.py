"""The figure of a rule not stored is the one it gives once it is."""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period
from activitylog.indicators.rules.operations import set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.rollup.live_figure import live_actuals
from activitylog.rollup.models import Posting
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.previews.queries import coming_months, previewed_actual
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import roll_up
from tests.databases import rolled_back
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.publicity import make_media_report, make_push
from tests.factories.rollup import make_indicator
from tests.rollup.cast import JUNE, NOW

RULES = (
    RuleDetails("activities_held"),
    RuleDetails("activities_held", kinds=("下乡服务",), venue_kinds=("学校",)),
    RuleDetails("people_reached", kinds=("下乡服务", "没有的类型"), includes_online=True),
    RuleDetails("people_reached", forms=("展览",)),
    RuleDetails("people_reached", districts=("310101",)),
    RuleDetails("people_reached", audience_group="青少年"),
    RuleDetails("districts_covered"),
    RuleDetails("quality_rate", kinds=("下乡服务",)),
    RuleDetails("media_reports", includes_reposts=True),
    RuleDetails("milestones_done", milestone_kind="制度"),
    RuleDetails("everything_on_time"),
    RuleDetails("satisfaction"),
    RuleDetails("cost_saving", expense_kinds=("场地",)),
    RuleDetails("cost_per_head", expense_kinds=("场地", "交通")),
    RuleDetails("manual"),
    RuleDetails(None),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.measure))
def test_a_rule_gives_the_figure_it_gives_once_it_is_stored(session: Session, rule: RuleDetails) -> None:
    umbrella = make_project(session, name="基层科普服务")
    project = make_project(session, name="科普资源配送", parent=umbrella)
    indicator = make_indicator(session, umbrella, "pushes", target="9", unit="次")
    for day, kind, venue in ((3, "下乡服务", "学校"), (4, "下乡服务", "村居"), (5, "讲座进校", "学校")):
        activity = make_activity(
            session,
            project,
            kinds=(kind,),
            venue_kind=venue,
            venue_name=venue,
            form="展览" if day == 3 else "讲座",
            districts=("310101",) if day == 4 else ("310107",),
            held_on=date(2024, 6, day),
            planned_on=date(2024, 6, 4),
            audience_online=day,
            audience_young=day,
            now=NOW,
        )
    make_push(session, activity=activity)
    make_media_report(session, project)
    make_milestone(session, project, kind="制度")
    make_expense(session, activity=activity, expense_kind="场地")
    make_expense(session, project, expense_kind="交通")
    session.commit()
    entries = session.scalar(select(func.count()).select_from(AuditEntry))
    previewed = previewed_actual(session, indicator_actual(session, indicator.id, JUNE), rule)
    session.commit()
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == entries
    if rule.measure is not None:
        set_rule(session, indicator, rule, by=None, now=NOW)
        session.commit()
        stored = next(each for each in live_actuals(session, JUNE) if each.indicator_id == indicator.id)
        expected = (stored.measure, stored.amount, stored.base, stored.records, stored.is_reached)
    else:
        expected = (None, None, None, 0, None)
    found = (previewed.measure, previewed.amount, previewed.base, previewed.records, previewed.is_reached)
    assert found == expected


def test_the_months_an_activity_will_count_in_are_those_it_is_posted_to(session: Session) -> None:
    project = make_project(session)
    wanted = ("activities_held", "people_reached", "satisfaction", "activities_on_time", "everything_on_time")
    indicators = {each: make_indicator(session, project, each).id for each in wanted}
    activity = make_activity(
        session, project, held_on=date(2024, 6, 10), planned_on=date(2024, 5, 31), now=NOW
    )
    unplanned = make_activity(session, project, held_on=date(2024, 6, 11), audience_onsite=0, now=NOW)
    session.commit()
    ids = list(indicators.values())
    for each in (activity, unplanned):
        coming = coming_months(session, each, ids)
        assert coming == first_months(session, each.id)
    assert coming_months(session, activity, ids)[indicators["activities_on_time"]] == Period(2024, 5)
    assert indicators["activities_on_time"] not in coming_months(session, unplanned, ids)
    roll_up(session, JUNE, now=NOW)
    close_period(session, JUNE, by=None, now=NOW)
    assert set(coming_months(session, activity, ids).values()) == {Period(2024, 7)}
    session.rollback()


def first_months(session: Session, activity_id: int) -> dict[int, Period]:
    """What a roll-up posts of the activity, taken back afterwards."""
    with rolled_back(session):
        roll_up(session, JUNE, now=NOW)
        rows = session.execute(
            select(Posting.indicator_id, func.min(Posting.period))
            .where(Posting.source_id == activity_id)
            .group_by(Posting.indicator_id)
        )
        return {number: Period.parse(str(month)) for number, month in rows}
