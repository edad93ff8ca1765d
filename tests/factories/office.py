"""Settings of an office as a page stores them."""

from flask import Flask
from sqlalchemy.orm import Session

from activitylog.core.period import utc_now
from activitylog.office.operations import change_settings
from tests.factories.accounts import make_admin


def set_by_page(app: Flask, session: Session, **values: object) -> None:
    """Store and commit the settings; the application hears of them at once."""
    change_settings(session, values, by=make_admin(session), now=utc_now())
    session.commit()
    app.extensions["current_settings"].forget()
