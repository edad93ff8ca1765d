import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.accounts.operations import create_user
from activitylog.accounts.rules import Role
from activitylog.activities.rules import Status
from activitylog.audit import queries
from activitylog.audit.queries import TrailFilters, entries_found
from activitylog.core.period import Period
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.run import roll_up
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator
from tests.factories.trail import entries, last
from tests.signed_in import signed_in
from tests.workbooks import sent_rows

MAY_READ = (Role.AUDITOR, Role.OFFICER)


def page(app: Flask, session: Session, *, role: Role = Role.AUDITOR, **query: str) -> str:
    user = make_user(session, role=role)
    session.commit()
    answer = signed_in(app, user).get(f"/audit?{urlencode(query)}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("role", Role)
def test_the_trail_is_for_auditors_officers_and_admins(app: Flask, session: Session, role: Role) -> None:
    user = make_user(session, role=role)
    session.commit()
    status = signed_in(app, user).get("/audit").status_code
    assert status == (200 if role in MAY_READ else 403)


def test_no_line_repeats_its_verb_or_name(app: Flask, session: Session) -> None:
    period, now = Period(2024, 6), datetime(2024, 7, 10, 4, tzinfo=UTC)
    make_indicator(session, make_project(session))
    roll_up(session, period, now=now)
    close_period(session, period, by=None, now=now)
    create_user(session, name="李负责人", password="Kepu-2024", role=Role.MANAGER, now=now)
    session.commit()
    app.test_client().post("/login", data={"name": "李负责人", "password": "Kepu-2024"})
    shown = " ".join(re.sub(r"<[^>]+>", " ", page(app, session)).split())
    assert re.search("李负责人 登录 [0-9]{2}:[0-9]{2} 从哪里 地址 127", shown)
    assert "结账 2024年6月" in shown
    assert "结账 结账" not in shown


def test_a_write_on_a_page_is_told_with_person_and_address(app: Flask, session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    manager = make_user(session, role=Role.MANAGER, name="李负责人")
    session.commit()
    answer = signed_in(app, manager).post(
        f"/activities/{activity.number}/status",
        data={"step": "return", "reason": "人数待核", "version": activity.version},
    )
    assert answer.status_code == 302
    session.rollback()  # the page has written behind this session
    entry = last(session, "activity")
    assert (entry.action, entry.who, entry.user_id) == ("activity.returned", "李负责人", manager.id)
    assert entry.origin == "127.0.0.1"
    shown = page(app, session)
    assert "李负责人" in shown
    assert "<del>待审核</del>" in shown
    assert "<ins>退回</ins>" in shown
    assert f'href="/activities/{activity.number}"' in shown


def test_signing_in_is_told_without_what_was_typed(app: Flask, session: Session) -> None:
    now = datetime(2024, 6, 12, tzinfo=UTC)
    create_user(session, name="王芳", password="Sesame-9-open", role=Role.MANAGER, now=now)
    session.commit()
    client = app.test_client()
    client.post("/login", data={"name": "王芳", "password": "Wrong-7-secret"})
    client.post("/login", data={"name": "王芳", "password": "Sesame-9-open"})
    failed, signed = entries(session, "user")[-2:]
    assert (failed.action, failed.who) == ("user.sign_in_failed", "未登录")
    assert (signed.action, signed.who, signed.origin) == ("user.signed_in", "王芳", "127.0.0.1")
    assert not any("9-open" in e.after + e.before + e.object_name for e in entries(session))


def test_filters_narrow_the_list(app: Flask, session: Session) -> None:
    first, second = make_project(session, name="甲项目"), make_project(session, name="乙项目")
    make_milestone(session, first, name="甲的制度")
    activity = make_activity(session, second, title="乙的讲座")
    make_push(session, second, activity=activity, title="乙的推送")
    session.commit()
    assert "甲的制度" in page(app, session, kind="milestone")
    assert "乙的讲座" not in page(app, session, kind="milestone")
    assert "甲的制度" not in page(app, session, project=str(second.id))
    assert "乙的推送" in page(app, session, project=str(second.id), kind="push")
    assert "甲的制度" in page(app, session, q="的制度")
    assert "乙的推送" in page(app, session, q=activity.number)
    assert "没有符合这些条件的记录" in page(app, session, q="没有这样的")
    assert "没有符合这些条件的记录" in page(app, session, until="2020-01-01")
    assert "乙的讲座" in page(app, session, since="2020-01-01", who="", kind="nonsense")


def test_a_period_of_time_finds_its_entries(session: Session) -> None:
    for month in (1, 2, 3):
        with time_machine.travel(datetime(2024, month, 10, 4, tzinfo=UTC), tick=False):
            make_project(session, name=f"{month}月")
            session.commit()
    status_after = TrailFilters(
        since=datetime(2024, 2, 10, 4, tzinfo=UTC), until=datetime(2024, 3, 10, 4, tzinfo=UTC)
    )
    assert [entry.object_name for entry in entries_found(session, status_after).entries] == ["2024年 2月"]


@pytest.mark.parametrize("text", ["", "规程"])
def test_pages_follow_one_another_without_gap(
    session: Session, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(queries, "WINDOW", 4)
    monkeypatch.setattr(queries, "WINDOWS_READ", 2)
    project = make_project(session)
    for serial in range(25):
        make_milestone(session, project, name=f"规程{serial:02d}" if serial % 3 else f"别的{serial:02d}")
    session.commit()
    seen: list[int] = []
    before: int | None = None
    while True:
        found = entries_found(session, TrailFilters(text=text), before=before, size=5)
        seen += [entry.id for entry in found.entries]
        if found.older is None:
            break
        before = found.older
    status_after = [entry.id for entry in reversed(entries(session)) if text in entry.object_name]
    assert seen == status_after


def test_an_activitys_steps_are_public_and_its_fields_for_reviewers(app: Flask, session: Session) -> None:
    project = make_project(session)
    activity = make_activity(session, project)
    make_push(session, activity=activity, title="它的推送")
    users = {role: make_user(session, project, role=role) for role in Role if role is not Role.NONE}
    session.commit()
    for role, user in users.items():
        shown = signed_in(app, user).get(f"/activities/{activity.number}").get_data(as_text=True)
        assert "审核通过" in shown.partition('id="history"')[2]
        assert ("看谁改过什么" in shown) is (role is not Role.ORGANIZER)
        assert "127.0.0.1" not in shown


def test_all_entries_that_match_leave_as_a_workbook(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BATCH", 2)
    for n in range(5):
        make_milestone(session, make_project(session), name=f"第{n}座")
    auditor, manager = make_user(session, role=Role.AUDITOR), make_user(session, role=Role.MANAGER)
    session.commit()
    rows = sent_rows(signed_in(app, auditor).get("/audit?kind=milestone&format=xlsx"))
    assert [row["名称"] for row in rows] == [f"第{n}座" for n in (4, 3, 2, 1, 0)]
    assert "计划日期：2024" in rows[0]["内容"]
    assert signed_in(app, manager).get("/audit?format=xlsx").status_code == 403
