"""Helpers of the attendee tests: a survey's address, a page's nonce, the stored grades."""

import re
import uuid
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.surveys.models import Response
from tests.factories.surveys import DAY, make_surveyed_activity


def make_survey(
    session: Session,
    *,
    held_on: date = DAY,
    start_time: time | None = None,
    status: Status = Status.LOGGED,
    title: str = "暑期天文课堂",
) -> str:
    """Create an activity; returns the path of its survey."""
    token = make_surveyed_activity(
        session, title=title, held_on=held_on, start_time=start_time, status=status
    ).survey_token
    session.commit()
    return f"/s/{token}"


def a_nonce() -> str:
    return str(uuid.uuid4())


def grades(session: Session) -> list[int]:
    session.rollback()
    return sorted(session.scalars(select(Response.overall)))


def nonce_on(page: str) -> str:
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    assert found is not None
    return found[1]
