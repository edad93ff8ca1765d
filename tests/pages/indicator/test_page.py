"""The words an indicator's page prints of the rule it was counted by and of the keys counted."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func
from sqlalchemy.orm import Session

from activitylog.activities.facts import ACTIVITY, activity_facts
from activitylog.activities.models import Activity
from activitylog.core.dialects import Rows
from activitylog.core.period import Period
from activitylog.indicators.aggregation import distinct
from activitylog.indicators.measures import BY_KEY, MEASURES
from activitylog.indicators.measures.measure import Keys, Measure
from activitylog.indicators.rules.operations import set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.projects.models import Indicator
from activitylog.rollup import contributions
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.rollup import make_indicator
from tests.pages.cast import Cast, make_cast

NOW = datetime(2024, 7, 1, 1, tzinfo=UTC)
JUNE = Period(2024, 6)


@pytest.fixture
def cast(app: Flask, session: Session) -> Iterator[Cast]:
    with time_machine.travel(NOW, tick=True):
        yield make_cast(app, session)


def page_text(client: FlaskClient, indicator: Indicator) -> str:
    response = client.get(f"/indicators/{indicator.id}?period={JUNE}")
    assert response.status_code == 200
    labels = re.sub(r'<svg[^>]*aria-label="([^"]*)"[^>]*>', r"\1", response.text)
    return " ".join(re.sub(r"<[^>]+>", " ", labels).split())


def counted(session: Session, cast: Cast, measure: str) -> Indicator:
    """An indicator rolled up over three activities: two lectures in a village, an exhibition in a school."""
    indicator = make_indicator(session, cast.project, measure, unit="种")
    for form, kind, code in (
        ("讲座", "村居", "310107"),
        ("讲座", "村居", "310107"),
        ("展览", "学校", "310101"),
    ):
        make_activity(
            session,
            cast.project,
            form=form,
            venue_kind=kind,
            venue_name=f"{kind}一处",
            districts=(code,),
            held_on=date(2024, 6, 10),
        )
    roll_up(session, JUNE, now=NOW)
    session.commit()
    return indicator


def venue_kind_facts() -> Rows:
    return activity_facts().add_columns(func.nullif(Activity.venue_kind, "").label("venue_kind"))


def made_up(monkeypatch: pytest.MonkeyPatch, names: Mapping[str, str]) -> str:
    """A measure over a column no measure of the office counts, with words of its own."""
    keys = Keys(
        lambda key: f"“{key}”",
        names=names,
        heading="还没有办过的地方",
        page_heading="办过的地方",
        unit="回",
        complete="各处都办过" if names else "",
    )
    measure = Measure(
        "made_up",
        "场所类型数",
        venue_kind_facts,
        distinct("venue_kind"),
        "已审核活动的不同场所类型",
        sources=(ACTIVITY,),
        keys=keys,
    )
    monkeypatch.setitem(BY_KEY, measure.key, measure)
    monkeypatch.setattr(contributions, "MEASURES", (*MEASURES, measure))
    return measure.key


@pytest.mark.parametrize(
    ("names", "ending"),
    [
        ({}, "。"),
        ({"村居": "村居", "学校": "学校", "园区": "园区"}, "；还没有办过的地方：园区。"),
        ({"村居": "村居", "学校": "学校"}, "；各处都办过。"),
    ],
    ids=["any key", "one missing", "none missing"],
)
def test_a_new_distinct_measure_is_printed_in_its_own_words(
    cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch, names: Mapping[str, str], ending: str
) -> None:
    text = page_text(cast.manager, counted(session, cast, made_up(monkeypatch, names)))
    assert f"办过的地方：“村居” 2 回、“学校” 1 回{ending}" in text
    assert not re.search("已用到|到达各区|还没有到的区", text)


def test_forms_are_listed_the_most_used_first(cast: Cast, session: Session) -> None:
    assert "已用到：讲座 2 次、展览 1 次。" in page_text(cast.manager, counted(session, cast, "forms_used"))


def test_districts_are_drawn_on_the_map_and_the_missing_ones_named(cast: Cast, session: Session) -> None:
    text = page_text(cast.manager, counted(session, cast, "districts_covered"))
    assert "各区 到达各区的活动（场）" in text
    assert "还没有到的区：徐汇、长宁" in text
    assert "崇明，单位：场" in text


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_figure_is_explained_by_the_rule_it_was_counted_by(
    cast: Cast, session: Session, *, is_closed: bool
) -> None:
    indicator = make_indicator(session, cast.project, "people_reached", unit="人次")
    make_activity(session, cast.project, held_on=date(2024, 6, 10), audience_onsite=40, audience_online=900)
    roll_up(session, JUNE, now=NOW)
    if is_closed:
        close_period(session, JUNE, by=None, now=NOW)
    set_rule(session, indicator, RuleDetails("people_reached", includes_online=True), by=None, now=NOW)
    session.commit()
    text = page_text(cast.manager, indicator)
    assert "只计现场人数。" in text
    since, effect = (
        ("结账后规则改为", "本月仍按结账时的规则") if is_closed else ("规则已改为", "下次汇总起按它计数")
    )
    assert f"{since}：受众人数，现场人数加线上人数；{effect}。" in text
    if not is_closed:
        roll_up(session, JUNE, now=NOW)
        session.commit()
        text = page_text(cast.manager, indicator)
        assert "现场人数加线上人数。" in text
        assert since not in text
    assert ("40 人次" if is_closed else "940 人次") in text


def test_a_rule_changed_to_manual_entry_can_be_filled_in_at_once(cast: Cast, session: Session) -> None:
    indicator = counted(session, cast, "people_reached")
    link = ">填报</a>"
    assert link not in cast.manager.get(f"/indicators/{indicator.id}?period={JUNE}").text
    set_rule(session, indicator, RuleDetails("manual"), by=None, now=NOW)
    session.commit()
    assert link in cast.manager.get(f"/indicators/{indicator.id}?period={JUNE}").text
