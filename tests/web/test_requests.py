import io
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import ActivityKind
from activitylog.core.database import begin_writing, make_engine
from activitylog.web.requests import LARGEST_FORM, takes_files
from tests.databases import TRAIL_KEYS
from tests.factories.accounts import make_user
from tests.factories.milestones import make_milestone
from tests.signed_in import signed_in

TEMPLATES = Path(__file__).parents[2] / "templates"
FILE = re.compile(r"\.(json|xlsx|ics|<ending>)$|/(file|posters?|cards)$|/files/<|/exports/<")
LINK = re.compile(r"""href="\{\{ url_for\(["']([\w.]+)["']""")
FORM = "application/x-www-form-urlencoded"


class Sending(io.RawIOBase):
    """A body that is still on its way: while it is read, somebody else writes."""

    def __init__(self, url: str, content: bytes) -> None:
        self._url, self._content, self.written = url, io.BytesIO(content), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        engine = make_engine(self._url, trail_keys=TRAIL_KEYS)
        with Session(engine) as session:
            begin_writing(session)
            session.add(ActivityKind(name=f"类型{self.written}"))
            session.commit()
        engine.dispose()
        self.written += 1
        return self._content.readinto(buffer)


def test_who_sends_slowly_lets_others_write(database_url: str, client: FlaskClient) -> None:
    sent = b"name=x&password=y"
    body = Sending(database_url, sent)
    here = {"wsgi.input": body, "CONTENT_LENGTH": str(len(sent)), "CONTENT_TYPE": FORM}
    assert "姓名或密码" in client.post("/login", environ_overrides=here).text
    assert body.written


@pytest.mark.parametrize(("address", "status"), [("/login", 413), ("/files-here", 302)])
def test_a_stranger_sends_no_more_than_a_form(
    app: Flask, client: FlaskClient, address: str, status: int
) -> None:
    app.add_url_rule("/files-here", view_func=takes_files(largest=10**9)(lambda: "taken"), methods=["POST"])
    answer = client.post(address, data=b"x" * (LARGEST_FORM + 1), content_type=FORM)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("agent", "is_told"),
    [
        ("Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49", True),
        ("Mozilla/5.0 wxwork/4.1.22 MicroMessenger/7.0.1", True),
        ("Mozilla/5.0 Chrome/126.0 Mobile Safari/537.36", False),
    ],
)
def test_inside_wechat_a_file_says_how_to_open_it(
    app: Flask, session: Session, agent: str, is_told: bool
) -> None:
    auditor = make_user(session, role=Role.AUDITOR)
    make_milestone(session)
    session.commit()
    page = signed_in(app, auditor).get("/audit", headers={"User-Agent": agent}).text
    assert ("用浏览器打开" in page) is is_told
    assert ('data-text="http://localhost/audit?format=xlsx"' in page) is is_told


def test_every_link_to_a_file_says_so(app: Flask) -> None:
    files = {rule.endpoint for rule in app.url_map.iter_rules() if FILE.search(rule.rule)}
    assert len(files) > 10
    silent = [
        f"{path.name}: {found[1]}"
        for path in TEMPLATES.rglob("*.html")
        for line in path.read_text("utf-8").splitlines()
        for found in LINK.finditer(line)
        if found[1] in files and "way_to_open(" not in line
    ]
    assert silent == []


@pytest.mark.parametrize("address", ["/activities/new?plan=a%00", "/review?after=a%00b", "/search?q=%00"])
def test_an_address_with_a_character_no_database_takes_is_refused(
    app: Flask, session: Session, address: str
) -> None:
    user = make_user(session, role=Role.OFFICER)
    session.commit()
    answer = signed_in(app, user).get(address)
    assert (answer.status_code, "网址里有不能用的字符" in answer.text) == (422, True)
