"""Every acknowledged answer is stored, even when the server is killed."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.period import business_day, utc_now
from activitylog.surveys.models import AnsweredDevice, Response
from tests.factories.surveys import make_surveyed_activity
from tests.surveys.attendee.killed_server import kill_repeatedly

pytestmark = pytest.mark.long


def test_every_answer_thanked_for_is_kept_once_though_the_server_is_killed(
    session: Session, database_url: str, tmp_path: Path
) -> None:
    activity = make_surveyed_activity(session, held_on=business_day(utc_now()))
    session.commit()
    settings = {
        "ACTIVITYLOG_DATA_DIR": str(tmp_path),
        "ACTIVITYLOG_DATABASE_URL": database_url,
        "ACTIVITYLOG_SECRET_KEY": "a secret of the tests only",
        "ACTIVITYLOG_SURVEY_LIMIT": "0",
    }
    storm, _ = kill_repeatedly(activity.survey_token, settings, kills=3)
    session.rollback()
    stored = Counter(session.scalars(select(Response.nonce)))
    assert storm.refused == []
    assert storm.thanked <= set(stored)
    assert set(stored.values()) == {1}
    assert len(session.scalars(select(AnsweredDevice.device_hash)).all()) == len(stored)
