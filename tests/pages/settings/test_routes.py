"""What an office sets by page, who may, and where it shows."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.app import create_app
from activitylog.errors import BadInput
from activitylog.pages.activity_form.operations import check_words
from activitylog.settings import Settings
from activitylog.web.forms import KEPT, TAKEN
from tests.conftest import dispose
from tests.factories.accounts import make_admin, make_user
from tests.factories.activities import make_activity, make_details
from tests.factories.ledger import PROJECT, activity_row, import_file, save_ledger
from tests.factories.office import set_by_page
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.factories.surveys import make_surveyed_activity
from tests.signed_in import signed_in


@pytest.fixture
def admin(app: Flask, session: Session) -> FlaskClient:
    user = make_admin(session, name="管理员")
    session.commit()
    return signed_in(app, user)


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" type="hidden" value="([^"]*)"', page)
    assert found
    return found[1]


def save(client: FlaskClient, place: str, **values: object) -> tuple[int, str]:
    """Send the form as a browser that has just opened it; the answer's status and text."""
    sent = {"seen": seen_in(client.get(place).text)} | values
    answered = client.post(place, data=sent, follow_redirects=True, content_type="multipart/form-data")
    return answered.status_code, answered.text


class _Office(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 302)
        self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def reachable() -> Iterator[str]:
    """The address of a server that answers as this office would."""
    server = HTTPServer(("127.0.0.1", 0), _Office)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def picture(size: tuple[int, int] = (900, 300)) -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGBA", size, (11, 110, 105, 200)).save(file, format="PNG")
    file.seek(0)
    return file


def test_name_and_logo_stand_on_sign_in_survey_and_poster(
    admin: FlaskClient, app: Flask, session: Session, reachable: str
) -> None:
    activity = make_surveyed_activity(session, project=make_project(session))
    session.commit()
    sent = {"office_name": "浦东新区科普中心", "office_contact": "张老师", "public_url": reachable}
    status, page = save(admin, "/settings/office", **sent, logo=(picture(), "标志.png"))
    assert (status, "设置已保存" in page) == (200, True)
    guest = app.test_client()
    sign_in = guest.get("/login").text
    assert "浦东新区科普中心" in sign_in
    found = re.search(r'src="(/settings/logo/\w+\.png)"', sign_in)
    assert found
    logo = guest.get(found[1])
    assert logo.content_type == "image/png"
    assert max(Image.open(io.BytesIO(logo.data)).size) <= 320
    survey = guest.get(f"/s/{activity.survey_token}").text
    assert "浦东新区科普中心" in survey
    assert admin.get(f"/activities/{activity.number}/poster").data.startswith(b"%PDF")
    assert save(admin, "/settings/office", **sent, drops_logo="y")[0] == 200
    assert guest.get(found[1]).status_code == 404


def test_an_address_that_cannot_be_reached_is_asked_about(admin: FlaskClient, app: Flask) -> None:
    sent = {"office_name": "", "office_contact": "", "public_url": "http://127.0.0.1:9"}
    status, page = save(admin, "/settings/office", **sent)
    assert status == 422
    assert "从服务器打不开 http://127.0.0.1:9/healthz：那里没有服务在听这个端口" in page
    assert save(admin, "/settings/office", **sent, is_unreachable="y")[0] == 200
    assert "手机扫二维码打不开" in admin.get("/").text


def test_an_address_that_is_none_is_refused(admin: FlaskClient) -> None:
    status, page = save(admin, "/settings/office", public_url="kepu.example.cn")
    assert (status, "公开网址要写全" in page) == (422, True)


def test_a_file_that_is_no_picture_is_refused_and_the_text_stays(admin: FlaskClient) -> None:
    sent = {"office_name": "浦东新区科普中心", "public_url": "http://localhost:8000"}
    status, page = save(admin, "/settings/office", **sent, logo=(io.BytesIO(b"no picture"), "标志.png"))
    assert (status, "标志.png" in page, "浦东新区科普中心" in page) == (422, True, True)


def test_cookies_follow_an_address_with_https(admin: FlaskClient, app: Flask, session: Session) -> None:
    set_by_page(app, session, public_url="https://kepu.example.cn")
    answered = admin.get("/login")
    assert "Strict-Transport-Security" in admin.get("/").headers
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert answered.status_code == 302


def test_the_survey_window_and_the_closing_day_are_set_by_an_officer(app: Flask, session: Session) -> None:
    officer = signed_in(app, make_user(session, role=Role.OFFICER, name="李专员"))
    session.commit()
    sent = {"survey_opens_minutes": "60", "survey_closes_hours": "24", "survey_limit": "0"}
    status, page = save(officer, "/settings/surveys", **sent)
    assert (status, "60 分钟" in page, "不限" in page) == (200, True, True)
    status, page = save(officer, "/settings/closing", close_day="5")
    assert (status, "每月 5 日" in page, "李专员 设定" in page) == (200, True, True)
    status, page = save(officer, "/settings/closing", close_day="31")
    assert (status, "1 到 28 之间的日子" in page) == (422, True)
    assert officer.get("/settings/office").status_code == 403


def test_two_who_change_the_same_setting_do_not_undo_each_other(
    admin: FlaskClient, app: Flask, session: Session
) -> None:
    stale = seen_in(admin.get("/settings/closing").text)
    set_by_page(app, session, close_day=10)
    answered = admin.post("/settings/closing", data={"close_day": "5", "seen": stale})
    assert (answered.status_code, "刚刚被别人改过" in answered.text) == (409, True) or (
        answered.status_code == 422 and "刚刚被别人改过" in answered.text
    )


def test_what_the_environment_sets_is_shown_and_stays(settings: Settings, session: Session) -> None:
    own = replace(settings, close_day=8, given=frozenset({"close_day"}))
    app = create_app(own)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    user = make_user(session, role=Role.OFFICER)
    session.commit()
    officer = signed_in(app, user)
    assert "由服务器的环境变量设定" in officer.get("/settings").text
    status, page = save(officer, "/settings/closing", close_day="5")
    assert (status, "由服务器的环境变量设定" in page) == (422, True)
    dispose(app)


def test_organizers_read_the_settings_and_change_none(app: Flask, session: Session) -> None:
    organizer = signed_in(app, make_user(session, role=Role.ORGANIZER))
    session.commit()
    assert "改结账设置" not in organizer.get("/settings").text
    assert {organizer.post(f"/settings/{key}").status_code for key in ("office", "surveys", "closing")} == {
        403
    }


def test_who_is_not_signed_in_sees_no_setting(app: Flask) -> None:
    assert app.test_client().get("/settings").status_code == 302


def test_an_officer_sets_how_a_year_rounds(app: Flask, session: Session) -> None:
    make_project(session)
    officer = signed_in(app, make_user(session, role=Role.OFFICER, name="李专员"))
    manager = signed_in(app, make_user(session, role=Role.MANAGER))
    session.commit()
    place = "/settings/rounding/2024"
    saved = officer.post(place, data={"rounds_first": "y"}, follow_redirects=True)
    assert "先取两位小数再与目标比较" in saved.text
    assert "李专员 设定" in saved.text
    assert officer.get("/settings/rounding/2020").status_code == 404
    assert manager.post(place, data={"rounds_first": ""}).status_code == 403


def test_roles_that_need_a_second_factor_are_set(admin: FlaskClient, app: Flask, session: Session) -> None:
    auditor = make_user(session, role=Role.AUDITOR)
    session.commit()
    assert "都不必" in admin.get("/settings").text
    status, _ = save(admin, "/settings/signing-in", second_factor_roles=["officer", "king"])
    assert status == 422
    status, page = save(admin, "/settings/signing-in", second_factor_roles=["manager", "auditor"])
    assert (status, "项目负责人、审计（只读）" in page) == (200, True)
    assert signed_in(app, auditor).get("/").location == "/me/second-factor"
    assert signed_in(app, auditor).post("/settings/signing-in").status_code == 403
    assert 'value="auditor" checked' in admin.get("/settings/signing-in").text
    status, page = save(admin, "/settings/signing-in")
    assert (status, "都不必" in page) == (200, True)
    assert signed_in(app, auditor).get("/").status_code == 200


def test_how_long_opinions_are_kept_is_set_by_who_administers(app: Flask, session: Session) -> None:
    admin = signed_in(app, make_admin(session))
    officer = signed_in(app, make_user(session, role=Role.OFFICER))
    session.commit()
    assert "一直保存" in admin.get("/settings").text
    status, page = save(admin, "/settings/retention", text_months="24", access_log_days="184")
    assert (status, "24 个月" in page) == (200, True)
    status, page = save(admin, "/settings/retention", text_months="999", access_log_days="184")
    assert (status, "0 到 240 之间" in page) == (422, True)
    assert officer.get("/settings/retention").status_code == 403


def test_the_kinds_offered_are_listed_in_the_offices_order(app: Flask, session: Session) -> None:
    project = make_project(session, name="科普资源配送")
    make_indicator(session, project, name="下乡次数", kinds=("下乡服务",))
    old = make_activity(session, project, kinds=("灯会",), title="元宵灯会")
    officer = signed_in(app, make_user(session, role=Role.OFFICER, name="李专员"))
    manager = signed_in(app, make_user(session, role=Role.MANAGER))
    session.commit()
    assert "用过的全部类型" in officer.get("/settings").text
    status, page = save(officer, "/settings/kinds", activity_kinds="讲座\n灯会")
    assert (status, "“科普资源配送”的“下乡次数”按“下乡服务”计数，这个类型不能停用" in page) == (422, True)
    status, page = save(officer, "/settings/kinds", activity_kinds="讲座\n 下乡服务\n讲座")
    assert (status, "讲座、下乡服务" in page, "李专员 设定" in page) == (200, True, True)
    form = officer.get("/activities/new").text
    assert form.index('value="讲座"') < form.index('value="下乡服务"')
    assert 'value="灯会"' not in form
    assert 'value="灯会" checked' in officer.get(f"/activities/{old.number}/edit").text
    assert save(officer, "/settings/kinds", activity_kinds="长" * 61)[0] == 422
    assert manager.get("/settings/kinds").status_code == 403
    status, page = save(officer, "/settings/kinds", activity_kinds="")
    assert (status, "用过的全部类型" in page) == (200, True)


def test_a_kind_that_is_not_listed_is_asked_about_at_every_door(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    project = make_project(session, name=PROJECT)
    make_activity(session, project, kinds=("灯会",))
    set_by_page(app, session, activity_kinds="讲座、展览")
    sentences = {
        "灯会": "单位的活动类型里没有“灯会”，有的是：展览、讲座。",
        "讲坐": "单位的活动类型里没有“讲坐”，是不是“讲座”？",
    }
    for kind, sentence in sentences.items():
        with pytest.raises(BadInput, match=sentence):
            check_words(session, make_details(project, kinds=(kind,)), {})
        check_words(session, make_details(project, kinds=(kind,)), {"kinds": KEPT})
        path = save_ledger(tmp_path / f"{kind}.xlsx", 活动=[activity_row("2024-0988", 活动类型=kind)])
        assert sentence in [each.message for each in import_file(session, path, dry_run=True).warnings]
    taken = check_words(session, make_details(project, kinds=("讲坐",)), {"kinds": TAKEN})
    assert taken.kinds == ("讲座",)
    check_words(session, make_details(project, kinds=("展览",)), {})


def test_quiet_hours_uploads_and_the_access_log_are_set_by_who_administers(
    app: Flask, session: Session
) -> None:
    admin = signed_in(app, make_admin(session, name="管理员"))
    officer = signed_in(app, make_user(session, role=Role.OFFICER))
    session.commit()
    page = officer.get("/settings").text
    assert ("22:00" in page, "07:30" in page, "500 MB" in page, "184 天" in page) == (True,) * 4
    status, page = save(admin, "/settings/notices", quiet_from="21:00", quiet_until="8点")
    assert (status, "21:00" in page, "08:00" in page, "管理员 设定" in page) == (200, True, True, True)
    assert "21:00 到 08:00" in officer.get("/me/notices").text
    assert save(admin, "/settings/notices", quiet_from="", quiet_until="8:00")[0] == 422
    status, page = save(admin, "/settings/uploads", upload_megabytes="50")
    assert (status, "50 MB" in page) == (200, True)
    assert "50 到 5000 之间" in save(admin, "/settings/uploads", upload_megabytes="5")[1]
    status, page = save(admin, "/settings/retention", text_months="0", access_log_days="365")
    assert (status, "365 天" in page) == (200, True)
    status, page = save(admin, "/settings/retention", text_months="0", access_log_days="30")
    assert (status, "184 到 3650 之间" in page) == (422, True)
    assert {officer.get(f"/settings/{key}").status_code for key in ("notices", "uploads")} == {403}


def test_a_log_that_others_keep_has_no_days_here(settings: Settings, session: Session) -> None:
    app = create_app(replace(settings, access_log="stdout"))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    admin = signed_in(app, make_admin(session))
    session.commit()
    assert "访问日志" not in admin.get("/settings").text
    assert save(admin, "/settings/retention", text_months="12")[0] == 200
    dispose(app)
