"""Opening a closed month on the page: by whom, why, and what stays of the old revision."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.audit.models import AuditEntry
from activitylog.core.period import Period, business_day, utc_now
from activitylog.indicators.closings.models import Closing
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.run import roll_up
from tests.factories.accounts import make_user
from tests.rollup.stored_office import NOW
from tests.rollup.test_run import small_office
from tests.rollup.worlds import YEAR
from tests.signed_in import signed_in

MAY = Period(YEAR, 5)
ADDRESS = f"/periods/{MAY}/reopen"


def closed_may(session: Session) -> None:
    small_office(session, "people_reached")
    roll_up(session, MAY, now=NOW)
    close_period(session, MAY, by=None, now=NOW)
    session.commit()


def client_of(app: Flask, session: Session, role: Role) -> FlaskClient:
    user = make_user(session, role=role)
    session.commit()
    return signed_in(app, user)


def test_an_officer_opens_a_month_and_its_old_revision_stays_readable(app: Flask, session: Session) -> None:
    closed_may(session)
    client = client_of(app, session, Role.OFFICER)
    assert "反结账会打开2024年5月" in client.get(ADDRESS).text
    answer = client.post(ADDRESS, data={"reason": "漏记", "until": business_day(utc_now()).isoformat()})
    assert answer.status_code == 302
    session.rollback()
    assert session.get(Closing, MAY) is None
    trail = [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert trail.count("reopening.reopened") == 1
    assert "closing.removed" not in trail
    page = client.get(f"/periods/{MAY}").text
    assert "第 1 版" in page
    assert f"反结账开放到 {business_day(utc_now()) + timedelta(days=1)} 00:00，到期自动汇总并结账" in page
    assert "开放到" in client.get(f"/periods?year={YEAR}").text
    assert "漏记" in client.get(f"/periods/{MAY}/revisions/1").text
    assert client.get(f"/periods/{MAY}/revisions/2").status_code == 404


def test_without_a_reason_or_with_a_far_limit_nothing_opens(app: Flask, session: Session) -> None:
    closed_may(session)
    client = client_of(app, session, Role.OFFICER)
    today = business_day(utc_now()).isoformat()
    empty = client.post(ADDRESS, data={"reason": "", "until": today})
    far = client.post(ADDRESS, data={"reason": "漏记", "until": "2199-01-01"})
    assert (empty.status_code, far.status_code) == (422, 422)
    assert "请填写反结账的理由" in empty.text
    assert "31 天以内" in far.text
    assert session.get(Closing, MAY) is not None


def test_a_manager_may_not_open_a_closed_month(app: Flask, session: Session) -> None:
    closed_may(session)
    client = client_of(app, session, Role.MANAGER)
    assert client.post(ADDRESS, data={"reason": "漏记", "until": "2024-06-30"}).status_code == 403
