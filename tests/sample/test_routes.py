"""The sample is removed from the browser, and nothing of the office with it."""

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.projects.models import Project
from tests.factories.accounts import make_admin, make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.signed_in import signed_in


def counted(session: Session) -> tuple[int, int]:
    session.rollback()
    first, second = (
        session.scalar(select(func.count()).select_from(each)) or 0 for each in (Project, Activity)
    )
    return first, second


def test_the_sample_goes_and_the_offices_own_stays(app: Flask, session: Session) -> None:
    sample, own = make_project(session, name="示例项目"), make_project(session, name="自己的项目")
    sample.is_sample = True
    made = make_activity(session, sample)
    made.is_sample = True
    make_activity(session, own)
    admin = signed_in(app, make_admin(session))
    officer = signed_in(app, make_user(session, role=Role.OFFICER))
    session.commit()
    assert officer.post("/settings/sample").status_code == 403
    assert "1 个项目、1 场活动" in admin.get("/settings/sample").text
    done = admin.post("/settings/sample", follow_redirects=True)
    assert "已移除示例" in done.text
    assert counted(session) == (1, 1)
    assert "没有示例数据" in admin.get("/settings/sample").text


def test_what_people_entered_into_the_sample_is_asked_about(app: Flask, session: Session) -> None:
    sample = make_project(session, name="示例项目")
    sample.is_sample = True
    make_activity(session, sample)
    admin = signed_in(app, make_admin(session))
    session.commit()
    refused = admin.post("/settings/sample")
    assert (refused.status_code, "连同后来登记的一起删" in refused.text) == (422, True)
    assert counted(session) == (1, 1)
    admin.post("/settings/sample", data={"with_own": "y"})
    assert counted(session) == (0, 0)
