"""The offline page, the venues, the assets and the service worker."""

import json
import re
from base64 import b64encode
from hashlib import sha256

from flask import Flask
from sqlalchemy.orm import Session

from activitylog.web.assets import asset_url, bundles
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.pages.cast import make_cast


def test_places_are_found_by_two_characters(app: Flask, session: Session) -> None:
    cast = make_cast(app, session)
    for number in range(10):
        make_activity(session, cast.project, venue_name=f"第{number}社区书院", districts=("310107",))
    head = {"venue_name": "社区书院总部", "venue_kind": "社区书院", "districts": ("310101",)}
    make_activity(session, cast.project, **head)
    make_activity(session, make_project(session), venue_name="社区书院别院")
    session.commit()
    told = cast.organizer.get("/phone/venues?q=社区").get_json()["venues"]
    assert told[0] == {"name": "社区书院总部", "district": "310101", "kind": "社区书院"}
    assert len(told) == 8
    assert cast.organizer.get("/phone/venues?q=别院").get_json()["venues"] == []
    for query in ("q=社", "q=%25%25", "q=%01", ""):
        assert cast.organizer.get(f"/phone/venues?{query}").get_json()["venues"] == []
    assert cast.auditor.get("/phone/venues?q=社区").status_code == 403


def test_the_page_of_the_phone_lists_what_i_entered(app: Flask, session: Session) -> None:
    cast = make_cast(app, session)
    make_activity(session, cast.project, by=cast.owner, title="我的一场")
    make_activity(session, cast.project, title="别人的一场")
    session.commit()
    page = cast.organizer.get("/phone").text
    assert "我的一场" in page
    assert "别人的一场" not in page
    assert f'data-user="{cast.owner.id}"' in page
    assert cast.auditor.get("/phone").status_code == 403


def test_a_new_version_of_any_asset_is_a_new_service_worker(app: Flask) -> None:
    answer = app.test_client().get("/sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert all(asset_url(name) in answer.text for name in bundles())


def test_a_page_is_allowed_to_run_the_import_map_it_carries(app: Flask, session: Session) -> None:
    answer = make_cast(app, session).organizer.get("/activities/new")
    (written,) = re.findall(r'<script type="importmap">(.+?)</script>', answer.text)
    digest = b64encode(sha256(written.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert (
        answer.text.index("importmap")
        < answer.text.index("modulepreload")
        < answer.text.index('type="module"')
    )
    assert f'<link rel="modulepreload" href="{asset_url("phone/form.js")}">' in answer.text
    assert json.loads(written)["imports"]["phone/form.js"] == asset_url("phone/form.js")
    assert digest in app.test_client().get("/sw.js").text  # the page that is kept has the same guards


def test_an_asset_is_the_same_for_everybody(app: Flask, session: Session) -> None:
    organizer = make_cast(app, session).organizer
    with organizer.session_transaction() as cookie:
        cookie.permanent = True
    assert "Set-Cookie" in organizer.get("/phone").headers
    for name in bundles():
        answer = organizer.get(asset_url(name), headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert "Set-Cookie" not in answer.headers
