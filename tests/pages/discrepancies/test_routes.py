import time
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.audit.discrepancies.models import Discrepancy
from activitylog.audit.discrepancies.operations import store_discrepancies
from activitylog.audit.discrepancies.rules import FoundDiscrepancy, Sort
from activitylog.pages.discrepancies.operations import is_checking
from activitylog.settings import Settings
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.trail import actions, last
from tests.signed_in import signed_in

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
MAY_SETTLE = (Role.AUDITOR, Role.OFFICER)
PAGE, REASON = "/audit/discrepancies", "从备份恢复，见会议纪要"


def make_discrepancy(session: Session, *, user_id: int | None = None) -> Discrepancy:
    found = FoundDiscrepancy(
        Sort.RECORD, "activity 1", "", "活动“讲座”的“现场人数”现在是 9,999 人。", None, user_id
    )
    (stored,) = store_discrepancies(session, [found], now=NOW)
    session.commit()
    return stored


@pytest.mark.parametrize("role", Role)
def test_who_reads_the_trail_may_settle_discrepancies(app: Flask, session: Session, role: Role) -> None:
    stored, user = make_discrepancy(session), make_user(session, role=role, name="王主任")
    session.commit()
    client, may = signed_in(app, user), role in MAY_SETTLE
    assert client.get(PAGE).status_code == (200 if may else 403)
    answer = client.post(PAGE, data={"discrepancy": [str(stored.id)], "reason": REASON})
    assert answer.status_code == (302 if may else 403)
    session.rollback()
    session.refresh(stored)
    assert (stored.closed_at is not None) is may
    if may:
        assert (stored.closed_by, stored.reason) == ("王主任", REASON)
        assert (last(session, "discrepancy").action, last(session).who) == ("discrepancy.settled", "王主任")
        assert REASON in client.get(PAGE).get_data(as_text=True)


def test_nobody_closes_what_is_about_the_own_account(app: Flask, session: Session) -> None:
    user = make_user(session, role=Role.OFFICER)
    stored = make_discrepancy(session, user_id=user.id)
    client = signed_in(app, user)
    assert "请由另一位同事处理" in client.get(PAGE).get_data(as_text=True)
    answer = client.post(PAGE, data={"discrepancy": [str(stored.id)], "reason": REASON})
    assert answer.status_code == 422
    assert "关于您自己的账号" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("chosen", "reason", "expected"),
    [(True, "", "请填写核对结果和理由"), (True, "好", "至少 4 个字"), (False, REASON, "还没有选")],
)
def test_nothing_is_closed_without_choice_and_reason(
    app: Flask, session: Session, chosen: bool, reason: str, expected: str
) -> None:
    stored, user = make_discrepancy(session), make_user(session, role=Role.AUDITOR)
    client = signed_in(app, user)
    data = {"discrepancy": [str(stored.id)] if chosen else [], "reason": reason}
    answer = client.post(PAGE, data=data)
    assert (answer.status_code, expected in answer.get_data(as_text=True)) == (422, True)
    session.rollback()
    session.refresh(stored)
    assert stored.closed_at is None


def test_home_says_in_one_line_that_something_differs(app: Flask, session: Session) -> None:
    make_project(session, year=2026)
    make_discrepancy(session)
    for role, is_there in ((Role.OFFICER, True), (Role.AUDITOR, True), (Role.MANAGER, False)):
        user = make_user(session, role=role)
        session.commit()
        shown = signed_in(app, user).get("/").get_data(as_text=True)
        assert ("有 1 处内容与审计记录不符" in shown) is is_there


def test_the_check_behind_the_button_says_what_it_found(
    app: Flask, session: Session, settings: Settings
) -> None:
    user = make_user(session, role=Role.AUDITOR)
    session.commit()
    client = signed_in(app, user)
    assert "还没有核对过" in client.get("/audit").get_data(as_text=True)
    assert client.post("/audit/check").status_code == 302
    until = time.monotonic() + 60
    while is_checking(settings) and time.monotonic() < until:
        time.sleep(0.1)
    session.rollback()
    assert {"trail.check_started", "trail.checked"} <= set(actions(session, "trail"))
    assert "最近一次核对：" in client.get("/audit").get_data(as_text=True)


def test_a_stranger_starts_no_check(app: Flask, session: Session) -> None:
    user = make_user(session, role=Role.MANAGER)
    session.commit()
    assert signed_in(app, user).post("/audit/check").status_code == 403
    assert app.test_client().post("/audit/check").status_code == 302
