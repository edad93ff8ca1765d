"""The records behind a figure are exactly those it is the aggregation of."""

from datetime import UTC, date, datetime

from hypothesis import given
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.operations import change_status
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.indicators.aggregation import Figure, aggregate
from activitylog.indicators.measures import BY_KEY
from activitylog.indicators.models import Rule
from activitylog.indicators.sources import SOURCE_BY_KEY
from activitylog.projects.models import Indicator
from activitylog.rollup.drilldown import (
    PostingRow,
    contributions_to,
    indicators_counting,
    key_sums,
    month_sums,
    summed,
)
from activitylog.rollup.live_figure import Comparison, compare_with_postings, live_totals
from activitylog.rollup.models import Posting
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.queries import actuals, indicator_actual
from activitylog.rollup.run import roll_up
from tests.databases import rolled_back
from tests.examples import examples
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.publicity import make_media_report, make_push
from tests.factories.rollup import make_indicator
from tests.rollup.stored_office import Office
from tests.rollup.worlds import YEAR, World, worlds
from tests.statements import statements

NOW = datetime(2024, 7, 1, tzinfo=UTC)
JUNE, JULY = Period(2024, 6), Period(2024, 7)
some_worlds = examples(3, thorough=8, shrinks=False)


@given(world=worlds())
@some_worlds
def test_the_rows_of_every_indicator_aggregate_to_its_actual(session: Session, world: World) -> None:
    with rolled_back(session):
        office = Office(session, world)
        roll_up(session, Period(YEAR, 4), now=NOW)
        close_period(session, Period(YEAR, 3), by=None, now=NOW)
        for activity in office.activities[::2]:
            activity.status = Status.WITHDRAWN
        session.flush()
        roll_up(session, Period(YEAR, 12), now=NOW.replace(year=YEAR + 1))
        for period in (Period(YEAR, 3), Period(YEAR, 4), Period(YEAR, 12)):
            check_rows(session, period)
        check_nothing_changed(session, Period(YEAR, 12))


def check_rows(session: Session, period: Period) -> None:
    for actual in actuals(session, period):
        if actual.measure is None:
            continue
        kind = actual.measure.aggregation.kind
        rolled_up = Figure(actual.amount or 0, actual.base)
        rows = contributions_to(session, actual.indicator_id, period)
        months = month_sums(session, actual.indicator_id, period)
        assert aggregate(kind, rows) == rolled_up
        assert summed(kind, months) == rolled_up
        assert sum(row.counted for row in rows) == actual.amount
        assert sum(month.rows for month in months) == len(rows)
        in_month = [row for row in rows if row.period == period and row.is_adjustment]
        assert len(in_month) == actual.adjustments


def check_nothing_changed(session: Session, period: Period) -> None:
    totals = live_totals(session, period)
    for actual in actuals(session, period):
        if actual.measure is not None:
            comparison = compare_with_postings(session, actual.indicator_id, actual.measure, period)
            live = totals[actual.indicator_id]
            assert comparison == Comparison(live.amount, live.base, live.records, changed=0)


def counts(rows: list[PostingRow]) -> list[tuple[str, int]]:
    return [(row.record.title, row.counted) for row in rows]


def test_the_month_rolled_up_last_comes_first(session: Session) -> None:
    project = make_project(session)
    held = make_indicator(session, project)
    for month in (4, 6, 5):
        make_activity(session, project, title=f"{month}月的讲座", held_on=date(2024, month, 3))
    roll_up(session, JUNE, now=NOW)
    rows = contributions_to(session, held.id, JUNE)
    assert counts(rows) == [("6月的讲座", 1), ("5月的讲座", 1), ("4月的讲座", 1)]


def test_a_key_counts_for_the_record_that_brought_it_and_not_again(session: Session) -> None:
    project = make_project(session)
    pushes = make_indicator(session, project, "pushes", unit="篇")
    link = "https://mp.weixin.qq.com/s/same"
    for title, day in (("首发", 3), ("再发", 9)):
        activity = make_activity(session, project)
        make_push(session, activity=activity, title=title, link=link, published_on=date(2024, 6, day))
    roll_up(session, JUNE, now=NOW)
    again, first = contributions_to(session, pushes.id, JUNE)
    assert counts([first, again]) == [("首发", 1), ("再发", 0)]
    assert (first.is_repeat, again.is_repeat) == (False, True)


def test_a_withdrawal_after_the_close_takes_back_only_what_nobody_else_brings(session: Session) -> None:
    project = make_project(session)
    districts = make_indicator(session, project, "districts_covered", unit="个")
    early = make_activity(session, project, held_on=date(2024, 5, 4), districts=("310101", "310104"))
    make_activity(session, project, held_on=date(2024, 6, 4), districts=("310104",))
    roll_up(session, JUNE, now=NOW)
    close_period(session, JUNE, by=None, now=NOW)
    change_status(session, early, Status.WITHDRAWN, by=None, now=NOW, reason="重复登记")
    roll_up(session, JULY, now=NOW)
    taken = [row for row in contributions_to(session, districts.id, JULY) if row.period == JULY]
    assert {(row.key, row.amount, row.counted) for row in taken} == {("310101", -1, -1), ("310104", -1, 0)}
    assert all(row.is_adjustment for row in taken)
    assert key_sums(session, districts.id, JULY) == {"310104": 1}
    assert indicator_actual(session, districts.id, JULY).amount == 1


def test_every_kind_of_record_has_its_title_and_place(session: Session) -> None:
    project = make_project(session)
    activity = make_activity(session, project, title="天文课堂", planned_on=date(2024, 6, 10))
    make_push(session, activity=activity, title="推文")
    make_media_report(session, activity=activity, title="报道", is_repost=True)
    make_milestone(session, project, name="管理办法", kind="制度")
    make_expense(session, activity=activity, summary="讲师费")
    shown = {}
    for measure in ("everything_on_time", "pushes", "media_reports", "cost_saving", "activities_held"):
        indicator = make_indicator(session, project, measure, unit="项")
        indicator_rule_includes_reposts(session, indicator)
        roll_up(session, JUNE, now=NOW)
        for row in contributions_to(session, indicator.id, JUNE):
            shown[SOURCE_BY_KEY[row.source].label] = (row.record.title, row.record.activity, row.record.note)
    number = activity.number
    assert shown == {
        "活动": ("天文课堂", number, ""),
        "信息发布": ("天文课堂", number, ""),
        "里程碑": ("管理办法", "", "制度"),
        "公众号推送": ("推文", number, ""),
        "媒体报道": ("报道", number, "解放日报（转载）"),
        "支出": ("讲师费", number, ""),
    }


def indicator_rule_includes_reposts(session: Session, indicator: Indicator) -> None:
    session.get_one(Rule, indicator.id).includes_reposts = True
    session.flush()


def test_titles_are_looked_up_for_the_page_and_not_for_each_row(session: Session) -> None:
    project = make_project(session)
    held = make_indicator(session, project)
    for day in range(1, 26):
        make_activity(session, project, held_on=date(2024, 6, day), now=NOW)
    roll_up(session, JUNE, now=NOW)
    with statements() as few:
        assert len(contributions_to(session, held.id, JUNE, limit=2)) == 2
    with statements() as many:
        assert len(contributions_to(session, held.id, JUNE)) == 25
    assert len(few) == len(many) <= 3


def test_pages_together_are_the_whole_list(session: Session) -> None:
    project = make_project(session)
    held = make_indicator(session, project)
    for day in range(1, 8):
        make_activity(session, project, held_on=date(2024, 6, day), now=NOW)
    roll_up(session, JUNE, now=NOW)
    pages = [contributions_to(session, held.id, JUNE, limit=3, offset=start) for start in (0, 3, 6)]
    assert [row for page in pages for row in page] == contributions_to(session, held.id, JUNE)
    assert session.scalar(select(func.count(Posting.id))) == 7


def test_a_change_after_rolling_up_shows_until_it_is_rolled_up(session: Session) -> None:
    project = make_project(session)
    people = make_indicator(session, project, "people_reached", unit="人")
    activity = make_activity(session, project, audience_onsite=60)
    make_activity(session, project, audience_onsite=40)
    roll_up(session, JUNE, now=NOW)
    activity.audience_onsite = 90
    session.flush()
    measure = BY_KEY["people_reached"]
    now = compare_with_postings(session, people.id, measure, JUNE)
    assert now == Comparison(130, None, 2, changed=1)
    roll_up(session, JUNE, now=NOW)
    assert compare_with_postings(session, people.id, measure, JUNE).changed == 0


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
    umbrella.parent = make_project(session, name="全市科普")
    make_indicator(session, umbrella.parent, name="全市场次")
    session.flush()
    names = {count.indicator.name for count in indicators_counting(session, activity, by=manager)}
    assert names == {"下乡服务次数", "覆盖面", "全市场次"}


def test_an_organizer_is_shown_only_indicators_they_may_open(session: Session) -> None:
    umbrella = make_project(session, name="基层科普服务")
    project = make_project(session, name="科普资源配送", parent=umbrella)
    make_indicator(session, umbrella, "districts_covered", name="覆盖面")
    make_indicator(session, project, name="活动场次")
    activity = make_activity(session, project)
    organizer = make_user(session, project)
    counts = indicators_counting(session, activity, by=organizer)
    assert [count.indicator.name for count in counts] == ["活动场次"]
