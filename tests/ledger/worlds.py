"""Random years of records, as pages or an import could have stored them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy.orm import Session

from activitylog.activities.catalogue import VenueDetails, find_or_add_kinds, find_or_add_venues
from activitylog.activities.models import Activity, ActivityDistrict
from activitylog.activities.rules import AUDIENCE_GROUPS, COUNTING_METHODS, NEED_HELD_ON, Status
from activitylog.core.districts import DISTRICTS
from activitylog.core.period import business_day
from activitylog.core.text.words import (
    clean_text,
    read_name,
    read_number_of_record,
    read_title,
    read_word,
    word_key,
)
from activitylog.expenses.models import Expense
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Project
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.rules import article_key, item_key
from activitylog.surveys.models import PaperTally

NOW = datetime(2026, 11, 1, tzinfo=UTC)
YEARS = (2024, 2025)
PROJECTS = tuple((name, year) for year in YEARS for name in ("科普资源配送", "大型科普活动"))

typed = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
notes = typed.map(clean_text)
titles = typed.map(read_title)
names = typed.map(read_name).filter(lambda name: len(name) <= 80)
words = typed.map(read_word).filter(lambda word: len(word) <= 40)
kinds = words.filter(bool).filter(lambda word: not set(word) & set("、,，;；\n"))
links = st.just("") | st.sampled_from(
    ["https://mp.weixin.qq.com/s/abc", "https://mp.weixin.qq.com/s/abd", "http://例子.cn/a?b=1#c"]
)
numbers = (
    st.text("0123456789-活动._ &+", min_size=1, max_size=12)
    .map(read_number_of_record)
    .filter(lambda n: n not in {"", ".", ".."})
)
projects = st.sampled_from(range(len(PROJECTS)))
heads = st.integers(0, 10_000_000)
starts = st.none() | st.builds(time, st.integers(0, 23), st.integers(0, 59)).filter(lambda at: at != time(0))


@st.composite
def days(draw: st.DrawFn, year: int) -> date:
    return date(year, 1, 1) + timedelta(draw(st.integers(0, 364)))


@st.composite
def activities(draw: st.DrawFn, number: str) -> dict[str, Any]:
    project = draw(projects)
    year = PROJECTS[project][1]
    held_on = draw(st.none() | days(year))
    planned_on = draw(days(year) if held_on is None else st.none() | days(2024) | days(2025))
    onsite, online = draw(heads), draw(heads)
    statuses = [status for status in Status if held_on or status not in NEED_HELD_ON]
    return {
        "number": number,
        "project": project,
        "title": draw(titles.filter(bool)),
        "form": draw(words),
        "venue": draw(st.just("") | names),
        "venue_kind": draw(words),
        "districts": draw(st.lists(st.sampled_from([d.code for d in DISTRICTS]), unique=True, max_size=3)),
        "kinds": draw(st.sets(kinds, max_size=3)),
        "planned_on": planned_on,
        "held_on": held_on,
        "start_time": draw(starts),
        "audience_onsite": onsite,
        "audience_online": online,
        **{name: draw(st.integers(0, (onsite + online) // 4)) for name in AUDIENCE_GROUPS.values()},
        "counting_method": draw(st.sampled_from(("", *COUNTING_METHODS))),
        "speaker": draw(names),
        "status": draw(st.sampled_from(statuses)),
        "quality_met": draw(st.none() | st.booleans()),
        "note": draw(notes),
    }


@st.composite
def articles(draw: st.DrawFn, held: list[dict[str, Any]]) -> dict[str, Any]:
    """What a push or a report has: an article on an activity of its project's year, or on none."""
    project = draw(projects)
    year = PROJECTS[project][1]
    of_year = [activity["number"] for activity in held if PROJECTS[activity["project"]][1] == year]
    link = draw(links)
    moments = st.datetimes(datetime(year, 1, 1, 12), datetime(year, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
    at = draw(moments | moments.map(lambda moment: moment.replace(second=0, microsecond=0)))
    at = draw(st.sampled_from([at, at.replace(hour=16, minute=0, second=0, microsecond=0)]))
    return {
        "project": project,
        "activity": draw(st.none() | st.sampled_from(of_year)) if of_year else None,
        "title": draw(titles if link else titles.filter(bool)),
        "link": link,
        "batch": draw(words),
        "outlet": draw(names),
        "published_at": draw(st.sampled_from([at, None])),
        "published_on": business_day(at),
        "is_repost": draw(st.booleans()),
        "amounts": draw(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12))),
        "is_withdrawn": draw(st.booleans()),
    }


@st.composite
def milestones(draw: st.DrawFn) -> dict[str, Any]:
    project = draw(projects)
    due_on = draw(st.none() | days(PROJECTS[project][1]))
    done_on = draw(days(PROJECTS[project][1]) if due_on is None else st.none() | days(2025))
    return {
        "project": project,
        "kind": draw(words.filter(bool)),
        "name": draw(names.filter(bool)),
        "due_on": due_on,
        "done_on": done_on,
    }


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    held = [draw(activities(number)) for number in draw(st.lists(numbers, unique=True, max_size=5))]
    return {
        "activities": held,
        "articles": draw(st.lists(articles(held), max_size=6)),
        "milestones": draw(
            st.lists(milestones(), max_size=3, unique_by=lambda m: (m["kind"], word_key(m["name"])))
        ),
        "tallies": [
            {
                "activity": draw(st.sampled_from(held))["number"],
                "counts": draw(st.tuples(*[heads] * 5).filter(any)),
            }
            for _ in range(draw(st.integers(0, 3)) if held else 0)
        ],
    }


def declare(session: Session) -> list[int]:
    made = [
        Project(name=name, year=year, position=position, budget_fen=1, created_at=NOW)
        for position, (name, year) in enumerate(PROJECTS)
    ]
    session.add_all(made)
    session.flush()
    return [project.id for project in made]


def store_world(session: Session, world: dict[str, list[dict[str, Any]]]) -> None:
    """Store a world without the checks of operations."""
    ids = declare(session)
    activity_ids = {held["number"]: _settle_activity(session, ids, held) for held in world["activities"]}
    for article in world["articles"]:
        _settle_article(session, ids, activity_ids, article)
    for milestone in world["milestones"]:
        values = {name: milestone[name] for name in ("kind", "name", "due_on", "done_on")}
        session.add(
            Milestone(project_id=ids[milestone["project"]], created_at=NOW, approved_at=NOW, **values)
        )
        session.flush()
    grades = ("very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied")
    for tally in world["tallies"]:
        counts = dict(zip(grades, tally["counts"], strict=True))
        tallied = PaperTally(
            activity_id=activity_ids[tally["activity"]], recorded_on=date(2024, 7, 1), **counts
        )
        tallied.created_at = tallied.approved_at = NOW
        session.add(tallied)
        session.flush()


def _settle_activity(session: Session, ids: list[int], held: dict[str, Any]) -> int:
    place = VenueDetails(held["venue"], next(iter(held["districts"]), ""), held["venue_kind"])
    written = {"number", "title", "form", "venue_kind", "planned_on", "held_on", "start_time"}
    written |= {"audience_onsite", "audience_online", "status", "quality_met", "note"}
    written |= {*AUDIENCE_GROUPS.values(), "counting_method", "speaker"}
    activity = Activity(
        project_id=ids[held["project"]],
        venue_id=find_or_add_venues(session, [place])[place[:2]].id if held["venue"] else None,
        created_at=NOW,
        updated_at=NOW,
        **{name: held[name] for name in written},
    )
    activity.kinds = list(find_or_add_kinds(session, held["kinds"]).values())
    activity.districts = [
        ActivityDistrict(district=code, position=position) for position, code in enumerate(held["districts"])
    ]
    session.add(activity)
    session.flush()
    return activity.id


def _settle_article(
    session: Session, ids: list[int], activity_ids: dict[str, int], article: dict[str, Any]
) -> None:
    """The same article as a push, a report and an expense."""
    title, link, outlet, day = (article[name] for name in ("title", "link", "outlet", "published_on"))
    common = {
        "project_id": ids[article["project"]],
        "activity_id": activity_ids.get(article["activity"]),
        "created_at": NOW,
        "approved_at": NOW,
        "withdrawn_at": NOW if article["is_withdrawn"] else None,
    }
    push = Push(title=title, link=link, batch=article["batch"], published_on=day, **common)
    push.article_key, push.published_at = article_key(link, title, day), article["published_at"]
    report = MediaReport(title=title, link=link, outlet=outlet, published_on=day, **common)
    report.item_key, report.is_repost = item_key(link, outlet, title), article["is_repost"]
    planned_fen, paid_fen = article["amounts"]
    expense = Expense(
        expense_kind=article["batch"],
        summary=title,
        planned_fen=planned_fen,
        paid_fen=paid_fen,
        paid_on=day,
        **common,
    )
    for record in (push, report, expense):
        session.add(record)
        session.flush()
