from collections.abc import Callable, Iterator
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.database import make_engine
from activitylog.core.period import start_of_day
from activitylog.surveys.models import AnsweredDevice, Response
from activitylog.surveys.results.queries import of_activity
from activitylog.surveys.retention.jobs import expire_answers
from activitylog.surveys.retention.rules import DELETED
from tests.databases import TRAIL_KEYS
from tests.factories.surveys import make_surveyed_activity, submit_response
from tests.factories.trail import entries

OLD, RECENT, TODAY = date(2024, 1, 10), date(2024, 11, 20), date(2024, 12, 1)
Night = Callable[..., dict[str, int]]


@pytest.fixture
def night(session: Session, database_url: str) -> Iterator[Night]:
    engine = make_engine(database_url, trail_keys=TRAIL_KEYS)

    def run(text_months: int = 0, *, today: date = TODAY) -> dict[str, int]:
        session.commit()
        clock = start_of_day(today) + timedelta(hours=4)
        return expire_answers(sessionmaker(engine), clock=lambda: clock, text_months=text_months)

    yield run
    engine.dispose()


def surveyed(session: Session, day: date, suggestion: str = "讲得真好") -> Activity:
    activity = make_surveyed_activity(session, held_on=day, status=Status.APPROVED)
    for device, grade in (("a", 5), ("b", 2)):
        submit_response(
            session,
            activity=activity,
            overall=grade,
            answers={"overall": grade, "suggestion": suggestion},
            nonce=str(uuid4()),
            device_hash=device * 43,
            now=start_of_day(day) + timedelta(hours=12),
        )
    session.commit()
    return activity


def devices(session: Session, activity: Activity) -> int:
    session.rollback()
    return session.scalar(select(func.count()).where(AnsweredDevice.activity_id == activity.id)) or 0


def texts(session: Session, activity: Activity) -> set[str]:
    session.rollback()
    session.expire_all()
    answers = session.scalars(select(Response.answers).where(Response.activity_id == activity.id))
    return {each["suggestion"] for each in answers}


def test_devices_go_after_ninety_days_and_no_figure_or_flag_changes(session: Session, night: Night) -> None:
    old, recent = surveyed(session, OLD), surveyed(session, RECENT)
    session.execute(update(Response).where(Response.overall == 2).values(flags=8))
    before = of_activity(session, old)
    assert night()["devices"] == 2
    assert (devices(session, old), devices(session, recent)) == (0, 2)
    assert of_activity(session, old) == before
    assert set(session.scalars(select(Response.flags))) == {0, 8}
    assert night()["devices"] == 0


def test_a_night_goes_on_where_the_last_one_stopped(session: Session, night: Night) -> None:
    old, recent = surveyed(session, OLD), surveyed(session, RECENT)
    night()
    assert night(today=RECENT + timedelta(days=91))["devices"] == 2
    assert devices(session, recent) == 0
    old.held_on = RECENT - timedelta(days=3)  # moved into the days already done
    session.add(AnsweredDevice(activity_id=old.id, device_hash="c" * 43))
    assert night(today=RECENT + timedelta(days=91))["devices"] == 1


def test_texts_stay_unless_the_office_says_how_long(session: Session, night: Night) -> None:
    old, recent = surveyed(session, OLD), surveyed(session, RECENT)
    assert night()["texts"] == 0
    before = of_activity(session, old)
    assert night(6)["texts"] == 2
    assert (texts(session, old), texts(session, recent)) == ({DELETED}, {"讲得真好"})
    assert of_activity(session, old) == before
    assert night(6)["texts"] == 0


def test_what_was_stored_before_is_masked_once(session: Session, night: Night) -> None:
    activity = surveyed(session, RECENT, "加我 ①③⑧-①②③④-⑤⑥⑦⑧")
    untouched = surveyed(session, RECENT)
    assert night()["masked"] == 2
    assert texts(session, activity) == {"加我 ［号码已隐去］"}
    assert texts(session, untouched) == {"讲得真好"}
    assert night()["masked"] == 0


def test_a_run_is_one_entry_of_the_trail_and_none_without_a_change(session: Session, night: Night) -> None:
    surveyed(session, OLD)
    night(6)
    night(6)
    session.rollback()
    (entry,) = entries(session, "retention")
    assert (entry.action, entry.changes) == (
        "retention.expired",
        {"devices": (None, 2), "texts": (None, 2)},
    )
