"""What the list of changes since a figure was posted says of each record, and who is named for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status
from activitylog.activities.rules import Status
from activitylog.audit.operations import archive
from activitylog.core.actor import Actor, act_as
from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.indicators.judgements.operations import judge
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.rules.operations import set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.indicators.targets.operations import Adjustment, adjust_target
from activitylog.projects.models import Indicator, Project
from activitylog.publicity.models import Push
from activitylog.rollup.changes.postings import posted_figure
from activitylog.rollup.changes.queries import ChangedRecord, ChangesSince, changed_records, changes_since
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator
from tests.factories.surveys import answer
from tests.statements import statements

ROLLED_UP = datetime(2024, 7, 1, 1, tzinfo=UTC)
NEXT_DAY = ROLLED_UP + timedelta(days=1)
MAY, JUNE, JULY, AUGUST = (Period(2024, month) for month in (5, 6, 7, 8))


@pytest.fixture
def project(session: Session) -> Iterator[Project]:
    with time_machine.travel(ROLLED_UP - timedelta(days=10)):
        yield make_project(session, name="科普资源配送")


@contextmanager
def writing(session: Session, at: datetime, who: str = "王芳") -> Iterator[None]:
    """What is written within is this person's doing at that moment."""
    act_as(session, Actor(who, "10.1.2.3"))
    with time_machine.travel(at, tick=False):
        yield
        session.commit()


def roll_up_now(session: Session, month: Period, at: datetime = ROLLED_UP, *, closes: bool = False) -> None:
    with writing(session, at, "李绩效"):
        roll_up(session, month, now=at)
        if closes:
            close_period(session, month, by=None, now=at)


def since(
    session: Session, indicator: Indicator, month: Period = JUNE, revision: int | None = None
) -> ChangesSince:
    posted = posted_figure(session, indicator.id, month, revision)
    assert posted is not None
    return changes_since(session, indicator, posted)


def told(session: Session, changes: ChangesSince) -> dict[str, ChangedRecord]:
    return {each.record.title: each for each in changed_records(session, changes, changes.records)}


def who_did(record: ChangedRecord) -> list[tuple[str, str]]:
    return [(entry.who, entry.action) for entry in record.entries]


def test_every_way_a_figure_changes_is_listed_with_who_did_it(session: Session, project: Project) -> None:
    people = make_indicator(session, project, "people_reached", unit="人")
    titles = ("改人数", "改备注", "撤下", "改到七月", "不动")
    edited, noted, gone, moved, _ = [make_activity(session, project, title=title) for title in titles]
    session.commit()
    roll_up_now(session, JUNE)
    with writing(session, NEXT_DAY):
        edited.audience_onsite = 90
        noted.note = "照片已存"
        change_status(session, gone, Status.WITHDRAWN, by=None, now=NEXT_DAY, reason="重复登记")
        moved.held_on = date(2024, 7, 3)
        make_activity(session, project, title="补登", audience_onsite=25)
    changes = since(session, people)
    records = told(session, changes)
    assert {title: each.change.counted for title, each in records.items()} == {
        "改人数": 30,
        "撤下": -60,
        "改到七月": -60,
        "补登": 25,
        "改备注": 0,
    }
    assert [each.is_changed for each in changes.records] == [True] * 4 + [False]
    assert who_did(records["撤下"]) == [("王芳", "activity.withdrawn")]
    assert who_did(records["补登"]) == [("王芳", "activity.logged"), ("王芳", "activity.approved")]
    assert records["改人数"].entries[0].changes == {"audience_onsite": (60, 90)}
    assert (changes.posted.row.amount, changes.now.amount, changes.counted) == (300, 235, -65)
    assert (changes.posted.row.records, changes.now.records) == (5, 4)
    assert changes.is_proven


def test_what_a_later_month_posted_is_listed_apart_from_what_waits(
    session: Session, project: Project
) -> None:
    held = make_indicator(session, project)
    first, second = [make_activity(session, project, title=title) for title in ("先撤", "后撤")]
    session.commit()
    roll_up_now(session, JUNE, closes=True)
    with writing(session, NEXT_DAY):
        change_status(session, first, Status.WITHDRAWN, by=None, now=NEXT_DAY, reason="重复")
    roll_up_now(session, JULY, NEXT_DAY + timedelta(hours=1))
    with writing(session, NEXT_DAY + timedelta(hours=2)):
        change_status(session, second, Status.WITHDRAWN, by=None, now=NEXT_DAY, reason="重复")
    changes = since(session, held)
    records = told(session, changes)
    assert records["先撤"].months == [JULY]
    assert records["后撤"].months == []
    assert (records["先撤"].change.rolled_up.counted, records["先撤"].change.waiting.rows) == (-1, 0)
    assert (records["后撤"].change.rolled_up.rows, records["后撤"].change.waiting.counted) == (0, -1)
    assert (changes.rolled_up.counted, changes.waiting.counted) == (-1, -1)


def test_a_distinct_key_is_taken_away_by_the_last_record_that_brought_it(
    session: Session, project: Project
) -> None:
    districts = make_indicator(session, project, "districts_covered", unit="个")
    both = [make_activity(session, project, districts=("310101",)) for _ in range(2)]
    session.commit()
    roll_up_now(session, JUNE)
    for activity, figure in zip(both, (1, 0), strict=True):
        with writing(session, NEXT_DAY):
            change_status(session, activity, Status.WITHDRAWN, by=None, now=NEXT_DAY, reason="重复")
        changes = since(session, districts)
        assert (changes.now.amount, changes.counted) == (figure, figure - 1)
    assert sorted(each.counted for each in changes.changed) == [-1, 0]
    assert all(each.keys == ("310101",) for each in changes.changed)


def test_a_record_that_shares_a_key_with_a_changed_one_is_not_listed(
    session: Session, project: Project
) -> None:
    with writing(session, ROLLED_UP - timedelta(days=3)):
        districts = make_indicator(session, project, "districts_covered", unit="个")
        gone, _ = [make_activity(session, project, districts=("310101",)) for _ in range(2)]
    roll_up_now(session, JUNE)
    with writing(session, NEXT_DAY):
        change_status(session, gone, Status.WITHDRAWN, by=None, now=NEXT_DAY, reason="重复")
    changes = since(session, districts)
    assert [(each.source_id, each.counted) for each in changes.records] == [(gone.id, 0)]


def test_an_article_explains_the_release_of_the_activity_it_left(session: Session, project: Project) -> None:
    in_time = make_indicator(session, project, "releases_on_time", unit="%")
    activity, other = [make_activity(session, project, title=title) for title in ("甲", "乙")]
    push = make_push(session, activity=activity, published_on=activity.held_on)
    session.commit()
    roll_up_now(session, JUNE)
    with writing(session, NEXT_DAY):
        push.activity_id = other.id
    records = told(session, since(session, in_time))
    assert {title: each.change.counted for title, each in records.items()} == {"甲": -1, "乙": 1}
    assert who_did(records["甲"]) == who_did(records["乙"]) == [("王芳", "push.edited")]


def test_an_activity_explains_the_articles_that_hang_on_it(session: Session, project: Project) -> None:
    pushed = make_indicator(session, project, "activities_pushed", unit="场")
    activity = make_activity(session, project)
    make_push(session, activity=activity, title="推文")
    session.commit()
    roll_up_now(session, JUNE)
    with writing(session, NEXT_DAY):
        change_status(session, activity, Status.WITHDRAWN, by=None, now=NEXT_DAY, reason="没有办成")
    assert who_did(told(session, since(session, pushed))["推文"]) == [("王芳", "activity.withdrawn")]


def test_answers_since_are_counted_as_no_entry_tells_of_them(session: Session, project: Project) -> None:
    with writing(session, at := ROLLED_UP - timedelta(hours=8)):
        satisfaction = make_indicator(session, project, "satisfaction", unit="%")
        activity = make_activity(session, project, held_on=date(2024, 6, 30), title="天文课堂", now=at)
        answer(session, activity, overall=5, now=at)
    roll_up_now(session, JUNE)
    for overall in (5, 2):
        answer(session, activity, overall=overall, now=ROLLED_UP + timedelta(hours=1))
    session.commit()
    changes = since(session, satisfaction)
    record = told(session, changes)["天文课堂"]
    assert (record.answers, record.entries) == (2, [])
    assert (changes.counted, changes.base) == (1, 2)


def test_an_activity_without_answers_is_no_record_of_the_satisfaction(
    session: Session, project: Project
) -> None:
    satisfaction = make_indicator(session, project, "satisfaction", unit="%")
    session.commit()
    roll_up_now(session, JUNE)
    with writing(session, NEXT_DAY):
        make_activity(session, project)
    roll_up_now(session, JULY, NEXT_DAY)
    assert since(session, satisfaction).records == []


def test_a_change_that_no_entry_tells_of_is_still_listed(session: Session, project: Project) -> None:
    held = make_indicator(session, project)
    activity = make_activity(session, project, title="被动过的活动")
    session.commit()
    roll_up_now(session, JUNE)
    session.execute(update(Activity).where(Activity.id == activity.id).values(status=Status.WITHDRAWN))
    session.commit()
    record = told(session, since(session, held))["被动过的活动"]
    assert (record.change.counted, record.entries) == (-1, [])


def test_changes_to_rule_target_and_judgement_are_listed(session: Session, project: Project) -> None:
    held = make_indicator(session, project, kinds=("资源配送",))
    graded = make_indicator(session, project, None, target_word="有效提升")
    make_activity(session, project)
    session.commit()
    roll_up_now(session, JUNE)
    with writing(session, NEXT_DAY):
        set_rule(session, held, RuleDetails("activities_held", kinds=("志愿服务",)), by=None, now=NEXT_DAY)
        adjust_target(
            session,
            held,
            Adjustment(Decimal(30), "沪科协〔2024〕8号", date(2024, 7, 2), "任务增加"),
            by=None,
            now=NEXT_DAY,
        )
        words = {"reason": "", "evidence": ""}
        judge(session, graded, JULY, grade=Grade.REACHED, ratio=100, by=None, now=NEXT_DAY, **words)
    changes = since(session, held)
    assert [entry.object_type for entry in changes.on_indicator] == ["rule", "target"]
    assert (changes.counted, changes.is_proven) == (-1, True)
    assert [entry.object_type for entry in since(session, graded).on_indicator] == ["judgement"]


def test_figures_of_two_measures_are_not_subtracted(session: Session, project: Project) -> None:
    held = make_indicator(session, project)
    make_activity(session, project)
    session.commit()
    roll_up_now(session, JUNE)
    with writing(session, NEXT_DAY):
        set_rule(session, held, RuleDetails("people_reached"), by=None, now=NEXT_DAY)
    changes = since(session, held)
    assert not changes.is_comparable
    assert (changes.posted.row.amount, changes.now.amount) == (1, 60)


def test_an_ended_revision_is_compared_with_what_it_held(session: Session, project: Project) -> None:
    held = make_indicator(session, project)
    early = make_activity(session, project, held_on=date(2024, 5, 3), title="五月的活动")
    make_activity(session, project)
    session.commit()
    roll_up_now(session, JUNE, closes=True)
    with writing(session, NEXT_DAY, "赵敏"):
        change_status(session, early, Status.WITHDRAWN, by=None, now=NEXT_DAY, reason="重复")
        reopen_period(session, MAY, reason="重报", until=NEXT_DAY + timedelta(days=3), by=None, now=NEXT_DAY)
    roll_up_now(session, JUNE, NEXT_DAY + timedelta(hours=1), closes=True)
    past = since(session, held, revision=1)
    assert (past.posted.row.amount, past.now.amount, past.counted) == (2, 1, -1)
    assert (past.posted.closed_by, past.posted.revision) == ("李绩效", 1)
    assert told(session, past)["五月的活动"].months == [MAY]
    assert who_did(told(session, past)["五月的活动"]) == [("赵敏", "activity.withdrawn")]
    standing = since(session, held)
    assert (standing.posted.row.amount, standing.posted.revision, standing.changed) == (1, 2, [])
    with pytest.raises(Missing, match="没有第 7 版"):
        posted_figure(session, held.id, JUNE, 7)


def test_entries_that_have_been_archived_are_said_to_be_missing(
    session: Session, project: Project, tmp_path: Path
) -> None:
    held = make_indicator(session, project)
    activity = make_activity(session, project)
    session.commit()
    roll_up_now(session, JUNE)
    with writing(session, NEXT_DAY):
        activity.note = "照片已存"
    assert since(session, held).entries.is_whole
    a_year_later = ROLLED_UP + timedelta(days=365)
    with writing(session, a_year_later):
        archive(session, tmp_path / "old.jsonl.gz", before=date(2024, 8, 1), now=a_year_later)
    changes = since(session, held)
    assert (changes.entries.is_whole, changes.records) == (False, [])


def test_a_change_under_a_clock_that_was_set_back_is_listed(session: Session, project: Project) -> None:
    districts = make_indicator(session, project, "districts_covered", unit="个")
    make_activity(session, project, title="同区的另一场")
    gone = make_activity(session, project, title="撤下")
    session.commit()
    with writing(session, ROLLED_UP - timedelta(minutes=10)):
        gone.note = "汇总以前的改动"
    roll_up_now(session, JUNE)
    with writing(session, ROLLED_UP - timedelta(hours=5)):
        change_status(session, gone, Status.WITHDRAWN, by=None, now=NEXT_DAY, reason="重复登记")
    changes = since(session, districts)
    assert [changed.source_id for changed in changes.changed] == [gone.id]
    assert (changes.posted.row.amount, changes.now.amount) == (1, 1)
    assert (changes.posted.row.records, changes.now.records) == (2, 1)


def test_more_changed_records_take_no_more_statements(session: Session, project: Project) -> None:
    pushes = make_indicator(session, project, "pushes", unit="篇")
    session.commit()
    roll_up_now(session, JUNE)
    counts: list[list[str]] = []
    for number in (2, 8):
        with writing(session, NEXT_DAY):
            for each in range(number):
                make_push(session, activity=make_activity(session, project), title=f"{number}-{each}")
        with statements() as sent:
            changes = since(session, pushes)
            told(session, changes)
        counts.append([each.partition(" IN (")[0] for each in sent])  # lists differ in length
    assert len(session.scalars(select(Push)).all()) == len(changes.changed) == 10
    few, many = counts
    assert many == few
    assert len(few) <= 22
