"""Who set what, and how the other processes hear of it."""

from sqlalchemy.orm import Session

from activitylog.core.database import make_engine
from activitylog.core.period import utc_now
from activitylog.office.operations import change_settings
from activitylog.office.queries import CurrentSettings, last_changes, settings_in_force
from activitylog.settings import Settings
from tests.databases import TRAIL_KEYS
from tests.factories.accounts import make_admin
from tests.factories.trail import last


def test_a_setting_is_kept_with_who_set_it_and_entered_in_the_trail(
    session: Session, settings: Settings
) -> None:
    by = make_admin(session, name="王芳")
    change_settings(session, {"close_day": 5, "office_name": "浦东科普中心"}, by=by, now=utc_now())
    session.commit()
    found = settings_in_force(session, settings)
    assert (found.close_day, found.office_name) == (5, "浦东科普中心")
    assert last_changes(session)["close_day"].by == "王芳"
    change_settings(session, {"close_day": 8}, by=by, now=utc_now())
    session.commit()
    assert last(session, "office_setting").changes == {"value": ("5", "8")}


def test_another_process_hears_of_a_change_within_seconds(session: Session, settings: Settings) -> None:
    heard: list[Settings] = []
    engine = make_engine(settings.database_url, trail_keys=TRAIL_KEYS)
    other = CurrentSettings(settings, engine, heard.append)
    assert (other.now().office_name, heard) == ("", [])
    by = make_admin(session)
    change_settings(session, {"office_name": "浦东科普中心"}, by=by, now=utc_now())
    session.commit()
    assert other.now().office_name == ""
    other.forget()
    assert other.now().office_name == "浦东科普中心"
    assert [each.office_name for each in heard] == ["浦东科普中心"]
    engine.dispose()


def test_a_database_that_does_not_answer_leaves_the_settings_as_they_were(settings: Settings) -> None:
    engine = make_engine("sqlite:////nowhere/none.db", trail_keys=TRAIL_KEYS)
    assert CurrentSettings(settings, engine, lambda _found: None).now() == settings
